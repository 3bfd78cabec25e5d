//! Licences: who may run which product.

pub mod applications;
pub mod graphql;
pub mod messages;
pub mod use_cases;
