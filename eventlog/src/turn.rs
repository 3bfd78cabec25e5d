//! Turns, each of which one process has at a time: the turn to rebuild projections, because two
//! rebuilds at once would write the same tables, and the turn to follow the log with reactions,
//! because doing it twice would be work for nothing.
//!
//! A turn is no lock of a transaction, because it takes many of them and may last for days. The
//! database or the operating system takes it back when its holder dies.

use std::fs::{File, TryLockError};
use std::time::Duration;

use sqlx::{Connection, PgConnection};

use crate::db::{Db, MAX_READ};
use crate::failure::DbError;

/// How often is asked whether a turn is free.
const PAUSE: Duration = Duration::from_millis(500);

/// What there is a turn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnTo {
    /// Building projections again.
    Rebuild,
    /// Doing what follows from events.
    React,
    /// Sealing the log.
    Seal,
}

impl TurnTo {
    /// Any number that nothing else in the database locks.
    const fn advisory_key(self) -> i64 {
        match self {
            Self::Rebuild => 0x5344_5245_4255_494c,
            Self::React => 0x5344_5245_4143_5453,
            Self::Seal => 0x5344_5345_414c_4f47,
        }
    }

    /// What the locked file beside an SQLite database is called behind the database's name.
    const fn file_suffix(self) -> &'static str {
        match self {
            Self::Rebuild => "-rebuild",
            Self::React => "-react",
            Self::Seal => "-seal",
        }
    }
}

/// A turn; given back when it is dropped.
#[derive(Debug)]
pub struct Turn {
    _held: Held,
}

#[derive(Debug)]
#[expect(dead_code, reason = "what is held is held by its being there")]
enum Held {
    /// A connection with an advisory lock, which ends with the connection.
    Postgres(PgConnection),
    /// A locked file beside the database.
    Sqlite(File),
}

impl Db {
    /// Waits until nobody else has the turn, in this process or another, and takes it.
    ///
    /// # Errors
    /// [`DbError`], where the database cannot be reached or the file beside it not be locked.
    pub async fn turn(&self, to: TurnTo) -> Result<Turn, DbError> {
        let held = match self {
            Self::Postgres(postgres) => {
                // Not one of the pool's, which would come back to it with the lock.
                let options = postgres.pool().connect_options();
                let connecting =
                    async { PgConnection::connect_with(&options).await.map_err(DbError::from) };
                let mut connection = self.answered(MAX_READ, connecting).await?;
                loop {
                    let tried = try_advisory_lock(&mut connection, to.advisory_key());
                    if self.answered(MAX_READ, tried).await? {
                        break;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Held::Postgres(connection)
            }
            Self::Sqlite(sqlite) => {
                let options = sqlite.readers().connect_options();
                let mut path = options.get_filename().as_os_str().to_owned();
                path.push(to.file_suffix());
                let file = File::create(path).map_err(sqlx::Error::Io)?;
                while !try_file_lock(&file)? {
                    tokio::time::sleep(PAUSE).await;
                }
                Held::Sqlite(file)
            }
        };
        Ok(Turn { _held: held })
    }
}

async fn try_advisory_lock(connection: &mut PgConnection, key: i64) -> Result<bool, DbError> {
    let query = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key);
    Ok(query.fetch_one(connection).await?)
}

fn try_file_lock(file: &File) -> Result<bool, DbError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(sqlx::Error::Io(error).into()),
    }
}
