//! Questions about staff.

pub mod staff_directory;
