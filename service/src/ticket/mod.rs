//! Tickets: one function per use case, in files that mirror the domain's decisions, and what happens
//! by itself.

mod acting;
pub mod actions;
pub(crate) mod assignment;
pub mod charges;
pub mod closing;
pub mod conversation;
pub mod cost;
pub mod expiry;
pub mod handling;
pub mod measuring;
pub mod messages;
pub mod opening;
pub mod reactions;
mod reserving;
pub mod time;
pub mod timers;
