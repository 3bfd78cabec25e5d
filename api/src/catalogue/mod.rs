//! The catalogue: loading it, and its face in GraphQL.

pub mod graphql;
pub mod seed;
