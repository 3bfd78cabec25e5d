//! Licences: who may run which product, until when, and by which key.

pub mod applications;
pub mod checking;
pub mod files;
pub mod issuing;
pub mod messages;
pub mod passes;
pub mod releases;
pub mod signing;
pub mod timers;
pub mod use_cases;
