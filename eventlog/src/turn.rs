//! The turn to rebuild projections, which one process has at a time: two rebuilds at once would
//! write the same tables.
//!
//! It is no lock of a transaction, because a rebuild takes many and may last for minutes. The
//! database or the operating system takes it back when its holder dies.

use std::fs::File;

use sqlx::{Connection, PgConnection};

use crate::db::{Db, DbError};

/// Any number that nothing else in the database locks.
const ADVISORY_KEY: i64 = 0x5344_5245_4255_494c;

/// The turn to rebuild; given back when it is dropped.
#[derive(Debug)]
pub struct RebuildTurn {
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
    /// Waits until nobody rebuilds, in this process or another, and keeps others from it.
    ///
    /// # Errors
    /// [`DbError`], where the database cannot be reached or the file beside it not be locked.
    pub async fn rebuild_turn(&self) -> Result<RebuildTurn, DbError> {
        let held = match self {
            Self::Postgres(pool) => {
                // Not one of the pool's, which would come back to it with the lock.
                let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
                sqlx::query("SELECT pg_advisory_lock($1)")
                    .bind(ADVISORY_KEY)
                    .execute(&mut connection)
                    .await?;
                Held::Postgres(connection)
            }
            Self::Sqlite(sqlite) => {
                let options = sqlite.readers().connect_options();
                let mut path = options.get_filename().as_os_str().to_owned();
                path.push("-rebuild");
                let lock = move || {
                    let file = File::create(path)?;
                    file.lock()?;
                    Ok::<_, std::io::Error>(file)
                };
                let locked = tokio::task::spawn_blocking(lock).await;
                let locked = locked.map_err(std::io::Error::other).and_then(|locked| locked);
                Held::Sqlite(locked.map_err(sqlx::Error::Io)?)
            }
        };
        Ok(RebuildTurn { _held: held })
    }
}
