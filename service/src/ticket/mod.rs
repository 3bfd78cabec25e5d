//! Tickets: the use cases, and what happens by itself.

pub mod cost;
pub mod expiry;
pub mod messages;
pub mod reactions;
pub mod timers;
pub mod use_cases;
