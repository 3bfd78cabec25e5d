//! Questions about files that people send.

pub mod files;
