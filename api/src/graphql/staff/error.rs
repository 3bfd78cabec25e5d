//! Why mutations on staff are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
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
}

/// Why a mutation on staff is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum StaffErrorCode {
    /// The member of staff is not registered.
    StaffMemberNotFound,
    /// An auditor works no tickets.
    WorksNoTickets,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[StaffErrorCode])] = {
    use StaffErrorCode as Code;
    &[
        ("startShift", &[Code::StaffMemberNotFound, Code::WorksNoTickets]),
        ("endShift", &[Code::StaffMemberNotFound, Code::WorksNoTickets]),
    ]
};
