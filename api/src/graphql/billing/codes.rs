//! The closed list of refusals of each mutation on terms, statements and payments. `strum` reads a
//! code by the name that the domain's rejection has.

use async_graphql::Enum;
use strum::EnumString;

/// Why new terms of support are not defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DefineSupportTermsErrorCode {
    /// What was given is no amount of money; the message says why.
    BadAmount,
    /// The price is below nothing, has more cents than `limit`, or is no amount of money.
    PriceOutOfRange,
    /// The price is in another currency than everything so far.
    CurrencyFixed,
    /// The free minutes are below nothing or more than `limit`.
    PackageOutOfRange,
    /// The warning is not at 1 to 99 percent.
    WarningOutOfRange,
    /// There is no such time zone.
    TimeZoneUnknown,
    /// The terms would hold from before `until`, which is now.
    InForceTooEarly,
    /// The terms would hold only from after `until`.
    InForceTooFar,
}

/// Why a statement is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum CloseStatementErrorCode {
    /// There is no such customer.
    CustomerNotFound,
    /// The month is not over.
    MonthNotOver,
    /// The statement is closed already.
    StatementClosed,
    /// An earlier statement with lines is open.
    EarlierStatementOpen,
}

/// Why a payment is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordPaymentErrorCode {
    /// There is no such customer.
    CustomerNotFound,
    /// What was given is no amount of money; the message says why.
    BadAmount,
    /// The amount is nothing, below nothing, has more cents than `limit`, or is no amount of money.
    AmountOutOfRange,
    /// The account is kept in another currency.
    OtherCurrency,
    /// The payment was received in the future or absurdly long ago.
    DateOutOfRange,
    /// The reference is empty, too long or unprintable.
    BadReference,
}

/// Why a payment is not reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReversePaymentErrorCode {
    /// The account has no such payment.
    PaymentNotFound,
    /// The payment was reversed already.
    PaymentReversed,
    /// The reason is empty, too long or unprintable.
    BadReason,
}
