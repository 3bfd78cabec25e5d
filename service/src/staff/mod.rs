//! Staff: shifts, roles and departments.

pub mod messages;
pub mod use_cases;
