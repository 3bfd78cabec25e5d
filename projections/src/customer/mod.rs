//! Questions about customers.

pub mod customer_directory;
