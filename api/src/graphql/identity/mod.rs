//! How customers get in, as GraphQL shows it.

pub mod error;
pub mod inputs;
pub mod mutations;
pub mod types;
