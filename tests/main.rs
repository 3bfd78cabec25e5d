//! Whole-system tests: one program, every database.

mod architecture;
mod log;
mod projections;
mod support;
