//! Running a command on an aggregate: `cqrs-es` drives it, this file is the store behind it.
//!
//! `postgres-es` and `sqlite-es` read an aggregate's events; the committer writes. A conflict is
//! decided again on fresh state, a bounded number of times, with jitter.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use cqrs_es::{
    Aggregate, AggregateContext, AggregateError, CqrsFramework, DomainEvent, EventEnvelope,
    EventStore,
};
use postgres_es::PostgresEventRepository;
use rand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::upcast::{self, UPCASTERS};
use sqlite_es::SqliteEventRepository;
use uuid::Uuid;

use crate::cache::Cached;
use crate::committer::{Append, AppendError, CommandId, NewEvent, Origin, Outcome};
use crate::db::Db;
use crate::log::Log;
use crate::recorded::Position;

const MOST_ATTEMPTS: u32 = 12;
const LONGEST_PAUSE: Duration = Duration::from_millis(40);
/// No aggregate is ever at it, so what expects it conflicts unless it is a repeat.
const NO_SEQUENCE: i64 = -1;

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
    /// It met changes by others at every attempt.
    #[error("too many others changed the same thing")]
    Contended,
    /// The database or the log failed.
    #[error("{0}")]
    Fault(String),
}

impl CommandContext {
    /// The command as the committer takes it.
    pub fn append<A: Aggregate>(
        &self,
        aggregate_id: Uuid,
        expected_sequence: i64,
        events: Vec<NewEvent>,
    ) -> Append {
        Append {
            aggregate_type: A::TYPE,
            aggregate_id,
            expected_sequence,
            is_numbered: self.is_numbered,
            events,
            command_id: self.command_id,
            fingerprint: self.fingerprint,
            refusal: None,
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
    fn silent(aggregate_id: Uuid) -> Self {
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
    /// Reads an aggregate as it is now, and its last sequence number.
    ///
    /// # Errors
    /// A fault, where the database cannot be read or an event cannot be understood.
    pub async fn load<A: Executable>(
        &self,
        aggregate_id: Uuid,
    ) -> Result<(A, i64), ExecuteError<A::Error>> {
        let loaded = self.load_fresh::<A>(aggregate_id).await.map_err(fault)?;
        Ok((loaded.state, loaded.sequence))
    }

    /// Reads an aggregate from memory where it is there, which may be older than the log by what
    /// other processes wrote in the last moments.
    ///
    /// # Errors
    /// A fault, where the database cannot be read or an event cannot be understood.
    pub async fn load_recent<A: Executable>(
        &self,
        aggregate_id: Uuid,
    ) -> Result<(A, i64), ExecuteError<A::Error>> {
        match self.cache.get::<A>((A::TYPE, aggregate_id)) {
            Some(cached) => Ok((cached.state, cached.sequence)),
            None => self.load(aggregate_id).await,
        }
    }

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
        for attempt in 0..MOST_ATTEMPTS {
            let session = Session { log: self, context, freshness, seen: Mutex::default() };
            let framework = CqrsFramework::<A, _>::new(&session, Vec::new(), ());
            let result = framework.execute(&aggregate_id.to_string(), command.clone()).await;
            drop(framework);
            let seen = session.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
            match (result, seen.answer) {
                (Ok(()), Some(outcome)) => return self.executed::<A>(outcome),
                // Cached state may be older than the log, so it is never the ground of a refusal.
                (Err(AggregateError::UserError(_)), _) if seen.was_cached => {}
                (Err(AggregateError::UserError(rejection)), _) => {
                    return self.refuse::<A>(aggregate_id, rejection, context).await;
                }
                (Err(AggregateError::AggregateConflict), _) => {
                    metrics::counter!("servicedesk_conflicts").increment(1);
                    // The first retry needs no pause when only the cache was old.
                    if !seen.was_cached {
                        pause(attempt).await;
                    }
                }
                (Err(AggregateError::UnexpectedError(error)), _) => {
                    return Err(match error.downcast::<Refused>() {
                        Ok(refused) => refused.into_error(),
                        Err(error) => ExecuteError::Fault(error.to_string()),
                    });
                }
                (Err(error), _) => return Err(ExecuteError::Fault(error.to_string())),
                (Ok(()), None) => {
                    return Err(ExecuteError::Fault("the store was not asked".to_owned()));
                }
            }
            freshness = Freshness::Fresh;
        }
        Err(ExecuteError::Contended)
    }

    /// A refusal under an id that may come again is remembered, so that a repeat gets the same
    /// answer; one under a fresh id is only given.
    async fn refuse<A: Executable>(
        &self,
        aggregate_id: Uuid,
        rejection: A::Error,
        context: CommandContext,
    ) -> Result<Executed, ExecuteError<A::Error>> {
        if context.command_id.origin == Origin::Fresh {
            return Err(ExecuteError::Rejected(rejection));
        }
        let refusal = serde_json::to_string(&rejection).map_err(fault)?;
        let mut append = context.append::<A>(aggregate_id, 0, Vec::new());
        append.refusal = Some(refusal);
        match self.append(append).await {
            Ok(outcome) => self.executed::<A>(outcome),
            Err(AppendError::IdReused) => Err(ExecuteError::IdReused),
            Err(error) => Err(fault(error)),
        }
    }

    fn executed<A: Executable>(
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
        Ok(Executed { aggregate_id: outcome.aggregate_id, position, is_repeat: outcome.is_repeat })
    }

    async fn load_fresh<A: Executable>(
        &self,
        aggregate_id: Uuid,
    ) -> Result<Cached<A>, AggregateError<A::Error>> {
        let stored = self.stored_events::<A>(&aggregate_id.to_string()).await?;
        let mut cached = Cached { state: A::default(), sequence: 0 };
        for event in stored {
            cached.sequence += 1;
            cached.state.apply(current_form::<A>(event)?);
        }
        if cached.sequence > 0 {
            self.cache.put((A::TYPE, aggregate_id), cached.clone());
        }
        Ok(cached)
    }

    async fn stored_events<A: Executable>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        match &self.db {
            Db::Postgres(pool) => {
                PostgresEventRepository::new(pool.clone()).get_events::<A>(aggregate_id).await
            }
            Db::Sqlite(sqlite) => {
                let readers = sqlite.readers().clone();
                SqliteEventRepository::new(readers).get_events::<A>(aggregate_id).await
            }
        }
    }
}

/// Brings a stored event to its current form.
fn current_form<A: Aggregate>(
    stored: SerializedEvent,
) -> Result<A::Event, AggregateError<A::Error>> {
    let (event_type, version) = (&stored.event_type, &stored.event_version);
    let payload = upcast::current(UPCASTERS, event_type, version, stored.payload)
        .map_err(|error| AggregateError::DeserializationError(Box::new(error)))?;
    Ok(serde_json::from_value(payload)?)
}

fn fault<R>(error: impl std::fmt::Display) -> ExecuteError<R> {
    ExecuteError::Fault(error.to_string())
}

async fn pause(attempt: u32) {
    let longest = LONGEST_PAUSE.min(Duration::from_millis(1 << attempt.min(6)));
    let jittered = longest.mul_f64(rand::rng().random_range(0.0..1.0));
    tokio::time::sleep(jittered).await;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freshness {
    Cached,
    Fresh,
}

/// The store behind `cqrs-es` for one attempt of one command.
struct Session<'a> {
    log: &'a Log,
    context: CommandContext,
    freshness: Freshness,
    seen: Mutex<Seen>,
}

/// What one attempt has come to know.
#[derive(Debug, Default)]
struct Seen {
    was_cached: bool,
    answer: Option<Outcome>,
}

/// An answer of the log that `cqrs-es` has no word for.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the aggregate is at {0} and not as expected")]
    Stale(i64),
    #[error("{0}")]
    Append(AppendError),
}

