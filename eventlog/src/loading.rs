//! Reading an aggregate: `postgres-es` and `sqlite-es` read its events, which are brought to their
//! current form.

use std::sync::Arc;

use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use cqrs_es::{Aggregate, AggregateError};
use postgres_es::PostgresEventRepository;
use servicedesk_domain::event;
use servicedesk_domain::upcast::{self, UPCASTERS};
use sqlite_es::SqliteEventRepository;
use uuid::Uuid;

use crate::cache::Cached;
use crate::db::{ACQUIRE_TIMEOUT, Db, MAX_READ};
use crate::execute::{Executable, ExecuteError, fault};
use crate::failure::DbError;
use crate::log::Log;
use crate::sealing;
use crate::session::unexpected;

impl Log {
    /// Reads an aggregate as it is now, and its last sequence number.
    ///
    /// # Errors
    /// A fault, where the database cannot be read or an event cannot be understood.
    pub async fn load<A: Executable>(
        &self,
        aggregate_id: Uuid,
    ) -> Result<(A, i64), ExecuteError<A::Error>> {
        let loaded = self.load_fresh::<A>(aggregate_id).await.map_err(unloaded)?;
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

    /// The same without a copy, for an aggregate that is large and read often.
    ///
    /// # Errors
    /// A fault, where the database cannot be read or an event cannot be understood.
    pub async fn share_recent<A: Executable>(
        &self,
        aggregate_id: Uuid,
    ) -> Result<Arc<A>, ExecuteError<A::Error>> {
        match self.cache.share::<A>((A::TYPE, aggregate_id)) {
            Some(shared) => Ok(shared),
            None => self.load(aggregate_id).await.map(|(state, _)| Arc::new(state)),
        }
    }

    pub(crate) async fn load_fresh<A: Executable>(
        &self,
        aggregate_id: Uuid,
    ) -> Result<Cached<A>, AggregateError<A::Error>> {
        let stored =
            self.readable_events::<A>(&aggregate_id.to_string()).await.map_err(unexpected)?;
        let mut cached = Cached { state: A::default(), sequence: 0 };
        for event in stored {
            cached.sequence += 1;
            if i64::try_from(event.sequence) != Ok(cached.sequence) {
                let (of, sequence) = (A::TYPE, cached.sequence);
                let what = format!("event {sequence} of the {of} {aggregate_id} is missing");
                return Err(unexpected(DbError::Damaged(what)));
            }
            cached.state.apply(current_form::<A>(event)?);
        }
        if cached.sequence > 0 {
            self.cache.put((A::TYPE, aggregate_id), cached.clone());
        }
        Ok(cached)
    }

    /// The events of one aggregate with what its decisions read.
    pub(crate) async fn readable_events<A: Executable>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, DbError> {
        let mut stored = self.stored_events::<A>(aggregate_id).await?;
        if !event::is_decided_on_personal_data(A::TYPE) {
            return Ok(stored);
        }
        let (mut sealed, mut payloads) = (Vec::new(), Vec::new());
        for event in &mut stored {
            let payload = event.payload.to_string();
            if sealing::is_sealed(&payload) {
                sealing::check_places(&event.event_type, &payload).map_err(DbError::Damaged)?;
                sealed.push(event);
                payloads.push(payload);
            }
        }
        let opened = self.db.open_texts(payloads).await?;
        for (event, payload) in sealed.into_iter().zip(opened) {
            let payload = serde_json::from_str(&payload);
            event.payload = payload.map_err(|error| DbError::Damaged(error.to_string()))?;
        }
        Ok(stored)
    }

    /// The events of one aggregate, read once more where a connection failed.
    async fn stored_events<A: Executable>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, DbError> {
        match self.stored_events_once::<A>(aggregate_id).await {
            Err(error) if error.is_worth_a_retry() => {
                self.stored_events_once::<A>(aggregate_id).await
            }
            read => read,
        }
    }

    async fn stored_events_once<A: Executable>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, DbError> {
        let read = async {
            let read = match &self.db {
                Db::Postgres(postgres) => {
                    let pool = postgres.pool().clone();
                    PostgresEventRepository::new(pool).get_events::<A>(aggregate_id).await
                }
                Db::Sqlite(sqlite) => {
                    let readers = sqlite.readers().clone();
                    SqliteEventRepository::new(readers).get_events::<A>(aggregate_id).await
                }
            };
            read.map_err(unread)
        };
        self.db.answered(ACQUIRE_TIMEOUT + MAX_READ, read).await
    }
}

/// What the database said, which those who read from it have wrapped.
fn unread(error: PersistenceError) -> DbError {
    match error {
        PersistenceError::ConnectionError(inner) | PersistenceError::UnknownError(inner) => {
            match inner.downcast::<sqlx::Error>() {
                Ok(error) => (*error).into(),
                Err(other) => DbError::Damaged(other.to_string()),
            }
        }
        PersistenceError::DeserializationError(inner) => DbError::Damaged(inner.to_string()),
        PersistenceError::OptimisticLockError => DbError::Damaged(error.to_string()),
    }
}

/// Why an aggregate could not be read.
pub(crate) fn unloaded<E: std::error::Error, R>(error: AggregateError<E>) -> ExecuteError<R> {
    match error {
        AggregateError::UnexpectedError(inner) => match inner.downcast::<DbError>() {
            Ok(error) => (*error).into(),
            Err(other) => fault(other),
        },
        error => fault(error),
    }
}

/// Brings a stored event to its current form.
pub(crate) fn current_form<A: Aggregate>(
    stored: SerializedEvent,
) -> Result<A::Event, AggregateError<A::Error>> {
    let (event_type, version) = (&stored.event_type, &stored.event_version);
    let payload = upcast::current(UPCASTERS, event_type, version, stored.payload)
        .map_err(|error| AggregateError::DeserializationError(Box::new(error)))?;
    Ok(serde_json::from_value(payload)?)
}
