//! A ticket's timeline: what happened, in order. It is read from the log itself, which holds
//! exactly that, in that order, under an index; a copy would only cost room and be behind.

use servicedesk_domain::ticket::{TicketEvent, TicketId};
use servicedesk_eventlog::reader::{self, Hidden, Slice};
use servicedesk_eventlog::{Db, DbError, Recorded};
use uuid::Uuid;

const AGGREGATE: &str = "ticket";
/// What only follows for the ticket's clocks from the entry before it, and is shown to nobody.
const BOOKKEEPING: &[&str] =
    &["ticket.clock_started", "ticket.clock_paused", "ticket.clock_resumed", "ticket.target_ended"];
/// What no customer sees, whatever it says (T5).
const INTERNAL: &[&str] = &[
    "ticket.note_added",
    "ticket.clock_started",
    "ticket.clock_paused",
    "ticket.clock_resumed",
    "ticket.target_ended",
    "ticket.target_at_risk",
    "ticket.target_breached",
    "ticket.remeasured",
];

/// Who reads a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Staff, who see all of it.
    Staff,
    /// The ticket's customer, who sees no notes, and nothing of service levels (T5).
    Customer,
}

impl Reader {
    fn hidden(self) -> Hidden {
        let types = match self {
            Self::Staff => BOOKKEEPING,
            Self::Customer => INTERNAL,
        };
        Hidden { types, positions: Vec::new() }
    }

    /// Whether the reader may learn of the event (T5).
    pub fn sees(self, event: &TicketEvent) -> bool {
        !self.hidden().types.contains(&<&str>::from(event))
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
    let slice = Slice { after, before, hidden: reader.hidden() };
    reader::read_slice(db, AGGREGATE, ticket_id.uuid(), &slice, limit).await
}

/// How many entries there are.
///
/// # Errors
/// [`DbError`], where they cannot be counted.
pub async fn count(db: &Db, ticket_id: TicketId, reader: Reader) -> Result<i64, DbError> {
    let ticket_id: Uuid = ticket_id.uuid();
    reader::count(db, AGGREGATE, ticket_id, &reader.hidden()).await
}
