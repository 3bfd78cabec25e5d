//! Where each projection stands. A checkpoint moves in the transaction of the rows that it vouches
//! for, and the process that moves it holds its lock, so leadership is proved again in every batch.

use crate::db::Db;
use crate::failure::DbError;
use crate::recorded::Position;
use crate::tx::Tx;
use crate::{in_tx, on_db};

/// Where a projection stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Checkpoint {
    /// The projection's name.
    pub name: String,
    /// The version of the code that built its rows.
    pub version: i64,
    /// The position of the last event in its rows.
    pub position: Position,
    /// Why it stopped, where it did.
    pub fault: Option<String>,
}

/// Every checkpoint, by name.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn all(db: &Db) -> Result<Vec<Checkpoint>, DbError> {
    const SQL: &str =
        "SELECT name, version, position, fault FROM projection_checkpoints ORDER BY name";
    Ok(on_db!(db, connection => sqlx::query_as(SQL).fetch_all(connection).await?))
}

/// Takes the lock of each checkpoint that nobody else holds, and gives those. On SQLite the
/// transaction itself is the lock.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn lock_free(tx: &mut Tx) -> Result<Vec<Checkpoint>, DbError> {
    const SQL: &str =
        "SELECT name, version, position, fault FROM projection_checkpoints ORDER BY name";
    Ok(match tx {
        Tx::Postgres(tx) => {
            const LOCKING: &str = "SELECT name, version, position, fault \
                 FROM projection_checkpoints ORDER BY name FOR UPDATE SKIP LOCKED";
            sqlx::query_as(LOCKING).fetch_all(&mut **tx).await?
        }
        Tx::Sqlite(tx, _) => sqlx::query_as(SQL).fetch_all(&mut **tx).await?,
    })
}

/// Waits for the lock of one checkpoint, and gives it; `None` if there is no such projection yet.
///
/// # Errors
/// [`DbError`], where it cannot be read.
pub async fn lock(tx: &mut Tx, name: &str) -> Result<Option<Checkpoint>, DbError> {
    const SQL: &str =
        "SELECT name, version, position, fault FROM projection_checkpoints WHERE name = $1";
    Ok(match tx {
        Tx::Postgres(tx) => {
            const LOCKING: &str = "SELECT name, version, position, fault \
                 FROM projection_checkpoints WHERE name = $1 FOR UPDATE";
            sqlx::query_as(LOCKING).bind(name).fetch_optional(&mut **tx).await?
        }
        Tx::Sqlite(tx, _) => sqlx::query_as(SQL).bind(name).fetch_optional(&mut **tx).await?,
    })
}

/// Sets where a projection stands, and clears its fault.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn set(tx: &mut Tx, name: &str, version: i64, position: Position) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO projection_checkpoints (name, version, position) \
         VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
         SET version = excluded.version, position = excluded.position, fault = NULL";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(name).bind(version).bind(position).execute(connection).await?;
    });
    Ok(())
}

/// Moves a follower's checkpoint forward and clears its fault. It never moves back: somebody else who
/// follows, too, may have come further, and is not going to say so again.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn raise(
    tx: &mut Tx,
    name: &str,
    version: i64,
    position: Position,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO projection_checkpoints (name, version, position) \
         VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
         SET version = excluded.version, fault = NULL, position = CASE \
         WHEN projection_checkpoints.position < excluded.position THEN excluded.position \
         ELSE projection_checkpoints.position END";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(name).bind(version).bind(position).execute(connection).await?;
    });
    Ok(())
}

/// Moves the checkpoints of several projections to one position.
///
/// # Errors
/// [`DbError`], where they cannot be written.
pub async fn advance(tx: &mut Tx, names: &[&str], position: Position) -> Result<(), DbError> {
    for name in names {
        const SQL: &str = "UPDATE projection_checkpoints SET position = $1 WHERE name = $2";
        in_tx!(&mut *tx, connection => {
            sqlx::query(SQL).bind(position).bind(*name).execute(connection).await?;
        });
    }
    Ok(())
}

/// Records why a projection stopped. It does not go on by itself.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn record_fault(db: &Db, name: &str, fault: &str) -> Result<(), DbError> {
    const SQL: &str = "UPDATE projection_checkpoints SET fault = $1 WHERE name = $2";
    let mut tx = db.begin_projection().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query(SQL).bind(fault).bind(name).execute(connection).await?;
    });
    tx.commit().await
}

/// Waits until nobody else creates or swaps projections, and keeps others from it until the end of
/// the transaction. On SQLite the transaction itself is the lock.
///
/// # Errors
/// [`DbError`], where the lock cannot be had.
pub async fn lock_all(tx: &mut Tx) -> Result<(), DbError> {
    if let Tx::Postgres(tx) = tx {
        sqlx::query("LOCK TABLE projection_checkpoints IN EXCLUSIVE MODE")
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
