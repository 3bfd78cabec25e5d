//! How far a ticket has come, so that a line that is older than that is not put on top of it.

use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_eventlog::execute::Executable;
use servicedesk_eventlog::reader::{self, Hidden, Slice};
use servicedesk_eventlog::{Log, Recorded};
use uuid::Uuid;

use super::error::ImportError;

/// How many of the last events are read at a time.
const EVENTS_PER_QUERY: i64 = 16;

/// How far a ticket has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reached {
    /// Its last sequence number.
    pub(super) sequence: i64,
    /// When somebody last did something on it. What this program does by itself is not history.
    pub(super) at: Option<Moment>,
}

/// When somebody last did something on an aggregate that is at a sequence number.
///
/// # Errors
/// `Fault` if the log cannot be read.
pub(super) async fn last_done<A: Executable>(
    log: &Log,
    aggregate_id: Uuid,
    sequence: i64,
) -> Result<Option<Moment>, ImportError> {
    let is_by_somebody =
        |event: &&Recorded| !matches!(event.metadata.actor, Actor::Scheduler | Actor::Reactor);
    let mut before = sequence + 1;
    while before > 1 {
        let slice = Slice { after: 0, before, hidden: Hidden::default() };
        let read = reader::read_slice(log.db(), A::TYPE, aggregate_id, &slice, -EVENTS_PER_QUERY);
        let events = read.await.map_err(ImportError::fault)?;
        if let Some(event) = events.iter().rfind(is_by_somebody) {
            return Ok(Some(event.metadata.occurred_at));
        }
        before = events.first().map_or(0, |event| event.sequence);
    }
    Ok(None)
}
