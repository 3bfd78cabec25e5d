//! Service levels as GraphQL shows them.

pub mod definitions;
pub mod error;
pub mod forecast;
pub mod kinds;
pub mod mutations;
pub mod report;
pub mod subscriptions;
pub mod targets;
