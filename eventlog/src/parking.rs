//! Reactions that could not be done: they are parked under the key that orders them, and what is
//! ordered by the same key waits behind them.
//!
//! Rows are added in the transaction that moves the followers' checkpoint, so that a crash neither
//! loses a reaction nor does it twice.

use servicedesk_domain::kernel::Moment;

use crate::db::Db;
use crate::failure::DbError;
use crate::recorded::Position;
use crate::tx::Tx;
use crate::{in_tx, on_db};

/// A key with a reaction that could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedKey {
    /// What the reactions are ordered by, as `licence:UUID`.
    pub ordering_key: String,
    /// Why the first of them could not be done.
    pub fault: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Since when it waits.
    pub parked_at: Moment,
    /// When it is tried again.
    pub next_attempt_at: Moment,
    /// How many reactions wait, the first included.
    pub waiting: i64,
    /// The position of the first one's event; `None` if none waits any more.
    pub first_position: Option<Position>,
}

/// A reaction that waits.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ParkedReaction {
    /// The position of the event.
    pub position: Position,
    /// The reaction's name.
    pub reaction: String,
}

/// Why and until when a key is parked.
#[derive(Debug, Clone, Copy)]
pub struct Parking<'a> {
    /// Why its first reaction could not be done.
    pub fault: &'a str,
    /// The moment at which that was found.
    pub at: Moment,
    /// When it is tried again.
    pub next_attempt_at: Moment,
}

#[derive(sqlx::FromRow)]
struct Row {
    ordering_key: String,
    fault: String,
    attempts: i64,
    parked_at: i64,
    next_attempt_at: i64,
    waiting: i64,
    first_position: Option<Position>,
}

impl Row {
    fn read(self) -> Result<ParkedKey, DbError> {
        let moment = |micros: i64| {
            let wrong = || DbError::Damaged(format!("{micros} microseconds are no moment"));
            Moment::from_timestamp_micros(micros).ok_or_else(wrong)
        };
        Ok(ParkedKey {
            ordering_key: self.ordering_key,
            fault: self.fault,
            attempts: self.attempts,
            parked_at: moment(self.parked_at)?,
            next_attempt_at: moment(self.next_attempt_at)?,
            waiting: self.waiting,
            first_position: self.first_position,
        })
    }
}

const KEYS: &str = "SELECT k.ordering_key, k.fault, k.attempts, k.parked_at, k.next_attempt_at, \
     COUNT(r.position) AS waiting, MIN(r.position) AS first_position \
     FROM parked_keys k LEFT JOIN parked_reactions r ON r.ordering_key = k.ordering_key";
const GROUPED: &str =
    "GROUP BY k.ordering_key, k.fault, k.attempts, k.parked_at, k.next_attempt_at";

/// Every parked key, the one that waits longest first.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn all(db: &Db) -> Result<Vec<ParkedKey>, DbError> {
    let sql = format!("{KEYS} {GROUPED} ORDER BY k.parked_at, k.ordering_key");
    let rows: Vec<Row> =
        on_db!(db, connection => sqlx::query_as(&sql).fetch_all(connection).await?);
    rows.into_iter().map(Row::read).collect()
}

