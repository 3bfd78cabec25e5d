//! Tickets as GraphQL shows them.

pub mod actions;
pub mod agreement;
pub mod error;
pub mod inputs;
pub mod mutations;
mod overlap;
pub mod payload;
pub mod queries;
pub mod queue;
pub mod subscriptions;
pub mod time_entries;
pub mod timeline;
pub mod timers;
pub mod types;
pub mod work;
