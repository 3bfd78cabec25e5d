//! Timers of agents (B2): started, and stopped by logging what was worked.
//!
//! Stopping changes two things: the ticket, which gets the entry, and the agent's timer, which is
//! done. The entry comes first and has the timer's id, so whatever happens between the two, the
//! time is logged once, and the timer is stopped by what follows from the entry.

use servicedesk_domain::Event;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::{Command, Rejection, StaffEvent, StaffMember, Timer, Worker};
use servicedesk_domain::ticket::command::{LogTime, Work};
use servicedesk_domain::ticket::decide::may_log_time;
use servicedesk_domain::ticket::{self, Ticket, TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::{CommandContext, CommandId, Executed, Position, reader};
use uuid::Uuid;

use super::reserving::{self, Wanted};
use super::time;
use crate::acting::Acting;
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// What a use case of timers gives.
type Done = Result<Executed, Failure<Rejection>>;

/// The caller begins to work on a ticket.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn start_timer(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.staff()?;
    let loaded = acting.desk.log.load::<Ticket>(ticket_id.uuid()).await;
    let (ticket, _) = loaded.map_err(ApiError::from)?;
    let command = start(&ticket, ticket_id, &by, acting.new_id("time entry"), acting.now());
    acting.execute::<StaffMember>(by.staff_member_id.uuid(), Ok(command)).await
}

/// The command by which a timer starts on a ticket.
pub(super) fn start(
    ticket: &Ticket,
    ticket_id: TicketId,
    by: &Worker,
    entry_id: TimeEntryId,
    at: Moment,
) -> Command {
    Command::StartTimer { entry_id, ticket_id: may_log_time(ticket, by).map(|()| ticket_id), at }
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
    /// When the work ended; now, if they do not say.
    pub ended_at: Option<Moment>,
    /// Why the agent worked on something else in the same time.
    pub overlap: Option<String>,
}

/// The caller logs what was worked since the timer was started, and the timer is done. If the
/// ticket refuses the time, the timer runs on.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn stop_timer(acting: Acting<'_>, stop: Stop) -> Result<Stopped, Failure<Rejection>> {
    let by = acting.staff()?;
    let member_id = by.staff_member_id.uuid();
    // A key that is used for another request is refused before any time is logged and charged.
    let acting = acting.claimed().await?;
    // What was refused under this key stays refused, whichever timer runs now.
    acting.answered_before::<StaffMember>().await?;
    if let Some((entry_id, position)) = logged_before(&acting).await? {
        // The time was logged under this key, and then something broke. The timer that runs now,
        // if one does, is another.
        return stopped(&acting, member_id, entry_id, position).await;
    }
    let loaded = acting.desk.log.load::<StaffMember>(member_id).await;
    let (member, _) = loaded.map_err(ApiError::from)?;
    let Some(timer) = member.timer else {
        return refuse(&acting, member_id, Rejection::TimerNotRunning).await;
    };
    if let Some(rejection) = impossible_end(&timer, &stop, acting.now()) {
        return refuse(&acting, member_id, rejection).await;
    }
    match log_time(&acting, by, timer, stop).await {
        Ok(logged) if logged.has_recorded => {
            stopped(&acting, member_id, timer.entry_id, logged.position).await
        }
        // Another request has logged it a moment before.
        Ok(_) => refuse(&acting, member_id, Rejection::TimerNotRunning).await,
        Err(Failure::Rejected(rejection)) => {
            refuse(&acting, member_id, Rejection::Work(rejection)).await
        }
        Err(Failure::Request(error)) => Err(error.into()),
    }
}

/// Why work cannot have ended when the caller says, if it cannot.
fn impossible_end(timer: &Timer, stop: &Stop, now: Moment) -> Option<Rejection> {
    let ended_at = stop.ended_at?;
    if ended_at > now {
        return Some(Rejection::Work(ticket::Rejection::TimeInFuture));
    }
    let started_at = timer.started_at;
    (ended_at <= started_at).then_some(Rejection::EndedBeforeStart { started_at })
}

/// Logs the time of a timer on its ticket.
async fn log_time(
    acting: &Acting<'_>,
    by: Worker,
    timer: Timer,
    stop: Stop,
) -> Result<Executed, Failure<ticket::Rejection>> {
    let (desk, at, ticket_id) = (acting.desk, acting.now(), timer.ticket_id);
    let Stop { note, courtesy, ended_at, overlap } = stop;
    let worked_at = ended_at.unwrap_or(at);
    let work = Work {
        minutes: timer.minutes_at(worked_at),
        started_at: Some(timer.started_at),
        worked_at,
        note,
        courtesy,
        overlap,
    };
    let entry = time::new_entry(desk, ticket_id, timer.entry_id, work, None).await?;
    let wanted = Wanted::by(acting, by.staff_member_id, ticket_id, &entry, None);
    let command = LogTime { by, entry }.into();
    reserving::log(acting, inner(&acting.context()), ticket_id, command, wanted).await
}

/// The timer's time is logged, so it is done. A reaction to the entry may stop the timer first; so
/// the answer names the entry's position, which is the same for a repeat.
async fn stopped(
    acting: &Acting<'_>,
    member_id: Uuid,
    entry_id: TimeEntryId,
    position: Position,
) -> Result<Stopped, Failure<Rejection>> {
    let command = Command::StopTimer { entry_id };
    let executed = acting.execute::<StaffMember>(member_id, Ok(command)).await?;
    Ok(Stopped { executed: Executed { position, ..executed }, entry_id })
}

/// A refusal, remembered for a repeat. If the command was carried out when it came first, it is the
/// answer of then.
async fn refuse(
    acting: &Acting<'_>,
    member_id: Uuid,
    rejection: Rejection,
) -> Result<Stopped, Failure<Rejection>> {
    let refused = Err(Failure::Rejected(rejection));
    let executed = acting.execute::<StaffMember>(member_id, refused).await?;
    match event_at(acting.desk, executed.position).await? {
        Some(Event::Staff(StaffEvent::TimerStopped { entry_id })) => {
            Ok(Stopped { executed, entry_id })
        }
        _ => Err(ApiError::internal(&"a stopped timer has lost its entry").into()),
    }
}

/// The entry that was logged when this command came before, if it did and came so far.
async fn logged_before(
    acting: &Acting<'_>,
) -> Result<Option<(TimeEntryId, Position)>, Failure<Rejection>> {
    let answered = acting.desk.log.answered_before(&inner(&acting.context())).await?;
    let Some(outcome) = answered else { return Ok(None) };
    Ok(match event_at(acting.desk, outcome.last_position).await? {
        Some(Event::Ticket(TicketEvent::TimeLogged { entry_id, .. })) => {
            Some((entry_id, outcome.last_position))
        }
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
pub async fn discard_timer(acting: Acting<'_>) -> Done {
    let member_id = acting.staff()?.staff_member_id.uuid();
    acting.execute::<StaffMember>(member_id, Ok(Command::DiscardTimer)).await
}
