//! One handle for either database. The macros `on_db!` and `in_tx!` run the same sqlx text on
//! whichever it is.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, PgConnection, Postgres, Sqlite, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/postgres");
static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection that was idle for longer is asked whether it lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_millis(100);
const MAX_SQLITE_READERS: u32 = 8;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address is of no database that the service runs on.
    #[error("a database address begins with postgres:// or sqlite:, not {0:?}")]
    UnknownScheme(String),
    /// The database or the connection to it failed.
    #[error("the database failed: {0}")]
    Sqlx(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// What is stored cannot be right.
    #[error("the log is damaged: {0}")]
    Damaged(String),
}

/// A database: a pool of connections to PostgreSQL, or a SQLite file.
#[derive(Debug, Clone)]
pub enum Db {
    /// PostgreSQL, which several processes may share.
    Postgres(PgPool),
    /// SQLite, one file on this machine.
    Sqlite(SqliteDb),
}

/// A SQLite file: many readers, and writers that take turns.
#[derive(Debug, Clone)]
pub struct SqliteDb {
    readers: SqlitePool,
    /// For the log: what it commits is on disk (`synchronous=FULL`).
    log_writer: SqlitePool,
    /// For what can be built again from the log: it commits without waiting for the disk.
    projection_writer: SqlitePool,
    /// Held by whoever writes, so that writers of this process queue fairly instead of polling.
    turn: Arc<Mutex<()>>,
}

impl SqliteDb {
    /// The connections for reading.
    pub fn readers(&self) -> &SqlitePool {
        &self.readers
    }
}

/// Runs one expression on whichever database it is, with `$pool` bound to its connections for
/// reading.
#[macro_export]
macro_rules! on_db {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::Db::Postgres($pool) => $body,
            $crate::Db::Sqlite(sqlite) => {
                let $pool = sqlite.readers();
                $body
            }
        }
    };
}

/// Runs one expression in whichever transaction it is, with `$connection` bound to its connection.
#[macro_export]
macro_rules! in_tx {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::Tx::Postgres(tx) => {
                let $connection = &mut **tx;
                $body
            }
            $crate::Tx::Sqlite(tx, _) => {
                let $connection = &mut **tx;
                $body
            }
        }
    };
}

