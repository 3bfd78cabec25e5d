//! The GraphQL API: parse, call the use case, show the result. Nothing is decided here.

pub mod actor;
pub mod applications;
pub mod billing;
pub mod catalogue;
pub mod customer;
pub mod desk;
pub mod errors;
pub mod guards;
pub mod identity;
pub mod licensing;
pub mod limits;
pub mod loaders;
pub mod mutation;
pub mod node;
pub mod payload;
pub mod query;
pub mod refusals;
pub mod relay;
pub mod schema;
pub mod search;
pub mod settings;
pub mod sla;
pub mod staff;
pub mod ticket;
pub mod user_error;
pub mod watch;
