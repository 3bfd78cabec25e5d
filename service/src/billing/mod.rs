//! Support accounts: settling, statements, terms (B1 to B5).

pub mod messages;
pub mod print;
pub mod reactions;
pub mod terms;
pub mod use_cases;
