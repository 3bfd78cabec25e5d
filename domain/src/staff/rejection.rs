//! The facts for which a change about a member of staff is refused.

use serde::{Deserialize, Serialize};

use crate::kernel::TextProblem;

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
    #[error("there is no such member of staff")]
    StaffMemberNotFound,
    /// The id belongs to somebody already.
    #[error("the member of staff is registered already")]
    AlreadyRegistered,
    /// The name is empty, too long or unprintable.
    #[error("the name is not 1 to 200 printable characters")]
    BadName(TextProblem),
    /// An agent works the tickets of at least one department.
    #[error("an agent needs a department")]
    AgentWithoutDepartment,
    /// An auditor changes nothing, so no ticket can be assigned.
    #[error("an auditor works no tickets")]
    WorksNoTickets,
}

impl Rejection {
    /// The public code, for example `STAFF_MEMBER_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
