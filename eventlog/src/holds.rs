//! Requests that background work keeps its hands off for a time (ADR 0058).
//!
//! A hold has a name, an end and a list of requests. It is stored in the database, so every process
//! sees it. It ends by itself, so that a process that died does not hold its requests for ever.

use std::collections::HashSet;

use servicedesk_domain::kernel::Moment;
use uuid::Uuid;

use crate::bulk::{self, Column, Kind};
use crate::db::Db;
use crate::failure::DbError;
use crate::in_tx;
use crate::select::Select;
use crate::tx::Tx;

/// How many requests one statement holds.
const ROWS_PER_STATEMENT: usize = 10_000;
/// How many requests one query asks for.
const IDS_PER_QUERY: usize = 256;
const COLUMNS: &[Column] =
    &[Column { name: "request_id", kind: Kind::Text }, Column { name: "hold", kind: Kind::Text }];
/// Completes a condition on a request's id; the moment follows.
pub(crate) const IS_HELD: &str = " IN (SELECT request_id FROM held_requests JOIN holds \
     ON holds.name = held_requests.hold WHERE holds.held_until > ";

/// Holds requests until a moment. What the hold already has stays in it.
///
/// # Errors
/// [`DbError`], where the database refuses it; nothing more is held then.
pub async fn place(
    db: &Db,
    hold: Uuid,
    request_ids: &[Uuid],
    until: Moment,
) -> Result<(), DbError> {
    let mut tx = db.begin_projection().await?;
    // First, so that two processes that place the same hold take turns.
    set_end(&mut tx, hold, until).await?;
    for ids in request_ids.chunks(ROWS_PER_STATEMENT) {
        let row = |id: &Uuid| vec![id.to_string().into(), hold.to_string().into()];
        let rows = ids.iter().map(row).collect();
        bulk::upsert(&mut tx, "held_requests", &["request_id", "hold"], COLUMNS, rows).await?;
    }
    tx.commit().await
}

/// Moves a hold's end.
///
/// # Errors
/// [`DbError`], where the database refuses it.
pub async fn extend(db: &Db, hold: Uuid, until: Moment) -> Result<(), DbError> {
    let mut tx = db.begin_projection().await?;
    set_end(&mut tx, hold, until).await?;
    tx.commit().await
}

/// Ends a hold.
///
/// # Errors
/// [`DbError`], where the database refuses it; the hold then ends by itself.
pub async fn release(db: &Db, hold: Uuid) -> Result<(), DbError> {
    let hold = hold.to_string();
    let mut tx = db.begin_projection().await?;
    for sql in ["DELETE FROM holds WHERE name = $1", "DELETE FROM held_requests WHERE hold = $1"] {
        in_tx!(&mut tx, connection => {
            sqlx::query(sql).bind(&hold).execute(connection).await?;
        });
    }
    tx.commit().await
}

/// Those of these requests that somebody holds at a moment.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn held_among(
    db: &Db,
    request_ids: &[Uuid],
    now: Moment,
) -> Result<HashSet<Uuid>, DbError> {
    let mut held = HashSet::new();
    for ids in request_ids.chunks(IDS_PER_QUERY) {
        let query = Select::new("SELECT request_id FROM held_requests WHERE request_id IN ")
            .values(ids.iter().map(Uuid::to_string))
            .sql(" AND request_id")
            .sql(IS_HELD)
            .value(now.timestamp_micros())
            .sql(")");
        for id in query.texts(db).await? {
            let damaged = |_| DbError::Damaged(format!("the held request {id} has no id"));
            held.insert(id.parse().map_err(damaged)?);
        }
    }
    Ok(held)
}

async fn set_end(tx: &mut Tx, hold: Uuid, until: Moment) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO holds (name, held_until) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET held_until = excluded.held_until";
    let hold = hold.to_string();
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(hold).bind(until.timestamp_micros()).execute(connection).await?;
    });
    Ok(())
}
