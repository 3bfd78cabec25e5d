//! The conventions of the API that every client relies on, whatever it asks.

mod connections;
mod consistency;
mod http;
mod limits;
mod lists;
mod nodes;
mod persisted;
mod retries;
mod schema;
mod statements;
