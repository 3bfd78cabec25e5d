//! The seal of the log: a tree over all events whose root is signed, so that somebody who does not
//! trust this program can prove that nobody changed, removed, inserted or moved an event since
//! (ADR 0084 to 0087, docs/audit.md).
//!
//! Invariants: the leaf of an event has the index `position − 1` and depends on nothing but what is
//! stored of the event; a checkpoint is signed only for a tree that contains the last one signed;
//! the last one signed is also kept outside the database, where a change to the database does not
//! reach it.

mod leaf;
mod note;
mod outside;
mod sealer;
mod store;
mod tree;
pub mod verify;

pub use note::{SealKey, Signed, open as open_checkpoint};
pub use outside::Outside;
pub use sealer::{SealError, Sealer};
pub use store::{Seal, find as seal, public_key, tile_for_strangers};
