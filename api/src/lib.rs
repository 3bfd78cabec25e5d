//! The service's outside: GraphQL over HTTP, access, background work and the command line.
//!
//! Each feature has its use cases (authorise, look up the facts, make the command, execute) and its
//! face in GraphQL, which decides nothing. `clock` has the only clock, `error` the only mapping of
//! faults, `auth::policy` the only decisions about who may see and do what.

#![expect(
    clippy::unused_async,
    reason = "resolvers are async by the shape that async-graphql's macros take"
)]

pub mod access;
pub mod app;
pub mod auth;
pub mod billing;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod customer;
pub mod desk;
mod documents;
pub mod error;
pub mod expansion;
pub mod graphiql;
pub mod http;
pub mod import;
pub mod languages;
pub mod licensing;
pub mod limits;
pub mod live;
pub mod loaders;
pub mod mutation;
pub mod query;
pub mod reactions;
pub mod relay;
pub mod response_shape;
pub mod schema;
pub mod sla;
pub mod staff;
pub mod ticket;
pub mod trusted;
pub mod watch;

/// Requests make many small texts and trees that live for a moment, and in a profile of mutations
/// the system's allocator took an eighth of the machine. It is set here, so that the program, its
/// tests and its benchmarks have the same one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
