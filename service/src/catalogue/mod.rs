//! The catalogue: products, departments, categories and the vendor's policies.

pub mod seed;
