//! The facts for which a change about a licence is refused.

use serde::{Deserialize, Serialize};

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
    #[error("there is no such licence")]
    LicenceNotFound,
    /// This id was granted by another command already.
    #[error("the licence was granted already")]
    AlreadyGranted,
    /// The named customer does not exist.
    #[error("there is no such customer")]
    CustomerNotFound,
    /// The named product does not exist or is no longer offered.
    #[error("there is no such product")]
    ProductNotFound,
    /// A rental ends at the end of its term (R1).
    #[error("a rental needs an end")]
    EndMissing,
    /// An unlimited licence has no end.
    #[error("an unlimited licence has no end")]
    EndNotAllowed,
    /// The end is not after the beginning.
    #[error("the licence would end before it begins")]
    EndNotAfterStart,
    /// The beginning or the end is absurdly far.
    #[error("the licence would begin before {earliest} or end after {latest}")]
    TooFar {
        /// The first moment at which a licence can begin.
        earliest: Moment,
        /// The last at which one can begin or end.
        latest: Moment,
    },
    /// One of the accounts is no account number.
    #[error("an account number has 1 to 20 digits and Latin letters")]
    BadAccountNumber(AccountNumberProblem),
    /// A key would be bound to more accounts than it has room for.
    #[error("a key is bound to {most} accounts at most")]
    TooManyAccounts {
        /// The most there can be.
        most: usize,
    },
    /// A key is bound to an account at least.
    #[error("a key is bound to one account at least")]
    AccountsMissing,
    /// The licence is bound to these accounts already.
    #[error("the licence is bound to these accounts already")]
    AccountsUnchanged,
    /// Only a rental is renewed; the other kinds have no term.
    #[error("only a rental is renewed")]
    NotARental,
    /// A term has some months, and not absurdly many.
    #[error("a term has 1 to {most} months")]
    TermOutOfRange {
        /// The most there can be.
        most: u32,
    },
    /// The licence has not begun yet.
    #[error("the licence has not begun yet")]
    LicenceNotBegun,
    /// Another link was issued since.
    #[error("the link was replaced by another")]
    LinkReplaced,
    /// The link is good no more.
    #[error("the link has expired")]
    LinkExpired,
    /// The licence has come to its end; what goes on is a new one.
    #[error("the licence has ended")]
    LicenceExpired,
    /// The licence was revoked already.
    #[error("the licence was revoked already")]
    LicenceRevoked,
    /// The reason is empty, too long or unprintable.
    #[error("the reason is not 1 to so many printable characters")]
    BadReason(TextProblem),
}

impl Rejection {
    /// The public code, for example `LICENCE_NOT_FOUND`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
