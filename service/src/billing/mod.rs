//! Support accounts: settling, statements, terms (B1 to B5).

pub mod accounting;
pub mod defining;
pub mod messages;
pub mod print;
pub mod reactions;
pub mod terms;