impl Refused {
    fn into_error<R>(self) -> ExecuteError<R> {
        match self {
            Self::Stale(actual) => ExecuteError::Stale { actual },
            Self::Append(AppendError::IdReused) => ExecuteError::IdReused,
            Self::Append(error) => fault(error),
        }
    }
}

/// An aggregate while a command is decided on it.
struct Loaded<A> {
    aggregate_id: Uuid,
    sequence: i64,
    state: A,
}

impl<A: Aggregate> AggregateContext<A> for Loaded<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.state
    }
}

impl<A: Executable> EventStore<A> for &Session<'_> {
    type AC = Loaded<A>;

    async fn load_events(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let stored = self.log.stored_events::<A>(aggregate_id).await?;
        let envelope = |stored: SerializedEvent| {
            Ok(EventEnvelope {
                aggregate_id: stored.aggregate_id.clone(),
                sequence: stored.sequence,
                metadata: serde_json::from_value(stored.metadata.clone())?,
                payload: current_form::<A>(stored)?,
            })
        };
        stored.into_iter().map(envelope).collect()
    }

    async fn load_aggregate(
        &self,
        aggregate_id: &str,
    ) -> Result<Loaded<A>, AggregateError<A::Error>> {
        let id = Uuid::parse_str(aggregate_id).map_err(unexpected)?;
        let cached = match self.freshness {
            Freshness::Cached => self.log.cache.get::<A>((A::TYPE, id)),
            Freshness::Fresh => None,
        };
        self.see(|seen| seen.was_cached = cached.is_some());
        let Cached { state, sequence } = match cached {
            Some(cached) => cached,
            None => self.log.load_fresh::<A>(id).await?,
        };
        Ok(Loaded { aggregate_id: id, sequence, state })
    }

    async fn commit(
        &self,
        events: Vec<A::Event>,
        loaded: Loaded<A>,
        _metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, AggregateError<A::Error>> {
        let was_cached = self.see(|seen| seen.was_cached);
        let is_silent = events.is_empty();
        if is_silent && was_cached {
            return Err(AggregateError::AggregateConflict);
        }
        if is_silent && self.context.command_id.origin == Origin::Fresh {
            self.see(|seen| seen.answer = Some(Outcome::silent(loaded.aggregate_id)));
            return Ok(Vec::new());
        }
        let events: Vec<NewEvent> = events
            .into_iter()
            .map(NewEvent::of::<A>)
            .collect::<Result<_, serde_json::Error>>()?;
        let count = i64::try_from(events.len()).map_err(unexpected)?;
        // A decision stands only on what it was made on, even where the caller has seen more. The
        // committer looks for a repeat first: one that made the caller's expectation stale by its
        // own first coming is answered, not refused.
        let expected = match self.context.expected_sequence {
            Some(seen) if seen != loaded.sequence => NO_SEQUENCE,
            _ => loaded.sequence,
        };
        let append = self.context.append::<A>(loaded.aggregate_id, expected, events);
        match self.log.append(append).await {
            Ok(outcome) => {
                if !outcome.is_repeat && !is_silent {
                    let sequence = loaded.sequence + count;
                    let cached = Cached { state: loaded.state, sequence };
                    self.log.cache.put((A::TYPE, loaded.aggregate_id), cached);
                }
                self.see(|seen| seen.answer = Some(outcome));
                Ok(Vec::new())
            }
            Err(AppendError::Conflict { actual }) => {
                self.log.cache.forget((A::TYPE, loaded.aggregate_id));
                match self.context.expected_sequence {
                    Some(expected) if expected != actual => {
                        Err(unexpected(Refused::Stale(actual)))
                    }
                    _ => Err(AggregateError::AggregateConflict),
                }
            }
            Err(error) => {
                self.log.cache.forget((A::TYPE, loaded.aggregate_id));
                Err(unexpected(Refused::Append(error)))
            }
        }
    }
}

impl Session<'_> {
    fn see<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn unexpected<T: std::error::Error>(
    error: impl std::error::Error + Send + Sync + 'static,
) -> AggregateError<T> {
    AggregateError::UnexpectedError(Box::new(error))
}
