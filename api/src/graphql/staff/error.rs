//! Why mutations on staff are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
use servicedesk_domain::staff::Rejection;
use strum::{EnumString, IntoStaticStr};

/// An expected refusal of a mutation on staff.
#[derive(Debug, Clone, SimpleObject)]
pub struct StaffError {
    /// The fact that forbids it.
    pub code: StaffErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
    /// The limit that was exceeded. Null if the refusal is not about one.
    pub limit: Option<u32>,
}

/// Why a mutation on staff is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum StaffErrorCode {
    /// The member of staff is not registered.
    StaffMemberNotFound,
    /// An auditor works no tickets.
    WorksNoTickets,
    /// The name has not 1 to 200 printable characters.
    BadName,
    /// An agent needs at least one department.
    AgentWithoutDepartment,
    /// A department does not exist or is no longer in use.
    DepartmentNotFound,
    /// Nobody changes their own role or deactivates themselves.
    OwnDuties,
    /// The member of staff was deactivated.
    StaffMemberDeactivated,
    /// The member of staff is active.
    StaffMemberActive,
    /// The number of open tickets is not from 1 to `limit`.
    CapacityOutOfRange,
    /// The last day is before the first.
    AbsenceBackwards,
    /// The absence is over already.
    AbsenceOver,
    /// The absence has more days than `limit`.
    AbsenceTooLong,
    /// As many absences as `limit` are planned already.
    TooManyAbsences,
    /// The member of staff has no such absence.
    AbsenceNotFound,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[StaffErrorCode])] = {
    use StaffErrorCode as Code;
    &[
        ("startShift", &[Code::StaffMemberNotFound, Code::WorksNoTickets]),
        ("endShift", &[Code::StaffMemberNotFound, Code::WorksNoTickets]),
        (
            "inviteStaffMember",
            &[Code::BadName, Code::AgentWithoutDepartment, Code::DepartmentNotFound],
        ),
        (
            "changeDuties",
            &[
                Code::StaffMemberNotFound,
                Code::StaffMemberDeactivated,
                Code::OwnDuties,
                Code::AgentWithoutDepartment,
                Code::DepartmentNotFound,
            ],
        ),
        (
            "setCapacity",
            &[Code::StaffMemberNotFound, Code::StaffMemberDeactivated, Code::CapacityOutOfRange],
        ),
        (
            "planAbsence",
            &[
                Code::StaffMemberNotFound,
                Code::StaffMemberDeactivated,
                Code::AbsenceBackwards,
                Code::AbsenceOver,
                Code::AbsenceTooLong,
                Code::TooManyAbsences,
            ],
        ),
        (
            "cancelAbsence",
            &[Code::StaffMemberNotFound, Code::StaffMemberDeactivated, Code::AbsenceNotFound],
        ),
        (
            "deactivateStaffMember",
            &[Code::StaffMemberNotFound, Code::StaffMemberDeactivated, Code::OwnDuties],
        ),
        ("reactivateStaffMember", &[Code::StaffMemberNotFound, Code::StaffMemberActive]),
    ]
};

/// The input field at fault, if a single one is.
pub const fn field(rejection: Rejection) -> Option<&'static str> {
    match rejection {
        Rejection::BadName(_) => Some("name"),
        Rejection::AgentWithoutDepartment | Rejection::DepartmentNotFound => Some("departmentIds"),
        Rejection::CapacityOutOfRange { .. } => Some("maxOpenTickets"),
        Rejection::AbsenceBackwards | Rejection::AbsenceOver | Rejection::AbsenceTooLong { .. } => {
            Some("lastDay")
        }
        Rejection::AbsenceNotFound => Some("absenceId"),
        _ => None,
    }
}

/// The limit that was exceeded, if the refusal is about one.
pub const fn limit(rejection: Rejection) -> Option<u32> {
    match rejection {
        Rejection::CapacityOutOfRange { max }
        | Rejection::AbsenceTooLong { max }
        | Rejection::TooManyAbsences { max } => Some(max),
        _ => None,
    }
}
