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
    #[error("there is no such application")]
    ApplicationNotFound,
    /// This id was submitted by another command already.
    #[error("the application was submitted already")]
    AlreadySubmitted,
    /// Free advisors are for real accounts (F2).
    #[error("free advisors are for real accounts, and this is a demo account")]
    DemoAccount,
    /// No product was named.
    #[error("no product is named")]
    ProductMissing,
    /// Too many products were named.
    #[error("at most {max} products can be applied for at once")]
    TooManyProducts {
        /// The most products.
        max: usize,
    },
    /// A product was named twice.
    #[error("a product is named twice")]
    ProductTwice,
    /// A rental begins on a day that must be said (R1).
    #[error("the day on which the rental begins is missing")]
    StartMissing,
    /// The rental would begin absurdly far from now.
    #[error("a rental begins from {earliest} to {latest}")]
    StartOutOfRange {
        /// The first day.
        earliest: NaiveDate,
        /// The last day.
        latest: NaiveDate,
    },
    /// The rental has no months or absurdly many.
    #[error("a rental is for 1 to {max} months")]
    MonthsOutOfRange {
        /// The most months.
        max: u16,
    },
    /// The rental is over already.
    #[error("the rental is over already")]
    TermOver,
    /// It was bought in the future or absurdly long ago.
    #[error("a purchase was made from {earliest} to {latest}")]
    PurchaseOutOfRange {
        /// The first day.
        earliest: NaiveDate,
        /// The last day: today.
        latest: NaiveDate,
    },
    /// The seller is empty, too long or unprintable.
    #[error("the seller is not 1 to so many printable characters")]
    BadSeller(TextProblem),
    /// The reference is empty, too long or unprintable.
    #[error("the reference is not 1 to so many printable characters")]
    BadReference(TextProblem),
    /// The comment is empty, too long or unprintable.
    #[error("the comment is not 1 to so many printable characters")]
    BadComment(TextProblem),
    /// The reason is empty, too long or unprintable.
    #[error("the reason is not 1 to so many printable characters")]
    BadReason(TextProblem),
    /// The subject is empty, too long or unprintable.
    #[error("the subject is not 1 to so many printable characters")]
    BadSubject(TextProblem),
    /// The text is empty, too long or unprintable.
    #[error("the text is not 1 to so many printable characters")]
    BadText(TextProblem),
    /// Somebody has taken it already.
    #[error("the application was taken by another")]
    TakenByAnother,
    /// The caller has taken it already.
    #[error("the application was taken already")]
    AlreadyTaken,
    /// It is decided by who took it, and nobody has.
    #[error("the application was not taken yet")]
    ApplicationNotTaken,
    /// It is for free advisors, which its trading account grants, and has not.
    #[error("the trading account has granted nothing")]
    GrantMissing,
    /// Only a manager decides this (F8, S4).
    #[error("only a manager decides this")]
    ManagerNeeded,
    /// It was approved.
    #[error("the application was approved")]
    ApplicationApproved,
    /// It was declined.
    #[error("the application was declined")]
    ApplicationDeclined,
    /// It was withdrawn.
    #[error("the application was withdrawn")]
    ApplicationWithdrawn,
    /// It is talked about in a ticket already.
    #[error("there is a ticket about the application already")]
    TicketAlreadyOpened,
    /// There is no such category on offer.
    #[error("there is no such category")]
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
