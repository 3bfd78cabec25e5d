//! Licences: who may run which product, until when, and with which key.

pub mod applications;
pub mod checking;
pub mod files;
pub mod granting;
pub mod keys;
pub mod links;
pub mod messages;
pub mod publishing;
pub mod reactions;
pub mod signed_links;
pub mod signing;
pub mod timers;
