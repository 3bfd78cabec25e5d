//! Whole-system tests: one program, every database.

mod access;
mod api_conventions;
mod applications;
mod architecture;
mod bad_input;
mod billing;
mod catalogue;
mod crash_recovery;
mod erasure;
mod file;
mod identity;
mod import;
mod licensing;
mod live;
mod log;
mod people;
mod projections;
mod reactions;
mod seal;
mod sla;
mod startup;
mod support;
mod ticket;
