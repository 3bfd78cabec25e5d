//! Why mutations on support accounts are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

/// An expected refusal of a mutation on support accounts.
#[derive(Debug, Clone, SimpleObject)]
pub struct BillingError {
    /// The fact that forbids it.
    pub code: BillingErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
    /// The limit that was exceeded. Null if the refusal is not about one.
    pub limit: Option<u64>,
    /// The moment the refusal is about. Null if there is none.
    pub until: Option<DateTime<Utc>>,
}

/// Why a mutation on support accounts is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum BillingErrorCode {
    /// The price is below nothing, has more cents than `limit`, or is no amount of money.
    PriceOutOfRange,
    /// The price is in another currency than everything so far.
    CurrencyFixed,
    /// The free minutes are below nothing or more than `limit`.
    PackageOutOfRange,
    /// The warning is not at 1 to 99 percent.
    WarningOutOfRange,
    /// The time zone does not exist.
    TimeZoneUnknown,
    /// The terms would hold from before `until`, which is now.
    InForceTooEarly,
    /// The terms would hold only from after `until`.
    InForceTooFar,
    /// The customer does not exist.
    CustomerNotFound,
    /// The month is not over.
    MonthNotOver,
    /// The statement is closed already.
    StatementClosed,
    /// An earlier statement with lines is open.
    EarlierStatementOpen,
    /// What was given is not an amount of money; the message says why.
    BadAmount,
    /// The amount is zero, negative, or has more cents than `limit`.
    AmountOutOfRange,
    /// The account is kept in another currency.
    OtherCurrency,
    /// The payment was received in the future or absurdly long ago.
    DateOutOfRange,
    /// The reference is empty, too long or unprintable.
    BadReference,
    /// The account has no such payment.
    PaymentNotFound,
    /// The payment was reversed already.
    PaymentReversed,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[BillingErrorCode])] = {
    use BillingErrorCode as Code;
    &[
        (
            "defineSupportTerms",
            &[
                Code::BadAmount,
                Code::PriceOutOfRange,
                Code::CurrencyFixed,
                Code::PackageOutOfRange,
                Code::WarningOutOfRange,
                Code::TimeZoneUnknown,
                Code::InForceTooEarly,
                Code::InForceTooFar,
            ],
        ),
        (
            "closeStatement",
            &[
                Code::CustomerNotFound,
                Code::MonthNotOver,
                Code::StatementClosed,
                Code::EarlierStatementOpen,
            ],
        ),
        (
            "recordPayment",
            &[
                Code::CustomerNotFound,
                Code::BadAmount,
                Code::AmountOutOfRange,
                Code::OtherCurrency,
                Code::DateOutOfRange,
                Code::BadReference,
            ],
        ),
        ("reversePayment", &[Code::PaymentNotFound, Code::PaymentReversed, Code::BadReason]),
    ]
};
