//! Time and charges as GraphQL shows them.

pub mod accounts;
pub mod error;
pub mod inputs;
pub mod mutations;
pub mod statements;
pub mod subscriptions;
pub mod terms;
pub mod utilisation;
