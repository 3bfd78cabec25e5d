//! Who sends a command of an import, when, and under which id; and the command as the log takes it.

use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_eventlog::execute::Executable;
use servicedesk_eventlog::{Append, CommandContext, CommandId, NewEvent};
use uuid::Uuid;

use super::error::ImportError;
use super::names::{Names, fingerprint};

/// What stands behind a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    pub(super) command_id: CommandId,
    pub(super) actor: Actor,
    pub(super) at: Moment,
    pub(super) correlation_id: Uuid,
}

impl Cause {
    /// The person who runs the import.
    pub(super) fn operator(names: &Names, command_id: CommandId, at: Moment) -> Self {
        let correlation_id = names.correlation_id();
        Self { command_id, actor: Actor::Operator, at, correlation_id }
    }

    pub(super) fn context(&self) -> CommandContext {
        CommandContext {
            command_id: self.command_id,
            fingerprint: fingerprint(self.command_id),
            actor: self.actor,
            occurred_at: self.at,
            correlation_id: self.correlation_id,
            expected_sequence: None,
            is_numbered: false,
        }
    }

    /// The command with what was decided.
    ///
    /// # Errors
    /// `Fault` if an event cannot be written as JSON.
    pub(super) fn append<A: Executable>(
        &self,
        aggregate_id: Uuid,
        expected_sequence: i64,
        events: Vec<A::Event>,
    ) -> Result<Append, ImportError> {
        let events = new_events::<A>(events)?;
        Ok(self.context().append::<A>(aggregate_id, expected_sequence, events))
    }
}

/// Events in their stored form.
///
/// # Errors
/// `Fault` if one cannot be written as JSON.
pub(super) fn new_events<A: Executable>(
    events: Vec<A::Event>,
) -> Result<Vec<NewEvent>, ImportError> {
    let stored = events.into_iter().map(NewEvent::of::<A>).collect::<Result<_, _>>();
    stored.map_err(ImportError::fault)
}

/// By how much so many events move a sequence number on.
pub(super) fn count<E>(events: &[E]) -> i64 {
    i64::try_from(events.len()).unwrap_or(i64::MAX)
}
