//! The connections to PostgreSQL, and what is asked of a server before it is trusted.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::db::ACQUIRE_TIMEOUT;
use crate::failure::DbError;
use crate::known::Known;
use crate::sealing::Keyring;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");

/// A connection that was idle for longer is asked whether it lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_millis(100);
/// How long an idle connection may take to say that it lives. A server that is only busy is faster.
const MAX_PING: Duration = Duration::from_secs(2);
/// How often two sessions are asked for their servers before they count as having one each.
const POOLER_QUESTIONS: usize = 4;

/// A database on PostgreSQL, which several processes may share.
#[derive(Debug, Clone)]
pub struct PostgresDb {
    pool: PgPool,
    trust: Arc<Trust>,
    pub(crate) known: Arc<Known>,
    pub(crate) keyring: Arc<Keyring>,
}

/// Since when connections are trusted. Those that are older are given up before they are used.
#[derive(Debug, Default)]
struct Trust(Mutex<Option<Instant>>);

impl Trust {
    fn begins_now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn covers(&self, age: Duration) -> bool {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_none_or(|since| since.elapsed() > age)
    }
}

impl PostgresDb {
    pub(crate) async fn open(url: &str, most_connections: u32) -> Result<Self, DbError> {
        // `extra_float_digits` is refused by poolers, and no float is stored.
        let options = PgConnectOptions::from_str(url)?
            .application_name("servicedesk")
            .extra_float_digits(None);
        // The pool would try for as long as a request may wait; a wrong address is better told at
        // once.
        let mut one = PgConnection::connect_with(&options).await?;
        refuse_read_only(&mut one).await?;
        refuse_shared_sessions(&mut one, &options).await?;
        one.close().await?;

        let (trust, known) = (Arc::new(Trust::default()), Arc::new(Known::new()));
        let (still_trusted, last_known) = (trust.clone(), known.clone());
        let trusted_afterwards = trust.clone();
        let pool = PgPoolOptions::new()
            .max_connections(most_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // Asking every connection whether it lives would double the round trips of a client that is
            // busy. One that was idle for a while is asked, because the server may have restarted.
            .test_before_acquire(false)
            .before_acquire(move |connection, before| {
                let trust = still_trusted.clone();
                Box::pin(async move {
                    let is_trusted = trust.covers(before.age);
                    if is_trusted && before.idle_for > TRUSTED_IDLE {
                        let lives = refuse_read_only(connection);
                        let Ok(lives) = tokio::time::timeout(MAX_PING, lives).await else {
                            trust.begins_now();
                            return Ok(false);
                        };
                        lives?;
                    }
                    Ok(is_trusted)
                })
            })
            // Before the pool asks it whether it lives, for as long as that takes.
            .after_release(move |_, meta| {
                Box::pin(std::future::ready(Ok(trusted_afterwards.covers(meta.age))))
            })
            // Where this fails, the pool tries again for as long as anybody waits, which leads to
            // the right server once there is one.
            .after_connect(move |connection, _| {
                let known = last_known.clone();
                Box::pin(async move {
                    refuse_read_only(connection).await?;
                    let same = known.compare_on(connection).await;
                    same.map_err(|error| sqlx::Error::Protocol(error.to_string()))
                })
            })
            .connect_with(options)
            .await?;
        MIGRATIONS.run(&pool).await?;
        Ok(Self { pool, trust, known, keyring: Arc::default() })
    }

    /// The connections.
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Gives up every connection that is open now, as soon as it is to be used.
    pub(crate) fn distrust(&self) {
        self.trust.begins_now();
    }
}

/// A standby, or a server that was demoted while the connection was open, answers and takes no
/// writes; what it reads may be old.
async fn refuse_read_only(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let row = connection.fetch_one("SHOW transaction_read_only").await?;
    let read_only: String = row.try_get(0)?;
    if read_only == "off" {
        return Ok(());
    }
    Err(sqlx::Error::Protocol(
        "the server takes no writes: it is a standby or read-only".to_owned(),
    ))
}

/// Behind a pooler that gives out servers by the transaction, two sessions meet on one server, or
/// one moves between servers.
async fn refuse_shared_sessions(
    one: &mut PgConnection,
    options: &PgConnectOptions,
) -> Result<(), DbError> {
    let mut other = PgConnection::connect_with(options).await?;
    let first = server_process(one).await?;
    for _ in 0..POOLER_QUESTIONS {
        if server_process(&mut other).await? == first || server_process(one).await? != first {
            return Err(DbError::SharedConnections);
        }
    }
    other.close().await?;
    Ok(())
}

/// The process that serves a session. Asked without a prepared statement, which a pooler may lose.
async fn server_process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let row = connection.fetch_one("SELECT pg_backend_pid()").await?;
    row.try_get(0)
}
