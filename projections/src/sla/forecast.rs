//! What will be breached in the next hours if nothing happens (S3).

use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::Db;
use servicedesk_eventlog::select::Select;

use super::request::Request;
use super::targets::read;
use crate::fold::Fault;
use crate::ticket::micros;

/// Requests whose processing is breached after `now` and until `until` if nothing happens, the
/// first first.
///
/// # Errors
/// [`Fault`], where they cannot be read.
pub async fn breaching(
    db: &Db,
    now: Moment,
    until: Moment,
    limit: i64,
) -> Result<Vec<Request>, Fault> {
    let query = Select::new("SELECT body FROM service_levels WHERE breaches_at > ")
        .value(micros(now))
        .sql(" AND breaches_at <= ")
        .value(micros(until))
        .sql(" ORDER BY breaches_at, id LIMIT ")
        .value(limit);
    read(query.texts(db).await?)
}

/// How many there are.
///
/// # Errors
/// [`Fault`], where they cannot be counted.
pub async fn count(db: &Db, now: Moment, until: Moment) -> Result<i64, Fault> {
    let query = Select::new("SELECT COUNT(*) FROM service_levels WHERE breaches_at > ")
        .value(micros(now))
        .sql(" AND breaches_at <= ")
        .value(micros(until));
    Ok(query.number(db).await?)
}
