//! The newest part of the log in memory, so that followers in this process need not ask the
//! database for what was recorded a moment ago.
//!
//! The committer publishes what it has committed; what other processes commit is read from the
//! database by the follower in `wake`. Either way events enter in the order of positions, without
//! a gap.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};

use crate::known::Known;
use crate::recorded::{Position, Recorded};

/// How many events are kept; a follower further behind reads from the database.
const CAPACITY: usize = 16_384;

#[derive(Debug)]
pub(crate) struct Tail {
    ring: Mutex<VecDeque<Arc<Recorded>>>,
    head: watch::Sender<Position>,
    /// Told of the last event, by which the log is recognised.
    known: Arc<Known>,
    /// Told when something was committed here, so that other processes can be told.
    pub(crate) committed: Notify,
    /// Told when the database holds events that are not here yet.
    pub(crate) behind: Notify,
}

impl Tail {
    /// A tail that begins after `head`.
    pub(crate) fn new(head: Position, known: Arc<Known>) -> Self {
        Self {
            ring: Mutex::default(),
            head: watch::Sender::new(head),
            known,
            committed: Notify::new(),
            behind: Notify::new(),
        }
    }

    /// The position of the last event known here.
    pub(crate) fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// Follows the position of the last event known here.
    pub(crate) fn watch(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    /// Takes in what the committer has committed.
    pub(crate) fn publish(&self, events: Vec<Arc<Recorded>>) {
        if events.is_empty() {
            return;
        }
        self.take_in(events);
        self.committed.notify_one();
    }

    /// Takes in events that follow on the last one known here, and skips those known already.
    /// Events beyond a gap are left out: the follower fetches them with what is missing.
    pub(crate) fn take_in(&self, events: Vec<Arc<Recorded>>) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let mut head = self.head();
        for event in events {
            if event.position == head + 1 {
                head += 1;
                self.known.keep(&event);
                ring.push_back(event);
            } else if event.position > head {
                self.behind.notify_one();
                break;
            }
        }
        let surplus = ring.len().saturating_sub(CAPACITY);
        ring.drain(..surplus);
        // Sent under the lock, so that the head never moves back.
        self.head.send_if_modified(|known| std::mem::replace(known, head) != head);
    }

    /// Up to `limit` events after a position, where the tail still holds them all.
    pub(crate) fn read(&self, after: Position, limit: usize) -> Option<Vec<Arc<Recorded>>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let first = match ring.front() {
            Some(event) => event.position,
            None => return (after >= self.head()).then(Vec::new),
        };
        let skip = usize::try_from(after + 1 - first).ok()?;
        Some(ring.iter().skip(skip).take(limit).cloned().collect())
    }
}
