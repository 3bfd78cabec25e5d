//! Staff: its face in GraphQL, shifts, and registering members.

pub mod graphql;
pub mod messages;
pub mod use_cases;
