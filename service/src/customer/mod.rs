//! Customers.

pub mod registering;
