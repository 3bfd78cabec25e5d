//! Time worked on a ticket (B2), its correction (B4), and time given as a courtesy (B3).

use servicedesk_domain::kernel::Moment;
use servicedesk_domain::ticket::command::{CorrectTime, LogTime, MarkCourtesy, NewEntry, Work};
use servicedesk_domain::ticket::{TicketId, TimeEntryId};

use super::acting::Done;
use super::cost;
use crate::acting::Acting;
use crate::error::ApiError;

/// Time that the caller says was worked.
#[derive(Debug, Clone)]
pub struct WorkDone {
    /// For how many minutes.
    pub minutes: i64,
    /// When the work ended; now, if they do not say.
    pub worked_at: Option<Moment>,
    /// What was done.
    pub note: Option<String>,
    /// Why nothing is to be charged for it, if it is a courtesy.
    pub courtesy: Option<String>,
}

impl WorkDone {
    fn at(self, now: Moment) -> Work {
        let Self { minutes, worked_at, note, courtesy } = self;
        Work { minutes, worked_at: worked_at.unwrap_or(now), note, courtesy }
    }
}

/// Logs time that the caller worked on a ticket.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn log_time(acting: Acting<'_>, ticket_id: TicketId, done: WorkDone) -> Done {
    let by = acting.staff()?;
    let (entry_id, work) = (new_entry_id(&acting), done.at(acting.now()));
    let cost = cost::of_work(acting.desk, ticket_id, &work, None).await?;
    let entry = NewEntry { entry_id, work, cost };
    acting.on_ticket(ticket_id, LogTime { by, entry }).await
}

/// The id of the entry that [`log_time`] or [`correct_time`] logs.
pub fn new_entry_id(acting: &Acting<'_>) -> TimeEntryId {
    acting.new_id("time entry")
}

/// Takes a wrong time entry back, and logs what is right in its place.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn correct_time(
    acting: Acting<'_>,
    ticket_id: TicketId,
    entry_id: TimeEntryId,
    reason: String,
    instead: Option<WorkDone>,
) -> Done {
    let by = acting.staff()?;
    let instead = match instead {
        Some(done) => Some(right_entry(&acting, ticket_id, entry_id, done).await?),
        None => None,
    };
    acting.on_ticket(ticket_id, CorrectTime { by, entry_id, reason, instead }).await
}

async fn right_entry(
    acting: &Acting<'_>,
    ticket_id: TicketId,
    wrong: TimeEntryId,
    done: WorkDone,
) -> Result<NewEntry, ApiError> {
    let (entry_id, work) = (new_entry_id(acting), done.at(acting.now()));
    let cost = cost::of_work(acting.desk, ticket_id, &work, Some(wrong)).await?;
    Ok(NewEntry { entry_id, work, cost })
}

/// Makes a time entry a courtesy.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn mark_courtesy(
    acting: Acting<'_>,
    ticket_id: TicketId,
    entry_id: TimeEntryId,
    reason: String,
) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, MarkCourtesy { by, entry_id, reason }).await
}
