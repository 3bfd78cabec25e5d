//! Decisions about members of staff.

use super::StaffMemberId;
use super::events::{Role, StaffEvent};
use super::rejection::Rejection;
use super::state::StaffMember;
use crate::catalogue::DepartmentId;
use crate::kernel::{Personal, Text};

const MOST_NAME_CHARACTERS: usize = 200;

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
    }
}

fn register(
    member: &StaffMember,
    staff_member_id: StaffMemberId,
    name: &str,
    role: Role,
    department_ids: Vec<DepartmentId>,
) -> Decision {
    if member.worker.is_some() {
        return Err(Rejection::AlreadyRegistered);
    }
    let name = Text::parse(name, MOST_NAME_CHARACTERS).map_err(Rejection::BadName)?;
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

/// Starting a shift that runs, or ending one that does not, is no news.
fn change(member: &StaffMember, is_available: bool) -> Vec<StaffEvent> {
    if member.is_available == is_available {
        return Vec::new();
    }
    vec![StaffEvent::AvailabilityChanged { is_available }]
}
