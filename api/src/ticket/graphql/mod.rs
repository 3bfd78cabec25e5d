//! Tickets as GraphQL shows them.

pub mod codes;
pub mod inputs;
pub mod mutations;
pub mod payload;
pub mod queries;
pub mod queue;
pub mod subscriptions;
pub mod timeline;
pub mod types;
