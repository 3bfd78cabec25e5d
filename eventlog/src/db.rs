//! One handle for either database. The macros `on_db!` and `in_tx!` run the same sqlx text on
//! whichever it is.

use std::time::Duration;

use crate::failure::DbError;
use crate::known::Known;
use crate::postgres::PostgresDb;
use crate::sealing::{Keyring, MasterKeySource};
use crate::sqlite::SqliteDb;
use crate::tx::{Held, Tx};

/// How long a request waits for a connection. After that it is better refused, to be tried again.
/// Shorter than a command is waited for, so that the committer is the first to know.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(6);
/// How long a read may take. Each is of a few rows that an index finds.
pub const MAX_READ: Duration = Duration::from_secs(10);
/// How long a few statements that write may take.
pub const MAX_WRITE: Duration = Duration::from_secs(20);

const BEGIN_APPEND: &str = "BEGIN; SELECT position FROM log_head WHERE id = 1 FOR UPDATE";
const BEGIN_PROJECTION: &str = "BEGIN; SET LOCAL synchronous_commit = off";

/// A database: a pool of connections to PostgreSQL, or a SQLite file.
#[derive(Debug, Clone)]
pub enum Db {
    /// PostgreSQL, which several processes may share.
    Postgres(PostgresDb),
    /// SQLite, one file on this machine.
    Sqlite(SqliteDb),
}

/// Reads on whichever database it is, with `$connection` bound to a connection for reading. What
/// fails for a reason that may be gone on another connection is read once more, so this is not for
/// anything that writes.
#[macro_export]
macro_rules! on_db {
    ($db:expr, $connection:ident => $body:expr) => {{
        let mut is_first = true;
        let db: &$crate::Db = $db;
        loop {
            // Waiting for a busy pool is no silence of the database.
            let read: Result<_, $crate::DbError> = async {
                match db {
                    $crate::Db::Postgres(postgres) => {
                        let mut held = postgres.pool().acquire().await?;
                        let $connection = &mut *held;
                        db.answered($crate::db::MAX_READ, async { Ok($body) }).await
                    }
                    $crate::Db::Sqlite(sqlite) => {
                        let mut held = sqlite.readers().acquire().await?;
                        let $connection = &mut *held;
                        db.answered($crate::db::MAX_READ, async { Ok($body) }).await
                    }
                }
            }
            .await;
            match read {
                Err(error) if is_first && error.is_worth_a_retry() => is_first = false,
                read => break read?,
            }
        }
    }};
}

impl Db {
    /// Connects to `url` (`postgres://…`, or `sqlite:` and a file's path), creating a SQLite file
    /// that is not there, and brings the schema up to date.
    ///
    /// # Errors
    /// [`DbError`] where the address is of neither, the database cannot be reached, its schema is
    /// newer than this program, or the master key is not the database's.
    pub async fn open(
        url: &str,
        most_connections: u32,
        master_key: &MasterKeySource,
    ) -> Result<Self, DbError> {
        let db = Self::connect(url, most_connections).await?;
        db.keyring().begin(&db, master_key).await?;
        Ok(db)
    }

