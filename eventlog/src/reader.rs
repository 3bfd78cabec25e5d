//! Reading the log from any position, or the events of one aggregate. A gap or an unreadable
//! event is reported as damage, never passed over.

use std::collections::HashMap;

use servicedesk_domain::upcast::{Stored, UPCASTERS};
use uuid::Uuid;

use crate::committer::Outcome;
use crate::db::Db;
use crate::failure::DbError;
use crate::on_db;
use crate::recorded::{Position, Recorded};
use crate::sealing;

/// How many ids one query asks for; a longer list would only make its text longer.
const MAX_IDS: usize = 256;

/// An event as it is stored.
#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) position: i64,
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) serial: Option<i64>,
}

/// A query for whole events, given what follows `WHERE`.
fn select(rest: &str) -> String {
    format!(
        "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
         CAST(payload AS TEXT) AS payload, CAST(metadata AS TEXT) AS metadata, serial \
         FROM events WHERE {rest}"
    )
}

impl Row {
    pub(crate) fn read(self) -> Result<Recorded, DbError> {
        let stored = Stored {
            aggregate_type: &self.aggregate_type,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload: &self.payload,
        };
        let damaged = |what: &dyn std::fmt::Display| {
            DbError::Damaged(format!("event {} cannot be read: {what}", self.position))
        };
        sealing::check_places(&self.event_type, &self.payload).map_err(|what| damaged(&what))?;
        Ok(Recorded {
            position: self.position,
            aggregate_id: self.aggregate_id.parse::<Uuid>().map_err(|error| damaged(&error))?,
            sequence: self.sequence,
            serial: self.serial,
            event: stored.read(UPCASTERS).map_err(|error| damaged(&error))?,
            metadata: serde_json::from_str(&self.metadata).map_err(|error| damaged(&error))?,
        })
    }
}

/// Reads events whose personal data is to be seen.
async fn read_opened(db: &Db, mut rows: Vec<Row>) -> Result<Vec<Recorded>, DbError> {
    for row in &rows {
        sealing::check_places(&row.event_type, &row.payload).map_err(DbError::Damaged)?;
    }
    let payloads = rows.iter_mut().map(|row| std::mem::take(&mut row.payload)).collect();
    let opened = db.open_texts(payloads).await?;
    rows.into_iter().zip(opened).map(|(row, payload)| Row { payload, ..row }.read()).collect()
}

/// Up to `limit` events after a position as they are stored, in order, whether or not there is a gap.
pub(crate) async fn rows_after(db: &Db, after: Position, limit: i64) -> Result<Vec<Row>, DbError> {
    let sql = select("position > $1 ORDER BY position LIMIT $2");
    Ok(
        on_db!(db, connection => sqlx::query_as(&sql).bind(after).bind(limit).fetch_all(connection).await?),
    )
}

/// Up to `limit` events after a position, in order and without a gap. Their personal data is still
/// encrypted ([`Db::open_events`]).
///
/// # Errors
/// [`DbError`]; `Damaged` where a position is missing or an event cannot be read.
pub async fn read_after(db: &Db, after: Position, limit: i64) -> Result<Vec<Recorded>, DbError> {
    let rows = rows_after(db, after, limit).await?;
    let mut expected = after;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        expected += 1;
        if row.position != expected {
            return Err(DbError::Damaged(format!("event {expected} is missing")));
        }
        events.push(row.read()?);
    }
    Ok(events)
}

/// Up to `limit` events of one aggregate after a sequence number, in order.
///
/// # Errors
/// [`DbError`]; `Damaged` where an event cannot be read.
pub async fn read_aggregate(
    db: &Db,
    aggregate_type: &str,
    aggregate_id: Uuid,
    after_sequence: i64,
    limit: i64,
) -> Result<Vec<Recorded>, DbError> {
    let sql = select(
        "aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4",
    );
    let aggregate_id = aggregate_id.to_string();
    let rows: Vec<Row> = on_db!(db, connection => sqlx::query_as(&sql)
        .bind(aggregate_type)
        .bind(&aggregate_id)
        .bind(after_sequence)
        .bind(limit)
        .fetch_all(connection)
        .await?);
    read_opened(db, rows).await
}

/// The events of one aggregate after a position, in order.
///
/// # Errors
/// [`DbError`]; `Damaged` where an event cannot be read.
pub async fn read_aggregate_since(
    db: &Db,
    aggregate_type: &str,
    aggregate_id: Uuid,
    after: Position,
) -> Result<Vec<Recorded>, DbError> {
    let sql =
        select("aggregate_type = $1 AND aggregate_id = $2 AND position > $3 ORDER BY sequence");
    let aggregate_id = aggregate_id.to_string();
    let rows: Vec<Row> = on_db!(db, connection => sqlx::query_as(&sql)
        .bind(aggregate_type)
        .bind(&aggregate_id)
        .bind(after)
        .fetch_all(connection)
        .await?);
    read_opened(db, rows).await
}

/// Which events of an aggregate are asked for.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Only those after this sequence number.
    pub after: i64,
    /// Only those before this sequence number.
    pub before: i64,
    /// But not these.
    pub hidden: Hidden,
}

