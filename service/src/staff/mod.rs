//! Staff: registering and inviting, roles, departments, capacity, absence and shifts.

pub mod administering;
pub mod inviting;
pub mod messages;
pub mod registering;
pub mod shifts;
