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
        self.queue(aggregate).lock().await
    }

    /// The same where others have a turn or wait for it: who comes later must not overtake them.
    /// None where nobody does, so that a command that meets nobody waits for nothing.
    pub(crate) async fn turn_behind_others(
        &self,
        aggregate: (&str, Uuid),
    ) -> Option<MutexGuard<'_, ()>> {
        let queue = self.queue(aggregate);
        match queue.try_lock() {
            Ok(_) => None,
            Err(_) => Some(queue.lock().await),
        }
    }

    fn queue(&self, aggregate: (&str, Uuid)) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        aggregate.hash(&mut hasher);
        // The remainder is less than the number of queues, which fits.
        let number = usize::try_from(hasher.finish() % (QUEUES as u64)).unwrap_or(0);
        &self.0[number]
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_comes_later_waits_behind_those_who_have_met() {
        let queues = Queues::new();
        let aggregate = ("ticket", Uuid::nil());
        assert!(queues.turn_behind_others(aggregate).await.is_none(), "nobody is there");
        let first = queues.turn(aggregate).await;
        let mut second = Box::pin(queues.turn(aggregate));
        assert!((&mut second).now_or_never().is_none());
        let mut later = Box::pin(queues.turn_behind_others(aggregate));
        assert!((&mut later).now_or_never().is_none());
        drop(first);
        assert!((&mut later).now_or_never().is_none(), "the second is before it");
        drop((&mut second).now_or_never().expect("its turn"));
        assert!(later.now_or_never().expect("its turn").is_some());
        assert!(queues.turn_behind_others(aggregate).await.is_none(), "nobody is there any more");
    }
}
