//! How customers get in by their own door (T6, F1): who has an e-mail address, and with what a
//! person logs in.
//!
//! Two aggregates. [`EmailClaim`] is one per address: it alone decides whose the address is, so an
//! address is never two people's, under any concurrency. [`Login`] is one per person: it alone
//! decides which password counts and which sessions last, so that a change of the password ends
//! every other session, even one that is being started at the same moment.
//!
//! Passwords and tokens are in no event; not even a password's hash is, because what is in the log
//! cannot be taken out of it.

pub mod address;
pub mod claim;
pub mod login;
pub mod password;
pub mod rejection;

pub use address::EmailAddress;
pub use claim::{EmailClaim, EmailClaimEvent, EmailClaimId};
pub use login::{Login, LoginEvent, LoginId, Session, SessionId};
pub use password::{Password, PasswordId};
pub use rejection::Rejection;
