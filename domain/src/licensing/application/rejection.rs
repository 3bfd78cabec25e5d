//! The facts for which a change about an application is refused.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::kernel::TextProblem;
use crate::licensing::trading_account;

/// Why a change about an application is refused. `strum` gives each its public code, for example
/// `DEMO_ACCOUNT`; what the account's rule refuses has the rule's.
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
    /// There is no such application, or it is another customer's.
    #[error("the application does not exist")]
    ApplicationNotFound,
    /// This id was submitted by another command already.
    #[error("the application has already been submitted")]
    AlreadySubmitted,
    /// Free advisors are for real accounts (F2).
    #[error("free advisors are for real accounts only, and this is a demo account")]
    DemoAccount,
    /// No product was named.
    #[error("select at least one product")]
    ProductMissing,
    /// Too many products were named.
    #[error("you can apply for at most {max} products at once")]
    TooManyProducts {
        /// The most products.
        max: usize,
    },
    /// A product was named twice.
    #[error("a product is selected twice")]
    ProductTwice,
    /// A rental begins on a day that must be said (R1).
    #[error("the start date of the rental is missing")]
    StartMissing,
    /// The rental would begin absurdly far from now.
    #[error("the rental must start from {earliest} to {latest}")]
    StartOutOfRange {
        /// The first day.
        earliest: NaiveDate,
        /// The last day.
        latest: NaiveDate,
    },
    /// The rental has no months or absurdly many.
    #[error("the rental must be for 1 to {max} months")]
    MonthsOutOfRange {
        /// The most months.
        max: u16,
    },
    /// The rental is over already.
    #[error("the rental would already be over")]
    TermOver,
    /// It was bought in the future or absurdly long ago.
    #[error("the date of purchase must be from {earliest} to {latest}")]
    PurchaseOutOfRange {
        /// The first day.
        earliest: NaiveDate,
        /// The last day: today.
        latest: NaiveDate,
    },
    /// The seller is empty, too long or unprintable.
    #[error("the seller is empty, too long or contains control characters")]
    BadSeller(TextProblem),
    /// The reference is empty, too long or unprintable.
    #[error("the reference is empty, too long or contains control characters")]
    BadReference(TextProblem),
    /// The comment is empty, too long or unprintable.
    #[error("the comment is empty, too long or contains control characters")]
    BadComment(TextProblem),
    /// The reason is empty, too long or unprintable.
    #[error("the reason is empty, too long or contains control characters")]
    BadReason(TextProblem),
    /// The subject is empty, too long or unprintable.
    #[error("the subject is empty, too long or contains control characters")]
    BadSubject(TextProblem),
    /// The text is empty, too long or unprintable.
    #[error("the text is empty, too long or contains control characters")]
    BadText(TextProblem),
    /// Somebody has taken it already.
    #[error("another agent has taken the application")]
    TakenByAnother,
    /// The caller has taken it already.
    #[error("the application has already been taken")]
    AlreadyTaken,
    /// It is decided by who took it, and nobody has.
    #[error("nobody has taken the application yet")]
    ApplicationNotTaken,
    /// It is for free advisors, which its trading account grants, and has not.
    #[error("the trading account has not granted anything for this application")]
    GrantMissing,
    /// Only a manager decides this (F8, S4).
    #[error("only a manager can do this")]
    ManagerNeeded,
    /// It was approved.
    #[error("the application has been approved")]
    ApplicationApproved,
    /// It was declined.
    #[error("the application has been declined")]
    ApplicationDeclined,
    /// It was withdrawn.
    #[error("the application has been withdrawn")]
    ApplicationWithdrawn,
    /// It is talked about in a ticket already.
    #[error("a ticket about the application already exists")]
    TicketAlreadyOpened,
    /// There is no such category on offer.
    #[error("the category does not exist")]
    CategoryNotFound,
    /// What the trading account says: its broker, its number, or the rule (F3, F4).
    #[error("{0}")]
    Account(trading_account::Rejection),
}

impl From<trading_account::Rejection> for Rejection {
    fn from(rejection: trading_account::Rejection) -> Self {
        Self::Account(rejection)
    }
}

impl Rejection {
    /// The public code, for example `DEMO_ACCOUNT`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Account(rejection) => rejection.code(),
            other => other.into(),
        }
    }
}
