//! Time worked on a ticket (B2), its correction (B4), and time given as a courtesy (B3).

use servicedesk_domain::Event;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::command::{CorrectTime, LogTime, MarkCourtesy, NewEntry, Work};
use servicedesk_domain::ticket::{Status, Ticket, TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::Recorded;

use super::acting::Done;
use super::cost;
use super::reserving::{self, Wanted};
use crate::acting::Acting;
use crate::desk::Desk;
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
    /// Why the agent worked on something else in the same time.
    pub overlap: Option<String>,
}

impl WorkDone {
    fn at(self, now: Moment) -> Work {
        let Self { minutes, worked_at, note, courtesy, overlap } = self;
        let worked_at = worked_at.unwrap_or(now);
        Work { minutes, started_at: None, worked_at, note, courtesy, overlap }
    }
}

/// Logs time that the caller worked on a ticket.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn log_time(acting: Acting<'_>, ticket_id: TicketId, done: WorkDone) -> Done {
    let by = acting.staff()?;
    let (entry_id, work) = (new_entry_id(&acting), done.at(acting.now()));
    let entry = new_entry(acting.desk, ticket_id, entry_id, work, None).await?;
    let wanted = Wanted::by(&acting, by.staff_member_id, ticket_id, &entry, None);
    let command = LogTime { by, entry }.into();
    let acting = acting.claimed().await?;
    reserving::log(&acting, acting.context(), ticket_id, command, wanted).await
}

/// An entry with the facts by which it is decided. In a correction it comes in place of another.
pub(super) async fn new_entry(
    desk: &Desk,
    ticket_id: TicketId,
    entry_id: TimeEntryId,
    work: Work,
    instead_of: Option<TimeEntryId>,
) -> Result<NewEntry, ApiError> {
    let cost = cost::of_work(desk, ticket_id, &work, instead_of).await?;
    let closed_at = closed_at(desk, ticket_id).await?;
    Ok(NewEntry { entry_id, work, cost, closed_at })
}

/// When a ticket was last closed, if it is. What was worked before may be logged after.
async fn closed_at(desk: &Desk, ticket_id: TicketId) -> Result<Option<Moment>, ApiError> {
    let loaded = desk.log.load::<Ticket>(ticket_id.uuid()).await;
    let (ticket, _) = loaded.map_err(ApiError::from)?;
    if ticket.status != Status::Closed {
        return Ok(None);
    }
    let events = desk.log.read_aggregate("ticket", ticket_id.uuid(), 0, i64::MAX).await?;
    let is_closing =
        |recorded: &&Recorded| matches!(recorded.event, Event::Ticket(TicketEvent::Closed { .. }));
    Ok(events.iter().rev().find(is_closing).map(|closed| closed.metadata.occurred_at))
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
    let Some(done) = instead else {
        let correct = CorrectTime { by, entry_id, reason, instead: None };
        return acting.on_ticket(ticket_id, correct).await;
    };
    let right = right_entry(&acting, ticket_id, entry_id, done).await?;
    let agent_id = agent_of(acting.desk, ticket_id, entry_id).await?;
    let wanted = agent_id.and_then(|id| Wanted::by(&acting, id, ticket_id, &right, Some(entry_id)));
    let command = CorrectTime { by, entry_id, reason, instead: Some(right) }.into();
    let acting = acting.claimed().await?;
    reserving::log(&acting, acting.context(), ticket_id, command, wanted).await
}

/// Whose time a wrong entry is, so whose the right one will be.
async fn agent_of(
    desk: &Desk,
    ticket_id: TicketId,
    entry_id: TimeEntryId,
) -> Result<Option<StaffMemberId>, ApiError> {
    let loaded = desk.log.load::<Ticket>(ticket_id.uuid()).await;
    let (ticket, _) = loaded.map_err(ApiError::from)?;
    Ok(ticket.time_entries.get(&entry_id).map(|entry| entry.staff_member_id))
}

async fn right_entry(
    acting: &Acting<'_>,
    ticket_id: TicketId,
    wrong: TimeEntryId,
    done: WorkDone,
) -> Result<NewEntry, ApiError> {
    let (entry_id, work) = (new_entry_id(acting), done.at(acting.now()));
    new_entry(acting.desk, ticket_id, entry_id, work, Some(wrong)).await
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