/// Up to `limit` parked keys whose next attempt is due, or was set for later than `latest`, which
/// nobody does unless the clock was set back since.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn due(
    db: &Db,
    now: Moment,
    latest: Moment,
    limit: i64,
) -> Result<Vec<ParkedKey>, DbError> {
    let sql = format!(
        "{KEYS} WHERE k.next_attempt_at <= $1 OR k.next_attempt_at > $2 {GROUPED} \
         ORDER BY k.next_attempt_at, k.ordering_key LIMIT $3"
    );
    let (now, latest) = (now.timestamp_micros(), latest.timestamp_micros());
    let rows: Vec<Row> = on_db!(db, connection => {
        sqlx::query_as(&sql).bind(now).bind(latest).bind(limit).fetch_all(connection).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// The names of all parked keys.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn keys(db: &Db) -> Result<Vec<String>, DbError> {
    const SQL: &str = "SELECT ordering_key FROM parked_keys";
    Ok(on_db!(db, connection => sqlx::query_scalar(SQL).fetch_all(connection).await?))
}

/// How many keys are parked.
///
/// # Errors
/// [`DbError`], where they cannot be counted.
pub async fn count(db: &Db) -> Result<i64, DbError> {
    const SQL: &str = "SELECT COUNT(*) FROM parked_keys";
    Ok(on_db!(db, connection => sqlx::query_scalar(SQL).fetch_one(connection).await?))
}

/// Up to `limit` reactions that wait under a key, in the order of their events.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn waiting(
    db: &Db,
    ordering_key: &str,
    limit: i64,
) -> Result<Vec<ParkedReaction>, DbError> {
    const SQL: &str = "SELECT position, reaction FROM parked_reactions WHERE ordering_key = $1 \
         ORDER BY position, reaction LIMIT $2";
    Ok(on_db!(db, connection => {
        sqlx::query_as(SQL).bind(ordering_key).bind(limit).fetch_all(connection).await?
    }))
}

/// Parks a key, unless it is parked already.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn park(tx: &mut Tx, ordering_key: &str, parking: Parking<'_>) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO parked_keys \
         (ordering_key, fault, attempts, parked_at, next_attempt_at) VALUES ($1, $2, 1, $3, $4) \
         ON CONFLICT (ordering_key) DO NOTHING";
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(ordering_key)
            .bind(parking.fault)
            .bind(parking.at.timestamp_micros())
            .bind(parking.next_attempt_at.timestamp_micros())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Lets a reaction wait under a parked key.
///
/// # Errors
/// [`DbError`], where it cannot be written, or the key is not parked.
pub async fn wait_behind(
    tx: &mut Tx,
    ordering_key: &str,
    reaction: &ParkedReaction,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO parked_reactions (ordering_key, position, reaction) \
         VALUES ($1, $2, $3) ON CONFLICT (ordering_key, position, reaction) DO NOTHING";
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(ordering_key)
            .bind(reaction.position)
            .bind(&reaction.reaction)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Forgets a reaction that was done.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn forget(
    tx: &mut Tx,
    ordering_key: &str,
    reaction: &ParkedReaction,
) -> Result<(), DbError> {
    const SQL: &str = "DELETE FROM parked_reactions \
         WHERE ordering_key = $1 AND position = $2 AND reaction = $3";
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(ordering_key)
            .bind(reaction.position)
            .bind(&reaction.reaction)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Releases a key under which nothing waits any more.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn release(tx: &mut Tx, ordering_key: &str) -> Result<(), DbError> {
    const SQL: &str = "DELETE FROM parked_keys WHERE ordering_key = $1 AND NOT EXISTS \
         (SELECT 1 FROM parked_reactions WHERE ordering_key = $1)";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(ordering_key).execute(connection).await?;
    });
    Ok(())
}

/// Records that a parked key's first reaction was tried in vain, so many times by now.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn record_attempt(
    tx: &mut Tx,
    ordering_key: &str,
    fault: &str,
    attempts: i64,
    next_attempt_at: Moment,
) -> Result<(), DbError> {
    const SQL: &str = "UPDATE parked_keys \
         SET fault = $2, attempts = $3, next_attempt_at = $4 WHERE ordering_key = $1";
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(ordering_key)
            .bind(fault)
            .bind(attempts)
            .bind(next_attempt_at.timestamp_micros())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Makes the next attempt of one parked key due, or of all, and gives how many keys that are.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn retry(db: &Db, ordering_key: Option<&str>, now: Moment) -> Result<u64, DbError> {
    const SQL: &str = "UPDATE parked_keys SET next_attempt_at = $1 WHERE ordering_key = COALESCE($2, ordering_key)";
    let now = now.timestamp_micros();
    let mut tx = db.begin_projection().await?;
    let found = in_tx!(&mut tx, connection => {
        sqlx::query(SQL).bind(now).bind(ordering_key).execute(connection).await?.rows_affected()
    });
    tx.commit().await?;
    Ok(found)
}
