//! Running a command on an aggregate: `cqrs-es` drives it, this file is the store behind it.
//!
//! The committer writes. A conflict is decided again on fresh state, a bounded number of times, with
//! jitter.

use std::collections::HashMap;
use std::time::Duration;

use cqrs_es::{Aggregate, AggregateError, CqrsFramework, DomainEvent};
use rand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Actor, Moment};
use uuid::Uuid;

use crate::committer::{Append, CommandId, NewEvent, Origin, Outcome};
use crate::failure::DbError;
use crate::loading::unloaded;
use crate::log::Log;
use crate::reader;
use crate::recorded::Position;
use crate::session::{Freshness, Refused, Session};

/// What a claimed id counts as an aggregate of, and what the ids of its commands are named by.
const CLAIMED: &str = "claimed";
const MAX_ATTEMPTS: u32 = 12;
const LONGEST_PAUSE: Duration = Duration::from_millis(40);
/// No aggregate is ever at it, so what expects it conflicts unless it is a repeat.
pub const NO_SEQUENCE: i64 = -1;

/// Who sends a command, when, and under which id.
#[derive(Debug, Clone, Copy)]
pub struct CommandContext {
    /// The command's id.
    pub command_id: CommandId,
    /// Tells commands apart, so that an id used for another command is noticed.
    pub fingerprint: i64,
    /// Who.
    pub actor: Actor,
    /// When it happens.
    pub occurred_at: Moment,
    /// What else belongs to it.
    pub correlation_id: Uuid,
    /// The aggregate's sequence number that the caller has seen, where a lost update would hurt.
    pub expected_sequence: Option<i64>,
    /// Whether a new aggregate gets a number.
    pub is_numbered: bool,
}

/// A command that was carried out, now or when it came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Executed {
    /// The aggregate.
    pub aggregate_id: Uuid,
    /// The position of its last event; the log's head where it recorded none.
    pub position: Position,
    /// Whether it was carried out before, under the same id.
    pub is_repeat: bool,
    /// Whether it recorded anything, now or then.
    pub has_recorded: bool,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R> {
    /// A rule refused it.
    #[error("{0}")]
    Rejected(R),
    /// The aggregate is not as the caller has seen it.
    #[error("the aggregate is at {actual} and not as expected")]
    Stale {
        /// The aggregate's last sequence number.
        actual: i64,
    },
    /// The command's id was used for another command.
    #[error("the command's id was used for another command")]
    IdReused,
    /// It says something about a person who was erased.
    #[error("the person was erased, and nothing more can be recorded about them")]
    Erased,
    /// It met changes by others at every attempt.
    #[error("too many others changed the same thing")]
    Contended,
    /// The database cannot be reached, or did not answer in time. Whether the command was recorded
    /// is unknown; the same command under the same id will tell.
    #[error("{0}")]
    Unavailable(String),
    /// The database refused it, or the log is damaged.
    #[error("{0}")]
    Fault(String),
}

impl<R> From<DbError> for ExecuteError<R> {
    fn from(error: DbError) -> Self {
        if error.is_unavailable() { Self::Unavailable(error.to_string()) } else { fault(error) }
    }
}

impl CommandContext {
    /// The command as the committer takes it.
    pub fn append<A: Aggregate>(
        &self,
        aggregate_id: Uuid,
        expected_sequence: i64,
        events: Vec<NewEvent>,
    ) -> Append {
        self.append_to(A::TYPE, aggregate_id, expected_sequence, events)
    }

    fn append_to(
        &self,
        aggregate_type: &'static str,
        aggregate_id: Uuid,
        expected_sequence: i64,
        events: Vec<NewEvent>,
    ) -> Append {
        Append {
            aggregate_type,
            aggregate_id,
            expected_sequence,
            builds_on: None,
            is_numbered: self.is_numbered,
            events,
            command_id: self.command_id,
            fingerprint: self.fingerprint,
            refusal: None,
            is_refusal_checked: false,
            actor: self.actor,
            occurred_at: self.occurred_at,
            correlation_id: self.correlation_id,
        }
    }
}

