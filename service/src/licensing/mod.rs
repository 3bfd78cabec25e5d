//! Licences: who may run which product, until when, and by which key.

pub mod applications;
pub mod checking;
pub mod files;
pub mod messages;
pub mod reactions;
pub mod releases;
pub mod signed_links;
pub mod signing;
pub mod timers;
pub mod use_cases;
