//! Licences: who may run which product, until when, and by which key.

pub mod checking;
pub mod graphql;
pub mod issuing;
pub mod messages;
pub mod signing;
pub mod timers;
pub mod use_cases;