impl NewEvent {
    /// An aggregate's event in its stored form.
    ///
    /// # Errors
    /// Where the event cannot be written as JSON.
    pub fn of<A: Executable>(event: A::Event) -> Result<Self, serde_json::Error> {
        Ok(Self {
            payload: serde_json::to_string(&event)?,
            event_version: event.event_version(),
            event: event.into(),
        })
    }
}

impl Outcome {
    /// The outcome of a command that changed nothing.
    pub(crate) fn silent(aggregate_id: Uuid) -> Self {
        Self { aggregate_id, first_position: 0, last_position: 0, refusal: None, is_repeat: false }
    }
}

/// What an aggregate must be to be driven from here.
pub trait Executable:
    Aggregate<
        Services = (),
        Command: Clone + Send,
        Event: Into<Event>,
        Error: Serialize + DeserializeOwned + Send + Sync + 'static,
    > + Clone
    + 'static
{
}

impl<A> Executable for A where
    A: Aggregate<
            Services = (),
            Command: Clone + Send,
            Event: Into<Event>,
            Error: Serialize + DeserializeOwned + Send + Sync + 'static,
        > + Clone
        + 'static
{
}

impl Log {
    /// Decides a command on an aggregate and records what follows.
    ///
    /// # Errors
    /// [`ExecuteError`]; unless it is a fault, nothing was recorded.
    pub async fn execute<A: Executable>(
        &self,
        aggregate_id: Uuid,
        command: A::Command,
        context: CommandContext,
    ) -> Result<Executed, ExecuteError<A::Error>> {
        let mut freshness = Freshness::Cached;
        let key = (A::TYPE, aggregate_id);
        let mut turn = self.queues.turn_behind_others(key).await;
        for attempt in 0..MAX_ATTEMPTS {
            let session = Session::new(self, context, freshness);
            let framework = CqrsFramework::<A, _>::new(&session, Vec::new(), ());
            let result = framework.execute(&aggregate_id.to_string(), command.clone()).await;
            drop(framework);
            let seen = session.into_seen();
            match (result, seen.answer) {
                (Ok(()), Some(outcome)) => return self.executed::<A>(outcome),
                // Cached state may be older than the log, so it is never the ground of a refusal.
                (Err(AggregateError::UserError(_)), _) if seen.was_cached => {}
                (Err(AggregateError::UserError(rejection)), _) => {
                    return self.refuse::<A>(aggregate_id, rejection, context).await;
                }
                (Err(AggregateError::AggregateConflict), _) => {
                    metrics::counter!("servicedesk_conflicts").increment(1);
                    if turn.is_none() {
                        turn = Some(self.queues.turn(key).await);
                    } else if !seen.was_cached {
                        // With the turn, only other processes can interfere. When only the cache
                        // was old, the next attempt needs no pause.
                        pause(attempt).await;
                    }
                }
                (Err(AggregateError::UnexpectedError(error)), _) if error.is::<Refused>() => {
                    return Err(match error.downcast::<Refused>() {
                        Ok(refused) => refused.into_error(),
                        Err(error) => ExecuteError::Fault(error.to_string()),
                    });
                }
                (Err(error), _) => return Err(unloaded(error)),
                (Ok(()), None) => {
                    return Err(ExecuteError::Fault("the store was not asked".to_owned()));
                }
            }
            freshness = Freshness::Fresh;
        }
        Err(ExecuteError::Contended)
    }

    /// Refuses a command, by a rule or for want of what it names. Under an id that may come again
    /// the refusal is remembered, so that a repeat gets the same answer; one under a fresh id is
    /// only given. A repeat of a command that was carried out gets the answer that it got then.
    ///
    /// # Errors
    /// The refusal, unless it is such a repeat, or why the command was not carried out.
    pub async fn refuse<A: Executable>(
        &self,
        aggregate_id: Uuid,
        rejection: A::Error,
        context: CommandContext,
    ) -> Result<Executed, ExecuteError<A::Error>> {
        if context.command_id.origin != Origin::Repeatable {
            return Err(ExecuteError::Rejected(rejection));
        }
        let refusal = serde_json::to_string(&rejection).map_err(fault)?;
        let mut append = context.append::<A>(aggregate_id, 0, Vec::new());
        append.refusal = Some(refusal);
        match self.append(append).await {
            Ok(outcome) => self.executed::<A>(outcome),
            Err(error) => Err(Refused::Append(error).into_error()),
        }
    }

