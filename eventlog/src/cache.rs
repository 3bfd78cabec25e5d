//! Aggregates that were used lately, so that a command need not read its aggregate's whole history.
//! What is here may be older than the log when another process writes too: a command decided on it
//! conflicts and is decided again, and a refusal is never given on cached state alone.

use std::any::Any;
use std::sync::Arc;

use quick_cache::sync::Cache;
use uuid::Uuid;

const CAPACITY: usize = 50_000;

/// An aggregate and the sequence number of the last event in it.
#[derive(Debug, Clone)]
pub(crate) struct Cached<A> {
    pub(crate) state: A,
    pub(crate) sequence: i64,
}

type Key = (&'static str, Uuid);

#[derive(Debug)]
pub(crate) struct AggregateCache {
    entries: Cache<Key, (i64, Arc<dyn Any + Send + Sync>)>,
}

impl AggregateCache {
    pub(crate) fn new() -> Self {
        Self { entries: Cache::new(CAPACITY) }
    }

    pub(crate) fn get<A: Clone + Send + Sync + 'static>(&self, key: Key) -> Option<Cached<A>> {
        let (sequence, state) = self.entries.get(&key)?;
        let state = state.downcast_ref::<A>()?.clone();
        Some(Cached { state, sequence })
    }

    pub(crate) fn share<A: Send + Sync + 'static>(&self, key: Key) -> Option<Arc<A>> {
        let (_, state) = self.entries.get(&key)?;
        state.downcast::<A>().ok()
    }

    pub(crate) fn put<A: Send + Sync + 'static>(&self, key: Key, cached: Cached<A>) {
        let is_older = |known: &(i64, Arc<dyn Any + Send + Sync>)| known.0 > cached.sequence;
        if !self.entries.peek(&key).as_ref().is_some_and(is_older) {
            self.entries.insert(key, (cached.sequence, Arc::new(cached.state)));
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.entries.clear();
    }

    pub(crate) fn forget(&self, key: Key) {
        self.entries.remove(&key);
    }

    /// Forgets the aggregate unless it already holds the event with this sequence number.
    pub(crate) fn forget_before(&self, key: Key, sequence: i64) {
        if self.entries.peek(&key).is_some_and(|(known, _)| known < sequence) {
            self.entries.remove(&key);
        }
    }
}
