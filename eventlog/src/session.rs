//! The store that `cqrs-es` sees while one attempt of one command runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cqrs_es::persist::SerializedEvent;
use cqrs_es::{Aggregate, AggregateContext, AggregateError, EventEnvelope, EventStore};
use uuid::Uuid;

use crate::cache::Cached;
use crate::committer::{AppendError, NewEvent, Origin, Outcome};
use crate::execute::{CommandContext, Executable, ExecuteError, NO_SEQUENCE, fault};
use crate::loading::current_form;
use crate::log::Log;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Cached,
    Fresh,
}

/// The store behind `cqrs-es` for one attempt of one command.
pub(crate) struct Session<'a> {
    log: &'a Log,
    context: CommandContext,
    freshness: Freshness,
    seen: Mutex<Seen>,
}

/// What one attempt has come to know.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) was_cached: bool,
    pub(crate) answer: Option<Outcome>,
}

/// An answer of the log that `cqrs-es` has no word for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the aggregate is at {0} and not as expected")]
    Stale(i64),
    #[error("{0}")]
    Append(AppendError),
}

impl Refused {
    pub(crate) fn into_error<R>(self) -> ExecuteError<R> {
        match self {
            Self::Stale(actual) => ExecuteError::Stale { actual },
            Self::Append(AppendError::IdReused) => ExecuteError::IdReused,
            Self::Append(AppendError::Erased) => ExecuteError::Erased,
            Self::Append(AppendError::Unavailable(what)) => ExecuteError::Unavailable(what),
            Self::Append(error) => fault(error),
        }
    }
}

/// An aggregate while a command is decided on it.
pub(crate) struct Loaded<A> {
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
        let stored = self.log.readable_events::<A>(aggregate_id).await.map_err(unexpected)?;
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
            if self.context.expected_sequence.is_some_and(|seen| seen != loaded.sequence) {
                return Err(unexpected(Refused::Stale(loaded.sequence)));
            }
            self.see(|seen| seen.answer = Some(Outcome::silent(loaded.aggregate_id)));
            return Ok(Vec::new());
        }
        let events: Vec<NewEvent> =
            events.into_iter().map(NewEvent::of::<A>).collect::<Result<_, serde_json::Error>>()?;
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
                    Some(expected) if expected != actual => Err(unexpected(Refused::Stale(actual))),
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

impl<'a> Session<'a> {
    pub(crate) fn new(log: &'a Log, context: CommandContext, freshness: Freshness) -> Self {
        Self { log, context, freshness, seen: Mutex::default() }
    }

    /// What the attempt has come to know, once it is over.
    pub(crate) fn into_seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn see<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) fn unexpected<T: std::error::Error>(
    error: impl std::error::Error + Send + Sync + 'static,
) -> AggregateError<T> {
    AggregateError::UnexpectedError(Box::new(error))
}