/// Events that are left out.
#[derive(Debug, Clone, Default)]
pub struct Hidden {
    /// Those of these types, which never come from outside the program.
    pub types: &'static [&'static str],
    /// Those at these positions.
    pub positions: Vec<Position>,
}

impl Hidden {
    /// The condition that leaves them out.
    fn condition(&self) -> String {
        let types = self.types.iter().map(|one| format!(" AND event_type <> '{one}'"));
        let condition: String = types.collect();
        if self.positions.is_empty() {
            return condition;
        }
        let positions: Vec<String> = self.positions.iter().map(ToString::to_string).collect();
        format!("{condition} AND position NOT IN ({})", positions.join(", "))
    }
}

/// The first (`limit` above 0) or last (`limit` below 0) events of a slice of one aggregate, in
/// order.
///
/// # Errors
/// [`DbError`]; `Damaged` where an event cannot be read.
pub async fn read_slice(
    db: &Db,
    aggregate_type: &str,
    aggregate_id: Uuid,
    slice: &Slice,
    limit: i64,
) -> Result<Vec<Recorded>, DbError> {
    let order = if limit < 0 { "DESC" } else { "ASC" };
    let sql = select(&format!(
        "aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 AND sequence < $4{} \
         ORDER BY sequence {order} LIMIT $5",
        slice.hidden.condition()
    ));
    let aggregate_id = aggregate_id.to_string();
    let mut rows: Vec<Row> = on_db!(db, connection => sqlx::query_as(&sql)
        .bind(aggregate_type)
        .bind(&aggregate_id)
        .bind(slice.after)
        .bind(slice.before)
        .bind(limit.saturating_abs())
        .fetch_all(connection)
        .await?);
    if limit < 0 {
        rows.reverse();
    }
    read_opened(db, rows).await
}

/// How many events one aggregate has, without those that are hidden.
///
/// # Errors
/// [`DbError`], where they cannot be counted.
pub async fn count(
    db: &Db,
    aggregate_type: &str,
    aggregate_id: Uuid,
    hidden: &Hidden,
) -> Result<i64, DbError> {
    let sql = format!(
        "SELECT COUNT(*) FROM events WHERE aggregate_type = $1 AND aggregate_id = $2{}",
        hidden.condition()
    );
    let aggregate_id = aggregate_id.to_string();
    Ok(on_db!(db, connection => sqlx::query_scalar(&sql)
        .bind(aggregate_type)
        .bind(&aggregate_id)
        .fetch_one(connection)
        .await?))
}

#[derive(sqlx::FromRow)]
struct OutcomeRow {
    command_id: Uuid,
    fingerprint: i64,
    aggregate_id: String,
    first_position: i64,
    last_position: i64,
    refusal: Option<String>,
}

impl OutcomeRow {
    fn outcome(self) -> Result<Outcome, DbError> {
        let aggregate_id = self.aggregate_id.parse().map_err(|_| {
            DbError::Damaged(format!("the outcome of {} cannot be read", self.command_id))
        })?;
        Ok(Outcome {
            aggregate_id,
            first_position: self.first_position,
            last_position: self.last_position,
            refusal: self.refusal,
            is_repeat: true,
        })
    }
}

/// The outcomes of those commands that were answered before, by their ids.
///
/// # Errors
/// [`DbError`]; `Damaged` where an outcome cannot be read.
pub async fn outcomes(db: &Db, command_ids: &[Uuid]) -> Result<HashMap<Uuid, Outcome>, DbError> {
    let rows = outcome_rows(db, command_ids).await?;
    rows.into_iter().map(|row| Ok((row.command_id, row.outcome()?))).collect()
}

/// The commands that were answered before: the id, the fingerprint that it had, and the outcome.
pub(crate) async fn answered(
    db: &Db,
    command_ids: &[Uuid],
) -> Result<Vec<(Uuid, i64, Outcome)>, DbError> {
    let rows = outcome_rows(db, command_ids).await?;
    rows.into_iter().map(|row| Ok((row.command_id, row.fingerprint, row.outcome()?))).collect()
}

async fn outcome_rows(db: &Db, command_ids: &[Uuid]) -> Result<Vec<OutcomeRow>, DbError> {
    let mut rows = Vec::with_capacity(command_ids.len());
    for ids in command_ids.chunks(MAX_IDS) {
        let places: Vec<String> = (1..=ids.len()).map(|number| format!("${number}")).collect();
        let sql = format!(
            "SELECT command_id, fingerprint, aggregate_id, first_position, last_position, refusal \
             FROM log_commands WHERE command_id IN ({})",
            places.join(", ")
        );
        let found: Vec<OutcomeRow> = on_db!(db, connection => {
            let query = sqlx::query_as(&sql);
            ids.iter().fold(query, sqlx::query::QueryAs::bind).fetch_all(connection).await?
        });
        rows.extend(found);
    }
    Ok(rows)
}

/// The position of the last event, 0 where there is none.
///
/// # Errors
/// [`DbError`] where the database cannot be read.
pub async fn head(db: &Db) -> Result<Position, DbError> {
    const SQL: &str = "SELECT position FROM log_head WHERE id = 1";
    Ok(on_db!(db, connection => sqlx::query_scalar(SQL).fetch_one(connection).await?))
}
