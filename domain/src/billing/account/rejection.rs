//! The facts for which a change on a support account is refused.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::kernel::money::in_units;
use crate::kernel::{AmountProblem, Currency, Month, TextProblem};

/// Why a change on a support account is refused. `strum` gives each its public code, for example
/// `STATEMENT_CLOSED`.
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
    /// The named customer does not exist.
    #[error("the customer does not exist")]
    CustomerNotFound,
    /// Time that was never settled cannot be given back.
    #[error("the time entry has not been settled yet")]
    WorkNotSettled,
    /// The month is not over, so work may still be done in it.
    #[error("the month has not ended yet")]
    MonthNotOver,
    /// The month's statement is closed already.
    #[error("the statement is already closed")]
    StatementClosed,
    /// Statements are closed in order, and one with lines before this one is open.
    #[error("the statement for {month} must be closed first")]
    EarlierStatementOpen {
        /// The first that is open.
        month: Month,
    },
    /// What was given is no amount of money.
    #[error("{0}")]
    BadAmount(AmountProblem),
    /// The amount is nothing, below nothing, or absurdly high.
    #[error("the amount must be from 0.01 to {}", in_units(*.max_cents))]
    AmountOutOfRange {
        /// The most cents of one payment.
        max_cents: i64,
    },
    /// The account is kept in another currency.
    #[error("the account's currency is {currency}")]
    OtherCurrency {
        /// The account's.
        currency: Currency,
    },
    /// The payment was received in the future or absurdly long ago.
    #[error("the date of the payment must be from {earliest} to {latest}")]
    DateOutOfRange {
        /// The first day.
        earliest: NaiveDate,
        /// The last day: today.
        latest: NaiveDate,
    },
    /// The reference is empty, too long or unprintable.
    #[error("the reference is empty, too long or contains control characters")]
    BadReference(TextProblem),
    /// The reason is empty, too long or unprintable.
    #[error("the reason is empty, too long or contains control characters")]
    BadReason(TextProblem),
    /// The account has no such payment.
    #[error("the payment does not exist")]
    PaymentNotFound,
    /// The payment was reversed already.
    #[error("the payment has already been reversed")]
    PaymentReversed,
}

impl Rejection {
    /// The public code, for example `STATEMENT_CLOSED`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
