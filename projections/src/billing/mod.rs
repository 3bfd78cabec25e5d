//! Read models about time and what it costs (B1 to B5).

pub mod statement_lines;
pub mod statements;
pub mod support_accounts;
pub mod utilisation;
