//! What will be breached in the next hours if nothing happens (S3).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::Db;
use servicedesk_eventlog::select::Select;
use uuid::Uuid;

use super::request::Request;
use super::rollup::Dimension;
use super::targets::read;
use crate::fold::Fault;
use crate::ticket::micros;

/// Requests whose processing is breached after `now` and until `until` if nothing happens, the
/// first first.
///
/// # Errors
/// [`Fault`] if they cannot be read.
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

/// The most requests that are looked into one by one, to filter or to group them.
pub const MAX_READ: usize = 10_000;

/// All of them; `None` if they are more than [`MAX_READ`].
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn all(db: &Db, now: Moment, until: Moment) -> Result<Option<Vec<Request>>, Fault> {
    let one_more = i64::try_from(MAX_READ + 1).unwrap_or(i64::MAX);
    let found = breaching(db, now, until, one_more).await?;
    Ok(Some(found).filter(|found| found.len() <= MAX_READ))
}

/// Those that have all of this in common.
pub fn within(requests: Vec<Request>, filter: &[(Dimension, Uuid)]) -> Vec<Request> {
    let is_of = |request: &Request, (dimension, id): &(Dimension, Uuid)| {
        request.belonging.ids(*dimension).contains(id)
    };
    let is_within = |request: &Request| filter.iter().all(|one| is_of(request, one));
    requests.into_iter().filter(is_within).collect()
}

/// How many there are of each department, agent and so on, the most first; nil where nobody is
/// responsible. A request of two departments counts in both.
pub fn grouped(requests: &[Request], by: Dimension) -> Vec<(Uuid, usize)> {
    let mut counts: BTreeMap<Uuid, usize> = BTreeMap::new();
    for id in requests.iter().flat_map(|request| request.belonging.ids(by)) {
        *counts.entry(id).or_default() += 1;
    }
    let mut groups: Vec<(Uuid, usize)> = counts.into_iter().collect();
    groups.sort_by_key(|(_, count)| Reverse(*count));
    groups
}

/// How many there are.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, now: Moment, until: Moment) -> Result<i64, Fault> {
    let query = Select::new("SELECT COUNT(*) FROM service_levels WHERE breaches_at > ")
        .value(micros(now))
        .sql(" AND breaches_at <= ")
        .value(micros(until));
    Ok(query.number(db).await?)
}
