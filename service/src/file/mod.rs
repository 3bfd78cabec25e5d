//! Files that people send (T2): asking to send one, taking its bytes, attaching it to a message,
//! who may download it, and what becomes of those that nobody needs.

pub mod attaching;
pub mod downloading;
pub mod expiry;
pub mod messages;
pub mod reactions;
pub mod receiving;
pub mod store;
pub mod uploading;
