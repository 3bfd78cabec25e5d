//! The faces of the service: GraphQL, HTTP and the command line, and the program that serves them.
//!
//! Nothing is decided here: what callers can do is in `servicedesk-service`.

#![expect(
    clippy::unused_async,
    reason = "resolvers are async by the shape that async-graphql's macros take"
)]
// Each feature that the schema is merged of nests the futures of its fields one level deeper.
#![recursion_limit = "256"]

pub mod app;
pub mod cli;
pub mod config;
pub mod graphql;
pub mod http;

/// Requests make many small texts and trees that live for a moment, and in a profile of mutations
/// the system's allocator took an eighth of the machine. It is set here, so that the program, its
/// tests and its benchmarks have the same one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
