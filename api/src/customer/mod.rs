//! Customers: their face in GraphQL, and registering them.

pub mod graphql;
pub mod use_cases;
