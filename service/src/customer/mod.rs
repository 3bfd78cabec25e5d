//! Customers.

pub mod use_cases;
