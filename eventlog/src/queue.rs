//! Queues for commands that met others on the same aggregate. Within a process they go one after
//! another from then on, because each time all but one would be decided in vain.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// Two aggregates that share a queue only wait a little longer.
const QUEUES: usize = 256;

/// The queues of a process.
#[derive(Debug)]
pub(crate) struct Queues(Vec<Mutex<()>>);

impl Queues {
    pub(crate) fn new() -> Self {
        Self((0..QUEUES).map(|_| Mutex::new(())).collect())
    }

    /// Waits for the turn on an aggregate, first come, first served. It ends when it is dropped.
    pub(crate) async fn turn(&self, aggregate: (&str, Uuid)) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        aggregate.hash(&mut hasher);
        // The remainder is less than the number of queues, which fits.
        let number = usize::try_from(hasher.finish() % (QUEUES as u64)).unwrap_or(0);
        self.0[number].lock().await
    }
}
