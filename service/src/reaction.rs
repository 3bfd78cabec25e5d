//! What every reaction is made of: the key that orders it, the work that is planned, the context of
//! its commands, and how it fails. Features build their reactions from this; `reactions` lists and
//! runs them.

use std::fmt;
use std::future::Future;

use futures::FutureExt;
use futures::future::BoxFuture;
use servicedesk_domain::kernel::Actor;
use servicedesk_eventlog::{CommandContext, CommandId, DbError, ExecuteError, Origin, Recorded};
use uuid::Uuid;

use crate::error::ApiError;

/// The name of the checkpoint. Command ids are derived from it, so it never changes.
pub const NAME: &str = "reactions";

/// Why a reaction was not done.
#[derive(Debug, thiserror::Error)]
pub enum ReactionError {
    /// The database failed, or others kept changing the same thing. Trying again may help.
    #[error("{0}")]
    Transient(String),
    /// A command was refused that must not be, or something cannot be understood. An operator must
    /// look at it.
    #[error("{0}")]
    Permanent(String),
}

impl From<DbError> for ReactionError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Damaged(_) => Self::Permanent(error.to_string()),
            DbError::UnknownScheme(_)
            | DbError::SharedConnections
            | DbError::Unavailable(_)
            | DbError::Vanished(_)
            | DbError::Diverged(_)
            | DbError::MasterKey(_)
            | DbError::Sqlx(_)
            | DbError::Migration(_) => Self::Transient(error.to_string()),
        }
    }
}

impl<R: fmt::Display> From<ExecuteError<R>> for ReactionError {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Fault(_) | ExecuteError::Unavailable(_) | ExecuteError::Contended => {
                Self::Transient(error.to_string())
            }
            ExecuteError::Rejected(_)
            | ExecuteError::Stale { .. }
            | ExecuteError::Erased
            | ExecuteError::IdReused => Self::Permanent(error.to_string()),
        }
    }
}

impl From<ApiError> for ReactionError {
    /// A use case that a reaction calls refuses nothing, so only a failure is left.
    fn from(error: ApiError) -> Self {
        Self::Transient(error.to_string())
    }
}

/// What reactions are ordered by: those of one key are done in the order of their events, and wait
/// for one that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderingKey(String);

impl OrderingKey {
    /// The key of an aggregate.
    pub fn of(aggregate_type: &str, id: Uuid) -> Self {
        Self(format!("{aggregate_type}:{id}"))
    }

    /// As it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a reaction's key is found.
pub enum KeySource<'a> {
    /// The event has it.
    Known(OrderingKey),
    /// It must be looked up. `None` if nothing is to be done after all.
    LookUp(BoxFuture<'a, Result<Option<OrderingKey>, ReactionError>>),
}

/// What a reaction will do about an event. Nothing is done before `work` is awaited.
pub struct Planned<'a> {
    /// What it is ordered by.
    pub key: KeySource<'a>,
    /// What is done.
    pub work: BoxFuture<'a, Result<(), ReactionError>>,
}

impl<'a> Planned<'a> {
    /// Work that is ordered by the event's own facts.
    pub fn under(
        key: OrderingKey,
        work: impl Future<Output = Result<(), ReactionError>> + Send + 'a,
    ) -> Self {
        Self { key: KeySource::Known(key), work: work.boxed() }
    }

    /// Work whose key must be looked up.
    pub fn under_looked_up(
        key: impl Future<Output = Result<Option<OrderingKey>, ReactionError>> + Send + 'a,
        work: impl Future<Output = Result<(), ReactionError>> + Send + 'a,
    ) -> Self {
        Self { key: KeySource::LookUp(key.boxed()), work: work.boxed() }
    }
}

/// The context of the command that an event leads to. It happens when the event did, and its id is
/// derived from the event's position, so that a repeat does nothing.
pub fn context(event: &Recorded) -> CommandContext {
    let of = format!("servicedesk/{NAME}/{}", event.position);
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, of.as_bytes());
    CommandContext {
        command_id: CommandId { id, origin: Origin::Following },
        fingerprint: 0,
        actor: Actor::Reactor,
        occurred_at: event.metadata.occurred_at,
        correlation_id: event.metadata.correlation_id,
        expected_sequence: None,
        is_numbered: false,
    }
}

/// The context of a further command that an event leads to; `purpose` tells them apart.
pub fn further_context(event: &Recorded, purpose: &str) -> CommandContext {
    let first = context(event);
    let id = Uuid::new_v5(&first.command_id.id, purpose.as_bytes());
    CommandContext { command_id: CommandId { id, ..first.command_id }, ..first }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be read will not be read the next time either.
    #[test]
    fn damage_and_refusals_are_permanent_and_failures_of_the_database_are_not() {
        let permanent = [
            ReactionError::from(DbError::Damaged("a gap".to_owned())),
            ExecuteError::Rejected("no").into(),
            ExecuteError::<&str>::Stale { actual: 1 }.into(),
            ExecuteError::<&str>::IdReused.into(),
        ];
        assert!(permanent.iter().all(|error| matches!(error, ReactionError::Permanent(_))));
        let transient = [
            ReactionError::from(DbError::UnknownScheme("x:".to_owned())),
            ExecuteError::<&str>::Contended.into(),
            ExecuteError::<&str>::Fault("the database failed".to_owned()).into(),
        ];
        assert!(transient.iter().all(|error| matches!(error, ReactionError::Transient(_))));
    }
}
