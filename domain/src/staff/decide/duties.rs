//! What a member of staff may do, how much they are given, when they are away, and whether they work
//! here. An administrator decides it, and nobody their own role: so no desk loses its last one.

use chrono::NaiveDate;

use super::{Decision, change as change_availability};
use crate::catalogue::DepartmentId;
use crate::staff::events::{Absence, Role, StaffEvent};
use crate::staff::rejection::Rejection;
use crate::staff::state::{StaffMember, Worker};
use crate::staff::{AbsenceId, StaffMemberId};

/// The most open tickets that the policy can be told to assign somebody.
pub const MAX_OPEN_TICKETS: u32 = 1_000;
/// The most days of one absence.
pub const MAX_ABSENCE_DAYS: u32 = 366;
/// The most absences that are not over.
pub const MAX_ABSENCES: u32 = 50;

/// The person has another role or other departments.
#[derive(Debug, Clone)]
pub struct ChangeDuties {
    /// Who says so; none for the operator.
    pub by: Option<StaffMemberId>,
    /// What the person may do.
    pub role: Role,
    /// Whose tickets the person works, or why one of the departments is none.
    pub department_ids: Result<Vec<DepartmentId>, Rejection>,
}

/// The person will be away.
#[derive(Debug, Clone, Copy)]
pub struct PlanAbsence {
    /// When.
    pub absence: Absence,
    /// The day that it is now, in the vendor's time zone.
    pub today: NaiveDate,
}

/// Changes role and departments. Who works no tickets is not available and works on none.
pub(super) fn change(member: &StaffMember, change: ChangeDuties) -> Decision {
    let worker = active(member)?;
    if change.by == Some(worker.staff_member_id) {
        return Err(Rejection::OwnDuties);
    }
    let (role, department_ids) = (change.role, once_each(change.department_ids?));
    if role == Role::Agent && department_ids.is_empty() {
        return Err(Rejection::AgentWithoutDepartment);
    }
    if worker.role == role && worker.department_ids == department_ids {
        return Ok(Vec::new());
    }
    let after = Worker { role, department_ids: department_ids.clone(), ..worker.clone() };
    let mut events = if after.works_tickets() { Vec::new() } else { stop_work(member) };
    events.push(StaffEvent::DutiesChanged { role, department_ids });
    Ok(events)
}

/// Says how much the policy may assign.
pub(super) fn set_capacity(member: &StaffMember, max_open_tickets: Option<i64>) -> Decision {
    active(member)?;
    let read = |count: i64| {
        let count = u32::try_from(count).ok().filter(|one| (1..=MAX_OPEN_TICKETS).contains(one));
        count.ok_or(Rejection::CapacityOutOfRange { max: MAX_OPEN_TICKETS })
    };
    let max_open_tickets = max_open_tickets.map(read).transpose()?;
    if member.max_open_tickets == max_open_tickets {
        return Ok(Vec::new());
    }
    Ok(vec![StaffEvent::CapacityChanged { max_open_tickets }])
}

/// Plans an absence. One that is there already is no news.
pub(super) fn plan_absence(member: &StaffMember, plan: &PlanAbsence) -> Decision {
    active(member)?;
    let PlanAbsence { absence, today } = *plan;
    if member.absences.iter().any(|one| one.absence_id == absence.absence_id) {
        return Ok(Vec::new());
    }
    let days = (absence.last_day - absence.first_day).num_days();
    if days < 0 {
        return Err(Rejection::AbsenceBackwards);
    }
    if absence.last_day < today {
        return Err(Rejection::AbsenceOver);
    }
    if days >= i64::from(MAX_ABSENCE_DAYS) {
        return Err(Rejection::AbsenceTooLong { max: MAX_ABSENCE_DAYS });
    }
    let ahead = member.absences.iter().filter(|one| one.last_day >= today).count();
    if ahead >= MAX_ABSENCES as usize {
        return Err(Rejection::TooManyAbsences { max: MAX_ABSENCES });
    }
    Ok(vec![StaffEvent::AbsencePlanned { absence }])
}

/// Cancels an absence.
pub(super) fn cancel_absence(member: &StaffMember, absence_id: AbsenceId) -> Decision {
    active(member)?;
    if member.absences.iter().any(|one| one.absence_id == absence_id) {
        Ok(vec![StaffEvent::AbsenceCancelled { absence_id }])
    } else {
        Err(Rejection::AbsenceNotFound)
    }
}

/// The person no longer works here. A timer that runs is discarded: nobody can say any more what was
/// done in its time.
pub(super) fn deactivate(member: &StaffMember, by: Option<StaffMemberId>) -> Decision {
    let worker = active(member)?;
    if by == Some(worker.staff_member_id) {
        return Err(Rejection::OwnDuties);
    }
    let mut events = stop_work(member);
    events.push(StaffEvent::Deactivated);
    Ok(events)
}

/// The person works here again, and has still to start their shift.
pub(super) fn reactivate(member: &StaffMember) -> Decision {
    match (&member.worker, &member.former) {
        (Some(_), _) => Err(Rejection::StaffMemberActive),
        (None, Some(_)) => Ok(vec![StaffEvent::Reactivated]),
        (None, None) => Err(Rejection::StaffMemberNotFound),
    }
}

/// The person, if they work here.
fn active(member: &StaffMember) -> Result<&Worker, Rejection> {
    match (&member.worker, &member.former) {
        (Some(worker), _) => Ok(worker),
        (None, Some(_)) => Err(Rejection::StaffMemberDeactivated),
        (None, None) => Err(Rejection::StaffMemberNotFound),
    }
}

/// The shift and the timer end.
fn stop_work(member: &StaffMember) -> Vec<StaffEvent> {
    let timer = member.timer.map(|timer| StaffEvent::TimerDiscarded { entry_id: timer.entry_id });
    timer.into_iter().chain(change_availability(member, false)).collect()
}

fn once_each(department_ids: Vec<DepartmentId>) -> Vec<DepartmentId> {
    let mut each: Vec<DepartmentId> = Vec::with_capacity(department_ids.len());
    for id in department_ids {
        if !each.contains(&id) {
            each.push(id);
        }
    }
    each
}
