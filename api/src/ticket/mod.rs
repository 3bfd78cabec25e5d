//! Tickets: the use cases, their face in GraphQL, and what happens by itself.

pub mod expiry;
pub mod graphql;
pub mod messages;
pub mod use_cases;