/// A transaction that writes. Dropped without [`Tx::commit`], it leaves nothing.
#[derive(Debug)]
pub enum Tx {
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
    /// On SQLite, with the turn to write.
    Sqlite(Transaction<'static, Sqlite>, OwnedMutexGuard<()>),
}

impl Tx {
    /// Makes what was written visible to all, or fails with nothing written.
    ///
    /// # Errors
    /// [`DbError`]; after a lost connection it is unknown whether the commit happened.
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Postgres(tx) => tx.commit().await?,
            Self::Sqlite(tx, _turn) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Db {
    /// Connects to `url` (`postgres://…`, or `sqlite:` and a file's path), creating a SQLite file
    /// that is not there, and brings the schema up to date.
    ///
    /// # Errors
    /// [`DbError`] where the address is of neither, the database cannot be reached, or its schema
    /// is newer than this program.
    pub async fn open(url: &str, most_connections: u32) -> Result<Self, DbError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = postgres_pool(url, most_connections).await?;
            POSTGRES_MIGRATIONS.run(&pool).await?;
            Ok(Self::Postgres(pool))
        } else if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?;
            let _alone = lock_for_migration(&options)?;
            make_private(options.get_filename()).map_err(sqlite_io)?;
            let sqlite = open_sqlite(options).await?;
            SQLITE_MIGRATIONS.run(&sqlite.log_writer).await?;
            Ok(Self::Sqlite(sqlite))
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            Err(DbError::UnknownScheme(scheme.to_owned()))
        }
    }

    /// Begins a transaction on what can be built again from the log. It takes effect at once and
    /// whole, but does not wait for the disk: a power cut may take the last ones back, together
    /// with the checkpoints that they moved.
    ///
    /// # Errors
    /// [`DbError`] where no connection can be had.
    pub async fn begin_projection(&self) -> Result<Tx, DbError> {
        // In a task of its own: sqlx leaves a transaction open on its pooled connection, with all
        // locks, when the future that begins it with a statement like these is dropped half-way.
        let db = self.clone();
        let begun = tokio::spawn(async move { db.begin_projection_whole().await }).await;
        begun.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error)).into()))
    }

    async fn begin_projection_whole(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN; SET LOCAL synchronous_commit = off").await?)
            }
            Self::Sqlite(sqlite) => {
                let turn = sqlite.turn.clone().lock_owned().await;
                let tx = sqlite.projection_writer.begin_with("BEGIN IMMEDIATE").await?;
                Tx::Sqlite(tx, turn)
            }
        })
    }

    /// Begins a transaction on the log, holding the lock under which positions are given out. What
    /// it commits is on disk.
    pub(crate) async fn begin_append(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Postgres(pool) => Tx::Postgres(
                pool.begin_with("BEGIN; SELECT position FROM log_head WHERE id = 1 FOR UPDATE")
                    .await?,
            ),
            Self::Sqlite(sqlite) => {
                let turn = sqlite.turn.clone().lock_owned().await;
                let tx = sqlite.log_writer.begin_with("BEGIN IMMEDIATE").await?;
                Tx::Sqlite(tx, turn)
            }
        })
    }

    /// The name of the database system, for people and metrics.
    pub const fn system(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "PostgreSQL",
            Self::Sqlite(_) => "SQLite",
        }
    }

    /// Closes every connection and waits until they are closed.
    pub async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::Sqlite(sqlite) => {
                sqlite.readers.close().await;
                sqlite.projection_writer.close().await;
                // The last connection to close moves the write-ahead log into the file.
                sqlite.log_writer.close().await;
            }
        }
    }
}

async fn postgres_pool(url: &str, most_connections: u32) -> Result<PgPool, DbError> {
    let options = PgConnectOptions::from_str(url)?.application_name("servicedesk");
    // The pool would try for as long as a request may wait; a wrong address is better told at once.
    PgConnection::connect_with(&options).await?.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(most_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Asking every connection whether it lives would double the round trips of whoever is
        // busy. One that was idle for a while is asked, because the server may have restarted.
        .test_before_acquire(false)
        .before_acquire(|connection, before| {
            Box::pin(async move {
                if before.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// Two processes that open a new file at once must not both create its tables; PostgreSQL's
/// migrations take a lock of their own. Gives the lock, which ends with the value.
fn lock_for_migration(options: &SqliteConnectOptions) -> Result<std::fs::File, DbError> {
    let mut path = options.get_filename().to_path_buf();
    path.add_extension("lock");
    let file = std::fs::File::create(path).map_err(sqlx::Error::Io)?;
    file.lock().map_err(sqlx::Error::Io)?;
    Ok(file)
}

/// A new file is its owner's alone, and so is what SQLite puts beside it: it holds secrets. One that
/// is there keeps what its owner decided.
fn make_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

fn sqlite_io(error: std::io::Error) -> DbError {
    sqlx::Error::Io(error).into()
}

async fn open_sqlite(options: SqliteConnectOptions) -> Result<SqliteDb, DbError> {
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "MEMORY");
    let pool_of =
        |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE_TIMEOUT);
    let log_writer =
        pool_of(1).connect_with(options.clone().synchronous(SqliteSynchronous::Full)).await?;
    let projection_writer =
        pool_of(1).connect_lazy_with(options.clone().synchronous(SqliteSynchronous::Normal));
    let readers = pool_of(MAX_SQLITE_READERS)
        .connect_lazy_with(options.synchronous(SqliteSynchronous::Normal));
    Ok(SqliteDb { readers, log_writer, projection_writer, turn: Arc::default() })
}
