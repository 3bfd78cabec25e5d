//! What can go wrong with the database, and what may pass by itself. The only place that knows the
//! codes of either database.

use std::io::ErrorKind;

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address is of no database that the service runs on.
    #[error("a database address begins with postgres:// or sqlite:, not {0:?}")]
    UnknownScheme(String),
    /// The address leads to a pooler that gives a session's transactions to different servers.
    #[error(
        "the address leads to a pooler that shares connections between transactions (PgBouncer \
         with pool_mode = transaction or statement), where prepared statements, locks and \
         notifications get lost; set pool_mode = session, or connect to PostgreSQL itself"
    )]
    SharedConnections,
    /// The database cannot be reached, is busy or out of resources, or cancelled a statement. It
    /// may pass by itself. After a commit it is unknown whether the commit happened.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The file of the database, or one that belongs to it, was deleted or replaced.
    #[error("the database's file {0} was deleted or replaced; restart when it is in place again")]
    Vanished(String),
    /// The database no longer holds the log that this process knows, as after a failover that lost
    /// its end. The process must start again.
    #[error("the log is not the one that this process knows: {0}")]
    Diverged(String),
    /// The database failed for what it was asked.
    #[error("the database failed: {0}")]
    Sqlx(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The master key is missing, or not the one that the database was begun with.
    #[error("the master key of personal data: {0}")]
    MasterKey(String),
    /// What is stored cannot be right.
    #[error("the log is damaged: {0}")]
    Damaged(String),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if may_pass(&error) { Self::Unavailable(error) } else { Self::Sqlx(error) }
    }
}

impl DbError {
    /// Whether it says nothing about what was asked, so that the same may succeed later.
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Vanished(_) | Self::Diverged(_))
    }

    /// Whether trying again at once, on another connection, makes sense. A pool that had no
    /// connection to give has tried for as long as anybody waits, and after a long silence nobody
    /// has time left.
    pub fn is_worth_a_retry(&self) -> bool {
        match self {
            Self::Unavailable(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => false,
            Self::Unavailable(sqlx::Error::Io(error)) => error.kind() != ErrorKind::TimedOut,
            Self::Unavailable(_) => true,
            _ => false,
        }
    }

    /// Whether other connections that were open at that moment are as bad: the server has gone,
    /// goes, or may no longer be written on.
    pub(crate) fn is_of_the_server(&self) -> bool {
        let Self::Unavailable(error) = self else { return false };
        match error {
            sqlx::Error::Io(_) => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                code == "25006" || code.starts_with("08") || code.starts_with("57P")
            }),
            _ => false,
        }
    }
}

fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Tls(_)
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => may_pass_by_its_code(error.as_ref()),
        _ => false,
    }
}

fn may_pass_by_its_code(error: &dyn DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if error.try_downcast_ref::<SqliteError>().is_some() {
        return code.parse().is_ok_and(may_pass_on_sqlite);
    }
    may_pass_on_postgres(&code)
}

/// Connection trouble (08), read-only (25006), idle or too long in a transaction (25P03, 25P04), a
/// prepared statement that is gone (26000), a deadlock or serialization failure (40), out of
/// resources (53), a lock that was not to be had in time (55P03), cancelled, shutting down or
/// starting (57), and trouble around the server (58).
fn may_pass_on_postgres(code: &str) -> bool {
    ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
        || matches!(code, "25006" | "25P03" | "25P04" | "26000" | "55P03")
}

/// Busy (5), locked (6), out of memory (7), not writable (8), interrupted (9), an I/O error (10),
/// disk full (13), cannot be opened (14), locking trouble (15). The upper bits of an extended code
/// say more of the same.
const fn may_pass_on_sqlite(code: u32) -> bool {
    matches!(code & 0xff, 5..=10 | 13..=15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_on_postgresql_is_known_by_its_code() {
        for code in [
            "08006", "25006", "25P03", "25P04", "40001", "40P01", "53100", "53300", "55P03",
            "57014", "57P01", "57P02", "57P03", "57P05", "58030",
        ] {
            assert!(may_pass_on_postgres(code), "{code}");
        }
        for code in ["23505", "25P02", "42P01", "22003", "XX001", "28P01"] {
            assert!(!may_pass_on_postgres(code), "{code}");
        }
    }

    #[test]
    fn extended_codes_of_sqlite_are_known_as_what_they_extend() {
        // SQLITE_IOERR_READ … SQLITE_IOERR_CORRUPTFS, SQLITE_BUSY_SNAPSHOT, SQLITE_CANTOPEN_ISDIR,
        // SQLITE_READONLY_DBMOVED.
        let io_errors = (1..=34).map(|detail| detail * 256 + 10);
        for code in io_errors.chain([5, 6, 10, 13, 261, 517, 526, 1032]) {
            assert!(may_pass_on_sqlite(code), "{code}");
        }
        // SQLITE_CORRUPT and more of it, SQLITE_CONSTRAINT_UNIQUE, SQLITE_NOTADB.
        for code in [1, 11, 267, 19, 2067, 26] {
            assert!(!may_pass_on_sqlite(code), "{code}");
        }
    }
}