    async fn connect(url: &str, most_connections: u32) -> Result<Self, DbError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres(PostgresDb::open(url, most_connections).await?))
        } else if url.starts_with("sqlite:") {
            Ok(Self::Sqlite(SqliteDb::open(url).await?))
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
        self.known().check()?;
        match self {
            Self::Postgres(postgres) => {
                let begun = Held::begin(postgres.pool(), BEGIN_PROJECTION);
                Ok(Tx::Postgres(self.answered(MAX_WRITE, begun).await?))
            }
            Self::Sqlite(sqlite) => sqlite.begin_projection().await,
        }
    }

    /// Begins a transaction on the log, holding the lock under which positions are given out. What
    /// it commits is on disk.
    pub(crate) async fn begin_append(&self) -> Result<Tx, DbError> {
        self.known().check()?;
        match self {
            Self::Postgres(postgres) => {
                Ok(Tx::Postgres(Held::begin(postgres.pool(), BEGIN_APPEND).await?))
            }
            Self::Sqlite(sqlite) => sqlite.begin_append().await,
        }
    }

    /// Fails where this is no longer the database that was opened: a SQLite file was deleted or
    /// replaced, or the log has lost events that this process knows.
    ///
    /// # Errors
    /// [`DbError::Vanished`] or [`DbError::Diverged`].
    pub fn check(&self) -> Result<(), DbError> {
        if let Self::Sqlite(sqlite) = self {
            sqlite.check_files()?;
        }
        self.known().check()
    }

    /// Whether commands can be recorded, as far as the last ones told: the disk may be full, or the
    /// server take no writes, while reading goes well.
    pub fn is_recording(&self) -> bool {
        self.known().is_recording()
    }

    /// Waits until the log was found to have lost events that this process knows, and says how. The
    /// process must end then: what it has in memory is of a log that no longer exists.
    pub async fn diverged(&self) -> DbError {
        DbError::Diverged(self.known().diverged().await)
    }

    /// Begins a transaction that is on disk when it is committed, and leaves the log alone.
    pub(crate) async fn begin_durable(&self) -> Result<Tx, DbError> {
        self.known().check()?;
        match self {
            Self::Postgres(postgres) => {
                Ok(Tx::Postgres(Held::begin(postgres.pool(), "BEGIN").await?))
            }
            Self::Sqlite(sqlite) => sqlite.begin_append().await,
        }
    }

    /// Removes what was deleted from the files of the database, as far as that is in its power: on
    /// SQLite from the write-ahead log. What PostgreSQL keeps is its operator's affair (ADR 0074).
    ///
    /// # Errors
    /// [`DbError`]; `Unavailable` where somebody still reads what was.
    pub async fn shed_deleted(&self) -> Result<(), DbError> {
        match self {
            Self::Postgres(_) => Ok(()),
            Self::Sqlite(sqlite) => sqlite.empty_write_ahead_log().await,
        }
    }

    pub(crate) const fn keyring(&self) -> &std::sync::Arc<Keyring> {
        match self {
            Self::Postgres(postgres) => &postgres.keyring,
            Self::Sqlite(sqlite) => &sqlite.keyring,
        }
    }

    pub(crate) const fn known(&self) -> &std::sync::Arc<Known> {
        match self {
            Self::Postgres(postgres) => &postgres.known,
            Self::Sqlite(sqlite) => &sqlite.known,
        }
    }

    /// What the work gives, or that the database is silent. A connection over a network that was cut
    /// says nothing for many minutes, and nor do the others that were open then: all are given up.
    ///
    /// # Errors
    /// `Unavailable` if the time is over, or the work's own error.
    pub async fn answered<T, E: From<DbError>>(
        &self,
        within: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let silence = {
            // Dropped only after the others are known to be as bad.
            let mut work = std::pin::pin!(work);
            match tokio::time::timeout(within, work.as_mut()).await {
                Ok(answer) => return answer,
                Err(silence) => {
                    if let Self::Postgres(postgres) = self {
                        postgres.distrust();
                    }
                    silence
                }
            }
        };
        Err(DbError::from(sqlx::Error::Io(silence.into())).into())
    }

    /// Gives up the other connections where a failure on one says that they are as bad.
    pub(crate) fn distrust_after(&self, error: &DbError) {
        if let Self::Postgres(postgres) = self
            && error.is_of_the_server()
        {
            postgres.distrust();
        }
    }

    /// The path of a file beside a SQLite database; `None` on PostgreSQL.
    pub fn beside(&self, suffix: &str) -> Option<std::path::PathBuf> {
        match self {
            Self::Postgres(_) => None,
            Self::Sqlite(sqlite) => {
                let options = sqlite.readers().connect_options();
                let mut path = options.get_filename().as_os_str().to_owned();
                path.push(suffix);
                Some(path.into())
            }
        }
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
            Self::Postgres(postgres) => postgres.pool().close().await,
            Self::Sqlite(sqlite) => sqlite.close().await,
        }
    }
}
