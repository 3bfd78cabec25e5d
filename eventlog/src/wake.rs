//! Learning what other processes have committed. On PostgreSQL they say so with one coalesced
//! `NOTIFY` from a connection of its own, never in the write path, where it would take a global
//! lock; a slow poll covers what a lost notification would hide. On SQLite a poll must do.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};

use crate::cache::AggregateCache;
use crate::db::Db;
use crate::failure::DbError;
use crate::reader;
use crate::sealing;
use crate::tail::Tail;

const CHANNEL: &str = "servicedesk_log";
/// Sent as one text, the two are one transaction; nobody needs it on disk, so it does not wait.
const NOTIFY: &str = "SET LOCAL synchronous_commit = off; NOTIFY servicedesk_log";
/// Notifications that follow one another faster are merged into one.
const COALESCE: Duration = Duration::from_millis(15);
const POSTGRES_POLL: Duration = Duration::from_secs(1);
const SQLITE_POLL: Duration = Duration::from_millis(250);
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(1);
const BATCH: i64 = 1_000;
/// In this time what was committed here is known here.
const OWN_NEWS: Duration = Duration::from_millis(1);

/// Follows the log for as long as the process lives: fetches what was committed elsewhere.
pub(crate) async fn follow(db: Db, tail: Arc<Tail>, cache: Arc<AggregateCache>) {
    let mut listener = Listener::start(&db).await;
    loop {
        if let Err(error) = catch_up(&db, &tail, &cache).await {
            tracing::error!(%error, "the log cannot be followed");
            metrics::counter!("servicedesk_follow_faults").increment(1);
            tokio::time::sleep(PAUSE_AFTER_FAULT).await;
        }
        tokio::select! {
            () = listener.wait() => {}
            () = tail.behind.notified() => {}
        }
    }
}

async fn catch_up(db: &Db, tail: &Tail, cache: &AggregateCache) -> Result<(), DbError> {
    db.check()?;
    // A log that ends earlier than it did, or in another way, has lost events.
    db.known().compare(db).await?;
    loop {
        if reader::head(db).await? <= tail.head() {
            return Ok(());
        }
        // Where it was this process that committed, its committer is just about to say so.
        tokio::time::sleep(OWN_NEWS).await;
        let known = tail.head();
        if reader::head(db).await? <= known {
            return Ok(());
        }
        let events = reader::read_after(db, known, BATCH).await?;
        // They follow on what is known only if that is still there.
        db.known().compare(db).await?;
        if events.is_empty() {
            // The head says that there is more; asking again at once would not bring it.
            return Err(DbError::Damaged(format!("event {} is missing", known + 1)));
        }
        let erased = sealing::erased_by_all(&events);
        if !erased.is_empty() {
            db.forget_persons(&erased, cache);
        }
        for event in &events {
            let key = (event.aggregate_type(), event.aggregate_id);
            cache.forget_before(key, event.sequence);
        }
        tail.take_in(events.into_iter().map(Arc::new).collect());
    }
}

/// Tells other processes of what was committed here, at most once per [`COALESCE`].
pub(crate) async fn notify_others(pool: PgPool, tail: Arc<Tail>) {
    loop {
        tail.committed.notified().await;
        let sent = sqlx::raw_sql(NOTIFY).execute(&pool).await;
        if let Err(error) = sent {
            // The others poll, so they are late at most.
            tracing::warn!(%error, "other processes could not be woken");
        }
        tokio::time::sleep(COALESCE).await;
    }
}

enum Listener {
    Listening(Box<PgListener>),
    Polling(Duration),
}

impl Listener {
    async fn start(db: &Db) -> Self {
        let Db::Postgres(postgres) = db else { return Self::Polling(SQLITE_POLL) };
        match Self::listen(postgres.pool()).await {
            Ok(listener) => Self::Listening(Box::new(listener)),
            Err(error) => {
                tracing::warn!(%error, "cannot listen for other processes; polling instead");
                Self::Polling(POSTGRES_POLL)
            }
        }
    }

    async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }

    /// Waits until there may be something new.
    async fn wait(&mut self) {
        match self {
            Self::Polling(pause) => tokio::time::sleep(*pause).await,
            Self::Listening(listener) => {
                // An error means a lost connection, which the listener opens again by itself.
                let heard = tokio::time::timeout(POSTGRES_POLL, listener.recv()).await;
                if let Ok(Err(error)) = heard {
                    tracing::warn!(%error, "the listening connection was lost");
                    tokio::time::sleep(PAUSE_AFTER_FAULT).await;
                }
            }
        }
    }
}