    /// Takes a command's id for a request that sends several commands, before the first of them: of
    /// two different requests under one id, in whatever process, one is refused before it has
    /// recorded anything. The commands have ids of their own, which follow from it.
    ///
    /// # Errors
    /// `IdReused` if the id was used for another command, or why it could not be taken.
    pub async fn claimed<R>(
        &self,
        context: CommandContext,
    ) -> Result<CommandContext, ExecuteError<R>> {
        let CommandId { id, origin } = context.command_id;
        if origin == Origin::Fresh {
            return Ok(context);
        }
        let claim = self.append(context.append_to(CLAIMED, id, 0, Vec::new())).await;
        let claim = claim.map_err(|error| Refused::Append(error).into_error())?;
        // It was answered before ids were claimed.
        if claim.last_position != 0 || claim.refusal.is_some() {
            return Ok(context);
        }
        let id = Uuid::new_v5(&id, CLAIMED.as_bytes());
        Ok(CommandContext { command_id: CommandId { id, origin }, ..context })
    }

    /// What was answered before under a command's id, if anything was. A use case that sends
    /// several commands for one request asks this first: an id that was used for another command
    /// is refused before anything is recorded.
    ///
    /// # Errors
    /// `IdReused` if the id was used for another command, or a fault.
    pub async fn answered_before<R>(
        &self,
        context: &CommandContext,
    ) -> Result<Option<Outcome>, ExecuteError<R>> {
        let id = context.command_id.id;
        Ok(self.all_answered_before(context, &[id]).await?.remove(&id))
    }

    /// The same for all ids under which one request sends its commands.
    ///
    /// # Errors
    /// `IdReused` if one of them was used for another command, or a fault.
    pub async fn all_answered_before<R>(
        &self,
        context: &CommandContext,
        command_ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Outcome>, ExecuteError<R>> {
        if context.command_id.origin == Origin::Fresh {
            return Ok(HashMap::new());
        }
        let answered = reader::answered(&self.db, command_ids).await?;
        if answered.iter().any(|(_, fingerprint, _)| *fingerprint != context.fingerprint) {
            return Err(ExecuteError::IdReused);
        }
        Ok(answered.into_iter().map(|(id, _, outcome)| (id, outcome)).collect())
    }

    /// An outcome as the one who sent the command gets it.
    ///
    /// # Errors
    /// The refusal, if it was refused, or a fault if that cannot be read.
    pub fn executed<A: Executable>(
        &self,
        outcome: Outcome,
    ) -> Result<Executed, ExecuteError<A::Error>> {
        if let Some(refusal) = outcome.refusal {
            return match serde_json::from_str(&refusal) {
                Ok(rejection) => Err(ExecuteError::Rejected(rejection)),
                Err(error) => Err(fault(error)),
            };
        }
        let position = match outcome.last_position {
            0 => self.head(),
            position => position,
        };
        Ok(Executed {
            aggregate_id: outcome.aggregate_id,
            position,
            is_repeat: outcome.is_repeat,
            has_recorded: outcome.last_position != 0,
        })
    }
}

pub(crate) fn fault<R>(error: impl std::fmt::Display) -> ExecuteError<R> {
    ExecuteError::Fault(error.to_string())
}

async fn pause(attempt: u32) {
    let longest = LONGEST_PAUSE.min(Duration::from_millis(1 << attempt.min(6)));
    let jittered = longest.mul_f64(rand::rng().random_range(0.0..1.0));
    tokio::time::sleep(jittered).await;
}
