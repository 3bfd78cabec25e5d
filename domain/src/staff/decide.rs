//! Decisions about members of staff.

mod duties;
mod time;

pub use duties::{ChangeDuties, MAX_ABSENCE_DAYS, MAX_ABSENCES, MAX_OPEN_TICKETS, PlanAbsence};
pub use time::{Logged, Overlap, ReserveTime};

use super::events::{Role, StaffEvent};
use super::rejection::Rejection;
use super::state::StaffMember;
use super::{AbsenceId, StaffMemberId};
use crate::catalogue::DepartmentId;
use crate::kernel::text::MAX_NAME_CHARACTERS;
use crate::kernel::{Form, Moment, Personal};
use crate::ticket::{self, TicketId, TimeEntryId};

/// A command on a member of staff.
#[derive(Debug, Clone)]
pub enum Command {
    /// The person works here from now on.
    Register {
        /// The person.
        staff_member_id: StaffMemberId,
        /// The name that colleagues and customers see.
        name: String,
        /// What the person may do.
        role: Role,
        /// Whose tickets the person works.
        department_ids: Vec<DepartmentId>,
    },
    /// The person takes tickets from now on.
    StartShift,
    /// The person takes no tickets from now on.
    EndShift,
    /// The person begins to work on a ticket.
    StartTimer {
        /// The time entry that the timer will become.
        entry_id: TimeEntryId,
        /// On which ticket, as far as the person may work on it.
        ticket_id: Result<TicketId, ticket::Rejection>,
        /// Now.
        at: Moment,
    },
    /// The time that was taken is logged.
    StopTimer {
        /// The time entry that the timer became.
        entry_id: TimeEntryId,
    },
    /// The time that was taken is not to be logged.
    DiscardTimer,
    /// See [`ReserveTime`].
    ReserveTime(ReserveTime),
    /// The ticket refused the time that was reserved for it.
    ReleaseTime {
        /// The time entry that was not logged.
        entry_id: TimeEntryId,
    },
    /// See [`ChangeDuties`].
    ChangeDuties(ChangeDuties),
    /// The policy assigns at most so many open tickets.
    SetCapacity {
        /// How many; none: any number.
        max_open_tickets: Option<i64>,
    },
    /// See [`PlanAbsence`].
    PlanAbsence(PlanAbsence),
    /// The person will not be away after all.
    CancelAbsence {
        /// The absence.
        absence_id: AbsenceId,
    },
    /// The person no longer works here.
    Deactivate {
        /// Who says so; none for the operator.
        by: Option<StaffMemberId>,
    },
    /// The person works here again.
    Reactivate,
}

/// What a decision gives.
pub type Decision = Result<Vec<StaffEvent>, Rejection>;

/// Decides a command on a member of staff.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(member: &StaffMember, command: Command) -> Decision {
    match command {
        Command::Register { staff_member_id, name, role, department_ids } => {
            register(member, staff_member_id, &name, role, department_ids)
        }
        Command::StartShift => start_shift(member),
        Command::EndShift => end_shift(member),
        Command::StartTimer { entry_id, ticket_id, at } => {
            start_timer(member, entry_id, ticket_id, at)
        }
        Command::StopTimer { entry_id } => Ok(stop_timer(member, entry_id)),
        Command::DiscardTimer => discard_timer(member),
        Command::ReserveTime(reserve) => time::reserve(member, &reserve),
        Command::ReleaseTime { entry_id } => Ok(time::release(member, entry_id)),
        Command::ChangeDuties(change) => duties::change(member, change),
        Command::SetCapacity { max_open_tickets } => duties::set_capacity(member, max_open_tickets),
        Command::PlanAbsence(plan) => duties::plan_absence(member, &plan),
        Command::CancelAbsence { absence_id } => duties::cancel_absence(member, absence_id),
        Command::Deactivate { by } => duties::deactivate(member, by),
        Command::Reactivate => duties::reactivate(member),
    }
}

fn register(
    member: &StaffMember,
    staff_member_id: StaffMemberId,
    name: &str,
    role: Role,
    department_ids: Vec<DepartmentId>,
) -> Decision {
    if member.worker.is_some() || member.former.is_some() {
        return Err(Rejection::AlreadyRegistered);
    }
    let name = Form::Name.parse(name, MAX_NAME_CHARACTERS).map_err(Rejection::BadName)?;
    if role == Role::Agent && department_ids.is_empty() {
        return Err(Rejection::AgentWithoutDepartment);
    }
    Ok(vec![StaffEvent::Registered {
        staff_member_id,
        name: Personal::new(staff_member_id, name.into_string()),
        role,
        department_ids,
    }])
}

fn start_shift(member: &StaffMember) -> Decision {
    let worker = member.worker.as_ref().ok_or(Rejection::StaffMemberNotFound)?;
    if !worker.works_tickets() {
        return Err(Rejection::WorksNoTickets);
    }
    Ok(change(member, true))
}

fn end_shift(member: &StaffMember) -> Decision {
    member.worker.as_ref().ok_or(Rejection::StaffMemberNotFound)?;
    Ok(change(member, false))
}

/// Begins to take the time of work on a ticket. One agent works on one ticket at a time.
fn start_timer(
    member: &StaffMember,
    entry_id: TimeEntryId,
    ticket_id: Result<TicketId, ticket::Rejection>,
    at: Moment,
) -> Decision {
    let worker = member.worker.as_ref().ok_or(Rejection::StaffMemberNotFound)?;
    if !worker.works_tickets() {
        return Err(Rejection::WorksNoTickets);
    }
    let ticket_id = ticket_id.map_err(Rejection::Work)?;
    if member.timer.is_some() {
        return Err(Rejection::TimerRunning);
    }
    Ok(vec![StaffEvent::TimerStarted { entry_id, ticket_id, started_at: at }])
}

/// The time was logged, so the timer is done. That follows from the logging, so the command that comes
/// second finds nothing to do.
fn stop_timer(member: &StaffMember, entry_id: TimeEntryId) -> Vec<StaffEvent> {
    if member.timer.is_some_and(|timer| timer.entry_id == entry_id) {
        vec![StaffEvent::TimerStopped { entry_id }]
    } else {
        Vec::new()
    }
}

fn discard_timer(member: &StaffMember) -> Decision {
    let timer = member.timer.ok_or(Rejection::TimerNotRunning)?;
    Ok(vec![StaffEvent::TimerDiscarded { entry_id: timer.entry_id }])
}

/// Starting a shift that runs, or ending one that does not, is no news.
fn change(member: &StaffMember, is_available: bool) -> Vec<StaffEvent> {
    if member.is_available == is_available {
        return Vec::new();
    }
    vec![StaffEvent::AvailabilityChanged { is_available }]
}
