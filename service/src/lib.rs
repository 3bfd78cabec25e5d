//! The application layer: what callers can do, who may do it, and what happens by itself.
//!
//! Each feature has its use cases (authorise, look up the facts, make the command, execute).
//! `access::policy` is the only place that decides who may see and do what, `clock` has the only
//! clock, and `error` the only mapping of faults. Nothing here knows how it is called: no GraphQL,
//! no HTTP.

pub mod access;
pub mod acting;
pub mod background;
pub mod billing;
pub mod buckets;
pub mod catalogue;
pub mod clock;
pub mod csv_lines;
pub mod customer;
pub mod desk;
pub mod error;
pub mod file;
pub mod free;
pub mod identity;
pub mod import;
pub mod licensing;
pub mod live;
pub mod mail;
pub mod messages;
pub mod reaction;
pub mod reactions;
pub mod sla;
pub mod spreadsheet;
pub mod staff;
pub mod ticket;
