//! The conventions of the API that every client relies on, whatever it asks.

mod attacks;
mod connections;
mod consistency;
mod cors;
mod http;
mod limits;
mod lists;
mod nodes;
mod persisted;
mod places;
mod retries;
mod schema;
mod statements;
