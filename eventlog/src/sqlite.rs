//! The connections to a SQLite file: many readers, and writers that take turns.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::Mutex;

use crate::db::ACQUIRE_TIMEOUT;
use crate::failure::DbError;
use crate::files::Files;
use crate::known::Known;
use crate::sealing::Keyring;
use crate::tx::{Held, Tx};

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/sqlite");

const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_READERS: u32 = 8;

/// A SQLite file: many readers, and writers that take turns.
#[derive(Debug, Clone)]
pub struct SqliteDb {
    readers: SqlitePool,
    /// For the log: what it commits is on disk (`synchronous=FULL`).
    log_writer: SqlitePool,
    /// For what can be built again from the log: it commits without waiting for the disk.
    projection_writer: SqlitePool,
    /// One connection that nobody uses. As long as it is open, the files beside the database stay
    /// the same, whatever becomes of the others.
    anchor: SqlitePool,
    files: Arc<Files>,
    pub(crate) known: Arc<Known>,
    pub(crate) keyring: Arc<Keyring>,
    /// Held while writing, so that writers of this process queue fairly instead of polling.
    turn: Arc<Mutex<()>>,
}

impl SqliteDb {
    pub(crate) async fn open(url: &str) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::from_str(url)?;
        let path = options.get_filename().to_path_buf();
        let _alone = lock_for_migration(&path)?;
        make_private(&path).map_err(sqlx::Error::Io)?;
        let options = options
            // It is there by now. Were it deleted, a connection would begin an empty one.
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            // What was deleted is gone from the file, too (ADR 0074).
            .pragma("secure_delete", "ON")
            .pragma("cache_size", "-16000")
            .pragma("temp_store", "MEMORY");
        let one = || SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
        let anchor = one().idle_timeout(None).max_lifetime(None);
        let anchor = anchor.connect_with(options.clone()).await?;
        MIGRATIONS.run(&anchor).await?;
        let files = Arc::new(Files::of(&path).map_err(sqlx::Error::Io)?);

        let checked = |pool: SqlitePoolOptions| {
            let files = files.clone();
            pool.acquire_timeout(ACQUIRE_TIMEOUT).after_connect(move |_, _| {
                let same = files.check();
                let same = same.map_err(|error| sqlx::Error::Protocol(error.to_string()));
                Box::pin(std::future::ready(same))
            })
        };
        let log_writer = checked(one())
            .connect_with(options.clone().synchronous(SqliteSynchronous::Full))
            .await?;
        let projection_writer = checked(one()).connect_lazy_with(options.clone());
        let readers = SqlitePoolOptions::new().max_connections(MAX_READERS);
        let readers = checked(readers).connect_lazy_with(options);
        let (known, keyring, turn) = (Arc::new(Known::new()), Arc::default(), Arc::default());
        Ok(Self { readers, log_writer, projection_writer, anchor, files, known, keyring, turn })
    }

    /// The connections for reading.
    pub const fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Fails where a file of the database was deleted or replaced.
    pub(crate) fn check_files(&self) -> Result<(), DbError> {
        self.files.check()
    }

    /// Begins a transaction whose commit waits for the disk.
    pub(crate) async fn begin_append(&self) -> Result<Tx, DbError> {
        self.begin(&self.log_writer).await
    }

    /// Begins a transaction whose commit does not.
    pub(crate) async fn begin_projection(&self) -> Result<Tx, DbError> {
        self.begin(&self.projection_writer).await
    }

    async fn begin(&self, pool: &SqlitePool) -> Result<Tx, DbError> {
        let turn = self.turn.clone().lock_owned().await;
        self.check_files()?;
        Ok(Tx::Sqlite(Held::begin_immediate(pool).await?, turn))
    }

    /// Moves the write-ahead log into the file and cuts it to nothing.
    pub(crate) async fn empty_write_ahead_log(&self) -> Result<(), DbError> {
        let _turn = self.turn.clone().lock_owned().await;
        self.check_files()?;
        let (is_busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.log_writer).await?;
        if is_busy == 0 {
            return Ok(());
        }
        let busy = std::io::Error::other("the write-ahead log is still read");
        Err(sqlx::Error::Io(busy).into())
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.projection_writer.close().await;
        self.log_writer.close().await;
        // The last connection to close moves the write-ahead log into the file.
        self.anchor.close().await;
    }
}

/// Two processes that open a new file at once must not both create its tables; PostgreSQL's
/// migrations take a lock of their own. Gives the lock, which ends with the value.
fn lock_for_migration(path: &Path) -> Result<std::fs::File, DbError> {
    let mut path = path.to_path_buf();
    path.add_extension("lock");
    let file = std::fs::File::create(path).map_err(sqlx::Error::Io)?;
    file.lock().map_err(sqlx::Error::Io)?;
    Ok(file)
}

/// A new file is its owner's alone, and so is what SQLite puts beside it: it holds secrets. One that
/// is there keeps what its owner decided, and is not even opened: to close it would end every lock
/// that this process holds on it (POSIX), and others would delete the files that it still uses.
fn make_private(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().create_new(true).write(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
