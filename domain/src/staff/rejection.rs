//! The facts for which a change about a member of staff is refused.

use serde::{Deserialize, Serialize};

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
    /// The ticket refuses the time, by this fact.
    #[error("{0}")]
    Work(ticket::Rejection),
}

impl Rejection {
    /// The public code, for example `STAFF_MEMBER_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Work(rejection) => rejection.code(),
            other => other.into(),
        }
    }
}
