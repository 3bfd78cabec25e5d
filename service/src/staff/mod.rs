//! Staff: registering, roles, departments and shifts.

pub mod messages;
pub mod registering;
pub mod shifts;
