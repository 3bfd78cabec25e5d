//! An application's timeline: what happened, in order, read from the log itself.

use servicedesk_domain::licensing::{ApplicationEvent, ApplicationId};
use servicedesk_eventlog::reader::{self, Hidden, Slice};
use servicedesk_eventlog::{Db, Recorded};

use crate::fold::Fault;
use crate::ticket::timeline::Reader;

const AGGREGATE: &str = "application";
/// What only follows for the clock from the entry before it, and is shown to nobody.
const BOOKKEEPING: &[&str] = &[
    "application.clock_started",
    "application.clock_paused",
    "application.clock_resumed",
    "application.target_ended",
];
/// What no customer sees.
const INTERNAL: &[&str] = &[
    "application.clock_started",
    "application.clock_paused",
    "application.clock_resumed",
    "application.target_ended",
    "application.target_at_risk",
    "application.target_breached",
    "application.remeasured",
];

const fn hidden_types(reader: Reader) -> &'static [&'static str] {
    match reader {
        Reader::Staff => BOOKKEEPING,
        Reader::Customer => INTERNAL,
    }
}

/// Whether events of its type are shown to the reader at all.
pub fn sees(reader: Reader, event: &ApplicationEvent) -> bool {
    !hidden_types(reader).contains(&<&str>::from(event))
}

const fn hidden(reader: Reader) -> Hidden {
    Hidden { types: hidden_types(reader), positions: Vec::new() }
}

/// Up to `limit` entries after one sequence number and before another: the first of them, or with
/// a negative `limit` the last.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    application_id: ApplicationId,
    reader: Reader,
    (after, before): (i64, i64),
    limit: i64,
) -> Result<Vec<Recorded>, Fault> {
    let slice = Slice { after, before, hidden: hidden(reader) };
    Ok(reader::read_slice(db, AGGREGATE, application_id.uuid(), &slice, limit).await?)
}

/// How many entries there are.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, application_id: ApplicationId, reader: Reader) -> Result<i64, Fault> {
    Ok(reader::count(db, AGGREGATE, application_id.uuid(), &hidden(reader)).await?)
}
