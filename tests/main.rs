//! Whole-system tests: one program, every database.

mod architecture;
mod import;
mod log;
mod projections;
mod support;
