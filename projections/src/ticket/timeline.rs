//! A ticket's timeline: what happened, in order. It is read from the log itself, which holds
//! exactly that, in that order, under an index; a copy would only cost room and be behind.

use servicedesk_domain::ticket::{MessageId, TicketEvent, TicketId};
use servicedesk_eventlog::reader::{self, Hidden, Slice};
use servicedesk_eventlog::{Db, Position, Recorded};

use super::time_entries;
use crate::fold::Fault;

const AGGREGATE: &str = "ticket";
/// What no customer sees, whatever it says (T5).
const INTERNAL: &[&str] = &[
    "ticket.note_added",
    "ticket.answered_after_resolution",
    "ticket.answer_seen",
    "ticket.time_marked_courtesy",
    "ticket.clock_started",
    "ticket.clock_paused",
    "ticket.clock_resumed",
    "ticket.target_ended",
    "ticket.target_at_risk",
    "ticket.target_breached",
    "ticket.remeasured",
];
/// What only follows from the entry before it, and is shown to nobody.
const BOOKKEEPING: &[&str] = &[
    "ticket.answered_after_resolution",
    "ticket.clock_started",
    "ticket.clock_paused",
    "ticket.clock_resumed",
    "ticket.target_ended",
];

/// Who reads a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Staff, who see all of it.
    Staff,
    /// The ticket's customer, who sees no notes, no time that is not charged to them, and nothing
    /// of service levels (T5).
    Customer,
}

impl Reader {
    const fn hidden_types(self) -> &'static [&'static str] {
        match self {
            Self::Staff => BOOKKEEPING,
            Self::Customer => INTERNAL,
        }
    }

    /// Whether events of its type are shown to the reader at all (T5).
    pub fn sees(self, event: &TicketEvent) -> bool {
        !self.hidden_types().contains(&<&str>::from(event))
    }

    async fn hidden(self, db: &Db, ticket_id: TicketId) -> Result<Hidden, Fault> {
        Ok(match self {
            Self::Staff => Hidden { types: self.hidden_types(), positions: Vec::new() },
            Self::Customer => Hidden {
                types: self.hidden_types(),
                positions: time_entries::hidden_positions(db, ticket_id).await?,
            },
        })
    }
}

/// Up to `limit` entries after one sequence number and before another: the first of them, or with
/// a negative `limit` the last.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    ticket_id: TicketId,
    reader: Reader,
    (after, before): (i64, i64),
    limit: i64,
) -> Result<Vec<Recorded>, Fault> {
    let slice = Slice { after, before, hidden: reader.hidden(db, ticket_id).await? };
    Ok(reader::read_slice(db, AGGREGATE, ticket_id.uuid(), &slice, limit).await?)
}

/// How many entries there are.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, ticket_id: TicketId, reader: Reader) -> Result<i64, Fault> {
    let hidden = reader.hidden(db, ticket_id).await?;
    Ok(reader::count(db, AGGREGATE, ticket_id.uuid(), &hidden).await?)
}

/// How many positions before a command's last event its first one may be.
const MAX_SPAN: Position = 64;

/// The message with this id, of a command whose last event has this position.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn message(
    db: &Db,
    ticket_id: TicketId,
    position: Position,
    message_id: MessageId,
) -> Result<Option<Recorded>, Fault> {
    let after = position - MAX_SPAN;
    let events = reader::read_aggregate_since(db, AGGREGATE, ticket_id.uuid(), after).await?;
    let is_it = |event: &Recorded| match event.event.as_ticket() {
        Some(
            TicketEvent::ReplyAdded { message_id: id, .. }
            | TicketEvent::NoteAdded { message_id: id, .. },
        ) => *id == message_id,
        _ => false,
    };
    Ok(events.into_iter().find(is_it))
}
