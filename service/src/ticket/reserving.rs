//! Logging time in two steps: the agent's time is reserved, and the ticket gets the entry (B3).
//!
//! One agent's entries may be on many tickets, so only the agent's own stream can tell that two of
//! them overlap. A refusal records nothing, so the ticket is asked first whether it would take the
//! entry. If something breaks between the two steps, the reservation lapses by itself, and a repeat
//! goes on with it.

use servicedesk_domain::staff::decide::{Logged, Overlap, ReserveTime};
use servicedesk_domain::staff::{self, Occupied, StaffMember, StaffMemberId};
use servicedesk_domain::ticket::command::{NewEntry, began};
use servicedesk_domain::ticket::decide::decide;
use servicedesk_domain::ticket::decide::time::whole_minutes;
use servicedesk_domain::ticket::{Command, Rejection, Ticket, TicketId, TimeEntryId};
use servicedesk_eventlog::execute::NO_SEQUENCE;
use servicedesk_eventlog::{CommandContext, CommandId, ExecuteError, reader};
use servicedesk_projections::ticket::time_entries::{self, TimeEntryRow};
use uuid::Uuid;

use super::acting::Done;
use crate::acting::Acting;
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// Whose time is to be logged, and when they worked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    staff_member_id: StaffMemberId,
    occupied: Occupied,
    overlap: Overlap,
    instead_of: Option<TimeEntryId>,
}

impl Wanted {
    /// What an entry takes; `None` if it cannot be logged at all, so that the ticket refuses it.
    pub(super) fn by(
        acting: &Acting<'_>,
        staff_member_id: StaffMemberId,
        ticket_id: TicketId,
        entry: &NewEntry,
        instead_of: Option<TimeEntryId>,
    ) -> Option<Self> {
        let work = &entry.work;
        let minutes = whole_minutes(work, acting.now()).ok()?;
        let occupied = Occupied {
            entry_id: entry.entry_id,
            ticket_id,
            started_at: work.started_at.unwrap_or_else(|| began(minutes, work.worked_at)),
            ended_at: work.worked_at,
        };
        let overlap = work.overlap.as_ref().map_or(Overlap::Refused, |_| Overlap::Explained);
        Some(Self { staff_member_id, occupied, overlap, instead_of })
    }
}

/// Carries out a command that logs time on a ticket, if nothing else is logged for the same time.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub(super) async fn log(
    acting: &Acting<'_>,
    context: CommandContext,
    ticket_id: TicketId,
    command: Command,
    wanted: Option<Wanted>,
) -> Done {
    let (desk, id) = (acting.desk, ticket_id.uuid());
    if let Some(outcome) = desk.log.answered_before(&context).await? {
        return Ok(desk.log.executed::<Ticket>(outcome)?);
    }
    let circumstances = desk.circumstances(acting.now()).await?;
    let (ticket, sequence) = desk.log.load::<Ticket>(id).await.map_err(ApiError::from)?;
    let is_stale = context.expected_sequence.is_some_and(|expected| expected != sequence);
    let refused = match decide(&ticket, command.clone(), &circumstances) {
        Err(rejection) => Some(rejection),
        // Nothing is reserved for what conflicts or does nothing.
        Ok(events) if is_stale || events.is_empty() => None,
        Ok(_) => reserve(acting, context, wanted).await?,
    };
    if let Some(rejection) = refused {
        // It may be allowed a moment later, with nothing reserved, so it is not decided again.
        return Ok(desk.log.refuse::<Ticket>(id, rejection, context).await?);
    }
    let expected_sequence = if is_stale { Some(NO_SEQUENCE) } else { context.expected_sequence };
    let context = CommandContext { expected_sequence, ..context };
    let executed = desk.log.execute::<Ticket>(id, (command, circumstances), context).await;
    let nothing_recorded =
        matches!(executed, Err(ExecuteError::Rejected(_) | ExecuteError::Stale { .. }));
    if let Some(wanted) = wanted.filter(|_| nothing_recorded) {
        release(acting, context, wanted).await;
    }
    Ok(executed?)
}

/// Reserves the time; gives why it is refused, if it is.
async fn reserve(
    acting: &Acting<'_>,
    context: CommandContext,
    wanted: Option<Wanted>,
) -> Result<Option<Rejection>, ApiError> {
    let Some(Wanted { staff_member_id, occupied, overlap, instead_of }) = wanted else {
        return Ok(None);
    };
    let logged = logged_around(acting.desk, staff_member_id, occupied).await?;
    let at = acting.now();
    let reserve = ReserveTime { wanted: occupied, overlap, logged, instead_of, at };
    let command = staff::Command::ReserveTime(reserve);
    let context = further(context, &format!("reserve time at {at}"));
    let id = staff_member_id.uuid();
    let reserved = acting.desk.log.execute::<StaffMember>(id, command, context).await;
    match reserved.map_err(Failure::from) {
        Ok(_) => Ok(None),
        Err(Failure::Rejected(staff::Rejection::Work(rejection))) => Ok(Some(rejection)),
        Err(Failure::Rejected(other)) => Err(ApiError::internal(&other)),
        Err(Failure::Request(error)) => Err(error),
    }
}

/// The ticket has changed since it was asked. If the time is not released, the reservation lapses.
async fn release(acting: &Acting<'_>, context: CommandContext, wanted: Wanted) {
    let command = staff::Command::ReleaseTime { entry_id: wanted.occupied.entry_id };
    let context = further(context, &format!("release time at {}", acting.now()));
    let id = wanted.staff_member_id.uuid();
    if let Err(error) = acting.desk.log.execute::<StaffMember>(id, command, context).await {
        tracing::warn!(%error, "reserved time was not released");
    }
}

/// What the agent logged around some time, with everything that was recorded until now.
async fn logged_around(
    desk: &Desk,
    staff_member_id: StaffMemberId,
    around: Occupied,
) -> Result<Vec<Logged>, ApiError> {
    let db = desk.log.db();
    let head = reader::head(db).await?;
    desk.consistent_with(head).await?;
    let (from, until) = (around.started_at, around.ended_at);
    let rows = time_entries::worked_between(db, staff_member_id, from, until).await?;
    Ok(rows.iter().map(of_row).collect())
}

fn of_row(row: &TimeEntryRow) -> Logged {
    let occupied = Occupied {
        entry_id: row.entry_id,
        ticket_id: row.ticket_id,
        started_at: row.started_at,
        ended_at: row.worked_at,
    };
    Logged { occupied, is_reversed: row.reversal.is_some() }
}

/// The context of a further command of the same request. It names the moment, so that a repeat asks
/// again: by then the time may be another's.
fn further(context: CommandContext, purpose: &str) -> CommandContext {
    let id = Uuid::new_v5(&context.command_id.id, purpose.as_bytes());
    let command_id = CommandId { id, ..context.command_id };
    CommandContext { command_id, expected_sequence: None, is_numbered: false, ..context }
}
