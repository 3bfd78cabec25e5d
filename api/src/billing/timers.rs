//! Timers of agents (B2): started, and stopped by logging what was worked.
//!
//! Stopping changes two things: the ticket, which gets the entry, and the agent's timer, which is
//! done. The entry comes first and has the timer's id, so whatever happens between the two, the
//! time is logged once, and the timer is stopped by what follows from the entry.

use serde::Serialize;
use servicedesk_domain::Event;
use servicedesk_domain::staff::{Command, Rejection, StaffEvent, StaffMember};
use servicedesk_domain::ticket::command::{self, Work};
use servicedesk_domain::ticket::decide::may_log_time;
use servicedesk_domain::ticket::{Ticket, TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::{
    CommandContext, CommandId, ExecuteError, Executed, Origin, Position, Recorded, reader,
};
use uuid::Uuid;

use super::cost;
use crate::auth::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};
use crate::reactions::{self, Trouble};

/// What a use case gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// The caller begins to work on a ticket.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn start(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    ticket_id: TicketId,
) -> Done {
    let by = policy::acting_staff(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, "startTimer", content, at)?;
    let found = desk.log.load::<Ticket>(ticket_id.uuid()).await;
    let (ticket, _) = found.map_err(ApiError::from)?;
    let entry_id = TimeEntryId::new(Uuid::new_v5(&context.command_id.id, b"time entry"));
    let ticket_id = may_log_time(&ticket, by).map(|()| ticket_id);
    let command = Command::StartTimer { entry_id, ticket_id, at };
    Ok(desk.log.execute::<StaffMember>(by.staff_member_id.uuid(), command, context).await?)
}

/// A timer that was stopped.
#[derive(Debug, Clone, Copy)]
pub struct Stopped {
    /// What was carried out.
    pub executed: Executed,
    /// The time entry that the timer became.
    pub entry_id: TimeEntryId,
}

/// What is said when a timer is stopped.
#[derive(Debug, Clone)]
pub struct Stop {
    /// What was done.
    pub note: Option<String>,
    /// Why it is a courtesy, if it is.
    pub courtesy: Option<String>,
}

/// The caller logs what was worked since the timer was started, and the timer is done. Where the
/// ticket refuses the time, the timer runs on.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn stop(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    said: Stop,
) -> Result<Stopped, Failure<Rejection>> {
    let by = policy::acting_staff(request.caller)?.clone();
    let member_id = by.staff_member_id.uuid();
    let at = desk.now();
    let context = desk::context(request, "stopTimer", content, at)?;
    if let Some(entry_id) = logged_before(desk, &context).await? {
        // The time was logged under this key, and then something broke. The timer that runs now,
        // if one does, is another.
        let command = Command::StopTimer { entry_id };
        let executed = desk.log.execute::<StaffMember>(member_id, command, context).await?;
        return Ok(Stopped { executed, entry_id });
    }
    let found = desk.log.load::<StaffMember>(member_id).await;
    let (member, _) = found.map_err(ApiError::from)?;
    let Some(timer) = member.timer else {
        return refuse(desk, member_id, Rejection::TimerNotRunning, context).await;
    };
    let work = Work {
        minutes: timer.minutes_at(at),
        worked_at: at,
        note: said.note,
        courtesy: said.courtesy,
    };
    let log_time = command::Command::LogTime {
        by,
        entry_id: timer.entry_id,
        cost: cost::of_work(desk, timer.ticket_id, &work, None).await?,
        work,
        at,
        policy: desk.catalogue().await?.ticket_policy.clone(),
    };
    let logged =
        desk.log.execute::<Ticket>(timer.ticket_id.uuid(), log_time, inner(&context)).await;
    match logged {
        Ok(_) => {}
        Err(ExecuteError::Rejected(rejection)) => {
            return refuse(desk, member_id, Rejection::Work(rejection), context).await;
        }
        Err(error) => return Err(ApiError::internal(&error).into()),
    }
    let entry_id = timer.entry_id;
    let command = Command::StopTimer { entry_id };
    let executed = desk.log.execute::<StaffMember>(member_id, command, context).await?;
    Ok(Stopped { executed, entry_id })
}

