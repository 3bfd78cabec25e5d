//! The catalogue: products, departments, categories and the vendor's policies.

pub mod defining;
pub mod messages;
pub mod seed;
