//! Where requests stand with their targets, and which lines are to be recorded next (S2).

use std::collections::HashMap;

use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::Db;
use servicedesk_eventlog::select::Select;
use uuid::Uuid;

use super::request::Request;
use super::service_levels::{REQUEST, bad_row};
use crate::fold::Fault;
use crate::ticket::micros;

/// The requests with these ids; those that there are not are left out.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, Request>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM service_levels WHERE part = ")
        .value(REQUEST.to_owned())
        .sql(" AND id IN ")
        .values(ids.iter().map(Uuid::to_string));
    let rows = read(query.texts(db).await?)?;
    Ok(rows.into_iter().map(|row| (row.request_id, row)).collect())
}

/// Requests that nobody holds and of which a line was crossed until `now` that is not recorded, the
/// longest ago first. Costs one look into an index that holds what will be crossed.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn due(db: &Db, now: Moment, limit: i64) -> Result<Vec<Uuid>, Fault> {
    let query = Select::new("SELECT id FROM service_levels WHERE next_line_at <= ")
        .value(micros(now))
        .and_not_held("id", micros(now))
        .sql(" ORDER BY next_line_at LIMIT ")
        .value(limit);
    let parse = |id: String| id.parse().map_err(|error: uuid::Error| bad_row(&error));
    query.texts(db).await?.into_iter().map(parse).collect()
}

pub(super) fn read(bodies: Vec<String>) -> Result<Vec<Request>, Fault> {
    let parse = |body: String| serde_json::from_str(&body).map_err(|error| bad_row(&error));
    bodies.into_iter().map(parse).collect()
}
