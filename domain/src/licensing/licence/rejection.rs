//! The facts for which a change about a licence is refused.

use serde::{Deserialize, Serialize};

use crate::kernel::local::shown;
use crate::kernel::{Moment, TextProblem};
use crate::licensing::AccountNumberProblem;

/// Why a change about a licence is refused. `strum` gives each its public code, for example
/// `LICENCE_NOT_FOUND`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// No licence with this id was ever granted.
    #[error("the licence does not exist")]
    LicenceNotFound,
    /// This id was granted by another command already.
    #[error("the licence has already been granted")]
    AlreadyGranted,
    /// The named customer does not exist.
    #[error("the customer does not exist")]
    CustomerNotFound,
    /// The named product does not exist or is no longer offered.
    #[error("the product does not exist")]
    ProductNotFound,
    /// A rental ends at the end of its term (R1).
    #[error("a rental must have an end date")]
    EndMissing,
    /// An unlimited licence has no end.
    #[error("an unlimited licence cannot have an end date")]
    EndNotAllowed,
    /// The end is not after the beginning.
    #[error("the licence would end before it begins")]
    EndNotAfterStart,
    /// The beginning or the end is absurdly far.
    #[error("the licence must begin no earlier than {} and end no later than {}", shown(*.earliest), shown(*.latest))]
    TooFar {
        /// The first moment at which a licence can begin.
        earliest: Moment,
        /// The last at which one can begin or end.
        latest: Moment,
    },
    /// One of the accounts is no account number.
    #[error("an account number must have 1 to 20 Latin letters and digits")]
    BadAccountNumber(AccountNumberProblem),
    /// A key would be bound to more accounts than it has room for.
    #[error("a key can be bound to at most {most} accounts")]
    TooManyAccounts {
        /// The most there can be.
        most: usize,
    },
    /// A key is bound to an account at least.
    #[error("a key must be bound to at least one account")]
    AccountsMissing,
    /// The licence is bound to these accounts already.
    #[error("the licence is already bound to these accounts")]
    AccountsUnchanged,
    /// Only a rental is renewed; the other kinds have no term.
    #[error("only a rental can be renewed")]
    NotARental,
    /// A term has some months, and not absurdly many.
    #[error("the term must be from 1 to {most} months")]
    TermOutOfRange {
        /// The most there can be.
        most: u32,
    },
    /// The licence has not begun yet.
    #[error("the licence has not begun yet")]
    LicenceNotBegun,
    /// Another link was issued since.
    #[error("the link has been replaced by a newer one")]
    LinkReplaced,
    /// The link is no longer valid.
    #[error("the link has expired")]
    LinkExpired,
    /// The licence has come to its end; what goes on is a new one.
    #[error("the licence has ended")]
    LicenceExpired,
    /// The licence was revoked already.
    #[error("the licence has been revoked")]
    LicenceRevoked,
    /// The reason is empty, too long or unprintable.
    #[error("the reason is empty, too long or contains control characters")]
    BadReason(TextProblem),
}

impl Rejection {
    /// The public code, for example `LICENCE_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
