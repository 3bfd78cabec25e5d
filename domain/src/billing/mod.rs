//! Billing: free support time that comes with licences, and what is charged beyond it (rules B1
//! to B5).
//!
//! Time is logged on tickets. Here is what follows from it: the terms by version, and per customer
//! an account that draws free minutes, charges the rest, and is billed by monthly statements.

pub mod account;
pub mod terms;

pub use account::{AccountEvent, PaymentId, SupportAccount, SupportAccountId, account_of};
pub use terms::{InForce, SupportTerms, Terms, TermsEvent, Version, support_terms_id};
