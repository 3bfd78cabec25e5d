//! The last event that this process knows, by which it notices that the database no longer holds
//! the log that it follows: a failover may lose the end of a log, and a backup may be put in place
//! of a newer file. Followers, caches and read models in memory would go on with events that no
//! longer exist, so the process has to end; started again, it begins with what is there.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use servicedesk_domain::kernel::Moment;
use sqlx::PgConnection;
use tokio::sync::watch;
use uuid::Uuid;

use crate::db::Db;
use crate::failure::DbError;
use crate::on_db;
use crate::recorded::{Metadata, Position, Recorded};

/// For how long a command that could not be recorded counts against the next one.
const DOUBT: Duration = Duration::from_secs(10);

const SQL: &str = "SELECT aggregate_id, sequence, CAST(metadata AS TEXT) AS metadata \
     FROM events WHERE position = $1";

/// An event as the database has it.
#[derive(Debug, sqlx::FromRow)]
struct Stored {
    aggregate_id: String,
    sequence: i64,
    metadata: String,
}

/// What tells an event from another one at its position. No command is recorded twice at one
/// moment, so who caused it and when is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    position: Position,
    aggregate_id: Uuid,
    sequence: i64,
    causation_id: Uuid,
    recorded_at: Moment,
}

impl Mark {
    fn of(event: &Recorded) -> Self {
        Self {
            position: event.position,
            aggregate_id: event.aggregate_id,
            sequence: event.sequence,
            causation_id: event.metadata.causation_id,
            recorded_at: event.metadata.recorded_at,
        }
    }

    /// None where the event cannot be read, which those who read it report.
    fn read(position: Position, stored: &Stored) -> Option<Self> {
        let metadata: Metadata = serde_json::from_str(&stored.metadata).ok()?;
        Some(Self {
            position,
            aggregate_id: stored.aggregate_id.parse().ok()?,
            sequence: stored.sequence,
            causation_id: metadata.causation_id,
            recorded_at: metadata.recorded_at,
        })
    }
}

/// The last event known, and what was found to be wrong with it.
#[derive(Debug)]
pub(crate) struct Known {
    last: Mutex<Option<Mark>>,
    trouble: watch::Sender<Option<String>>,
    /// When a command could last not be recorded, unless one was since.
    failed_at: Mutex<Option<Instant>>,
}

impl Known {
    pub(crate) fn new() -> Self {
        Self {
            last: Mutex::default(),
            trouble: watch::Sender::new(None),
            failed_at: Mutex::default(),
        }
    }

    /// Takes note of an event that is in the database.
    pub(crate) fn keep(&self, event: &Recorded) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Mark::of(event));
    }

    /// Takes note of the event at this position, where it can be read.
    pub(crate) async fn begin(&self, db: &Db, position: Position) -> Result<(), DbError> {
        let mark = find(db, position).await?.and_then(|stored| Mark::read(position, &stored));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = mark;
        Ok(())
    }

    /// Takes note that a command could not be recorded, because the database is not available.
    pub(crate) fn commit_failed(&self) {
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Takes note that a command was recorded.
    pub(crate) fn commit_worked(&self) {
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the last command was recorded, or it is so long ago that the next one may tell.
    pub(crate) fn is_recording(&self) -> bool {
        let failed_at = *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_none_or(|at| at.elapsed() > DOUBT)
    }

    /// Fails from the moment on at which the log was found to be another one.
    pub(crate) fn check(&self) -> Result<(), DbError> {
        match &*self.trouble.borrow() {
            Some(trouble) => Err(DbError::Diverged(trouble.clone())),
            None => Ok(()),
        }
    }

    /// Waits until the log was found to be another one, and says how.
    pub(crate) async fn diverged(&self) -> String {
        let mut trouble = self.trouble.subscribe();
        loop {
            if let Some(trouble) = trouble.borrow_and_update().clone() {
                return trouble;
            }
            if trouble.changed().await.is_err() {
                // The sender lives as long as `self`.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Compares the last event known with what the database has at its position.
    pub(crate) async fn compare(&self, db: &Db) -> Result<(), DbError> {
        let Some(known) = self.last() else { return self.check() };
        let found = find(db, known.position).await?;
        self.judge(&known, found.as_ref())
    }

    /// The same for a new connection.
    pub(crate) async fn compare_on(&self, connection: &mut PgConnection) -> Result<(), DbError> {
        let Some(known) = self.last() else { return self.check() };
        let query = sqlx::query_as(SQL).bind(known.position);
        let found: Option<Stored> = query.fetch_optional(connection).await?;
        self.judge(&known, found.as_ref())
    }

    fn last(&self) -> Option<Mark> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn judge(&self, known: &Mark, found: Option<&Stored>) -> Result<(), DbError> {
        let position = known.position;
        let trouble = match found {
            None => format!("event {position} is gone"),
            Some(found) if Mark::read(position, found).as_ref() != Some(known) => {
                format!("event {position} is another one")
            }
            Some(_) => return self.check(),
        };
        self.trouble.send_if_modified(|first| {
            let is_first = first.is_none();
            if is_first {
                tracing::error!(%trouble, "the log is not the one that this process knows");
                *first = Some(trouble);
            }
            is_first
        });
        self.check()
    }
}

async fn find(db: &Db, position: Position) -> Result<Option<Stored>, DbError> {
    Ok(
        on_db!(db, connection => sqlx::query_as(SQL).bind(position).fetch_optional(connection).await?),
    )
}
