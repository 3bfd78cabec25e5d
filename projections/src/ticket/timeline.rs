//! A ticket's timeline: what happened, in order. It is read from the log itself, which holds
//! exactly that, in that order, under an index; a copy would only cost room and be behind.

use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::reader::{self, Slice};
use servicedesk_eventlog::{Db, DbError, Recorded};
use uuid::Uuid;

const AGGREGATE: &str = "ticket";
const NOTE: &str = "ticket.note_added";

/// Who reads a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Staff, who see all of it.
    Staff,
    /// The ticket's customer, who sees no notes (T5).
    Customer,
}

impl Reader {
    const fn hidden_type(self) -> &'static str {
        match self {
            Self::Staff => "",
            Self::Customer => NOTE,
        }
    }
}

/// Up to `limit` entries after one sequence number and before another: the first of them, or with
/// a negative `limit` the last.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn page(
    db: &Db,
    ticket_id: TicketId,
    reader: Reader,
    (after, before): (i64, i64),
    limit: i64,
) -> Result<Vec<Recorded>, DbError> {
    let slice = Slice { after, before, without_type: reader.hidden_type() };
    reader::read_slice(db, AGGREGATE, ticket_id.uuid(), slice, limit).await
}

/// How many entries there are.
///
/// # Errors
/// [`DbError`], where they cannot be counted.
pub async fn count(db: &Db, ticket_id: TicketId, reader: Reader) -> Result<i64, DbError> {
    let ticket_id: Uuid = ticket_id.uuid();
    reader::count(db, AGGREGATE, ticket_id, reader.hidden_type()).await
}