/// A refusal, remembered for a repeat. Where the command was carried out when it came first, it is
/// the answer of then.
async fn refuse(
    desk: &Desk,
    member_id: Uuid,
    rejection: Rejection,
    context: CommandContext,
) -> Result<Stopped, Failure<Rejection>> {
    let executed = desk.log.refuse::<StaffMember>(member_id, rejection, context).await?;
    match event_at(desk, executed.position).await? {
        Some(Event::Staff(StaffEvent::TimerStopped { entry_id })) => {
            Ok(Stopped { executed, entry_id })
        }
        _ => Err(ApiError::internal(&"a stopped timer has lost its entry").into()),
    }
}

/// The entry that was logged when this command came before, if it did and came so far.
async fn logged_before(
    desk: &Desk,
    context: &CommandContext,
) -> Result<Option<TimeEntryId>, ApiError> {
    if context.command_id.origin == Origin::Fresh {
        return Ok(None);
    }
    let id = inner(context).command_id.id;
    let db = desk.log.db();
    let Some(outcome) = reader::outcomes(db, &[id]).await?.remove(&id) else { return Ok(None) };
    Ok(match event_at(desk, outcome.first_position).await? {
        Some(Event::Ticket(TicketEvent::TimeLogged { entry_id, .. })) => Some(entry_id),
        _ => None,
    })
}

/// The event at a position, read from the database: another process may have recorded it a moment
/// ago.
async fn event_at(desk: &Desk, position: Position) -> Result<Option<Event>, ApiError> {
    if position == 0 {
        return Ok(None);
    }
    let mut recorded = reader::read_after(desk.log.db(), position - 1, 1).await?;
    Ok(recorded.pop().map(|recorded| recorded.event))
}

/// The context of the logging that is a part of stopping.
fn inner(context: &CommandContext) -> CommandContext {
    let id = Uuid::new_v5(&context.command_id.id, b"log time");
    let command_id = CommandId { id, ..context.command_id };
    CommandContext { command_id, expected_sequence: None, ..*context }
}

/// The caller's time is not to be logged.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn discard(desk: &Desk, request: CommandRequest<'_>, content: &impl Serialize) -> Done {
    let by = policy::acting_staff(request.caller)?;
    let context = desk::context(request, "discardTimer", content, desk.now())?;
    let id = by.staff_member_id.uuid();
    Ok(desk.log.execute::<StaffMember>(id, Command::DiscardTimer, context).await?)
}

/// Stops the timer that became the entry, if it still runs: what a crash left undone.
///
/// # Errors
/// [`Trouble`], where that fails.
pub async fn follow(desk: &Desk, event: &Recorded) -> Result<(), Trouble> {
    let Event::Ticket(TicketEvent::TimeLogged { entry_id, staff_member_id, .. }) = &event.event
    else {
        return Ok(());
    };
    let member_id = staff_member_id.uuid();
    let found = desk.log.load::<StaffMember>(member_id).await;
    let (member, _) = found.map_err(|error| Trouble::following(event, &error))?;
    if member.timer.is_none_or(|timer| timer.entry_id != *entry_id) {
        return Ok(());
    }
    let of_settling = reactions::following(event);
    let id = Uuid::new_v5(&of_settling.command_id.id, b"stop timer");
    let command_id = CommandId { id, ..of_settling.command_id };
    let context = CommandContext { command_id, ..of_settling };
    let command = Command::StopTimer { entry_id: *entry_id };
    let done = desk.log.execute::<StaffMember>(member_id, command, context).await;
    done.map_err(|error| Trouble::following(event, &error))?;
    Ok(())
}
