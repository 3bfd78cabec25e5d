//! Customers.

pub mod erasing;
pub mod messages;
pub mod reactions;
pub mod registering;
