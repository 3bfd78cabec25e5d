//! The facts for which a change about a member of staff is refused.

use serde::{Deserialize, Serialize};

use crate::identity;
use crate::kernel::local::shown;
use crate::kernel::{Moment, TextProblem};
use crate::ticket;

/// Why a change about a member of staff is refused.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// The person was never registered.
    #[error("the member of staff does not exist")]
    StaffMemberNotFound,
    /// The id belongs to somebody already.
    #[error("the member of staff is already registered")]
    AlreadyRegistered,
    /// The name is empty, too long or unprintable.
    #[error("the name must have 1 to 200 printable characters")]
    BadName(TextProblem),
    /// An agent works the tickets of at least one department.
    #[error("an agent needs at least one department")]
    AgentWithoutDepartment,
    /// An auditor changes nothing, so no ticket can be assigned.
    #[error("an auditor cannot work on tickets")]
    WorksNoTickets,
    /// An agent has one timer.
    #[error("a timer is already running")]
    TimerRunning,
    /// No timer of the agent's runs.
    #[error("no timer is running")]
    TimerNotRunning,
    /// The work is said to have ended before the timer was started.
    #[error("the timer was started later, at {}", shown(*.started_at))]
    EndedBeforeStart {
        /// When it was.
        started_at: Moment,
    },
    /// A department does not exist or is no longer in use.
    #[error("the department does not exist")]
    DepartmentNotFound,
    /// Nobody decides about their own role or whether they work here, so that no desk is without
    /// an administrator.
    #[error("nobody can change their own role or deactivate themselves")]
    OwnDuties,
    /// The person no longer works here.
    #[error("the member of staff was deactivated")]
    StaffMemberDeactivated,
    /// The person works here.
    #[error("the member of staff is active")]
    StaffMemberActive,
    /// The number of tickets is none that anybody could work.
    #[error("the number of open tickets must be from 1 to {max}")]
    CapacityOutOfRange {
        /// The most.
        max: u32,
    },
    /// The last day is before the first.
    #[error("the last day must not be before the first")]
    AbsenceBackwards,
    /// The absence is over already.
    #[error("the absence must not be over already")]
    AbsenceOver,
    /// The absence is longer than one can be.
    #[error("an absence can have at most {max} days")]
    AbsenceTooLong {
        /// The most days.
        max: u32,
    },
    /// No further absence can be planned.
    #[error("at most {max} absences can be planned")]
    TooManyAbsences {
        /// The most.
        max: u32,
    },
    /// The member of staff has no such absence.
    #[error("the absence does not exist")]
    AbsenceNotFound,
    /// The account of the person refuses it, by this fact.
    #[error("{0}")]
    Account(identity::Rejection),
    /// The ticket refuses the time, by this fact.
    #[error("{0}")]
    Work(ticket::Rejection),
}

impl Rejection {
    /// The public code, for example `STAFF_MEMBER_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Work(rejection) => rejection.code(),
            Self::Account(rejection) => rejection.code(),
            other => other.into(),
        }
    }
}
