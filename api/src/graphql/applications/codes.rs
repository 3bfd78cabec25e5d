//! What mutations on applications and trading accounts may be refused for: one closed list each.

use async_graphql::Enum;
use strum::EnumString;

/// Why an application for free advisors is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ApplyForFreeAdvisorErrorCode {
    /// Free advisors are for real accounts, and this is a demo account.
    DemoAccount,
    /// There is no such broker.
    BrokerNotFound,
    /// Accounts with this broker bring no free advisors.
    BrokerNotPartner,
    /// The number is not 1 to 20 Latin letters and digits.
    AccountNumberMalformed,
    /// No product is named.
    ProductMissing,
    /// More products are named than `limit`.
    TooManyProducts,
    /// A product is named twice.
    ProductTwice,
    /// There is no such product on offer.
    ProductNotFound,
    /// The product is not given free.
    ProductNotFree,
    /// What was given is no amount of money; the message says why.
    BadAmount,
    /// The deposit is below nothing, absurdly high.
    DepositOutOfRange,
    /// The deposit does not cover the minimum deposits.
    DepositTooSmall,
    /// In the account's currency no minimum deposit is set, and what the deposit is worth is unknown.
    CurrencyNotAccepted,
    /// A month has not passed since the last advisor on this account, until `retryAt`, and the deposit
    /// does not cover all of them.
    MonthNotPassed,
    /// The comment is empty, too long or unprintable.
    BadComment,
}

/// Why an application for a rented program is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ApplyForRentalDownloadErrorCode {
    /// There is no such product on offer.
    ProductNotFound,
    /// The day on which the rental begins is missing.
    StartMissing,
    /// The rental would begin absurdly far from now.
    StartOutOfRange,
    /// The rental has no months, or more than `limit`.
    MonthsOutOfRange,
    /// The rental is over already.
    TermOver,
    /// The comment is empty, too long or unprintable.
    BadComment,
}

/// Why an application for a bought program is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ApplyForLicenceUpdateErrorCode {
    /// There is no such product on offer.
    ProductNotFound,
    /// It was bought in the future or absurdly long ago.
    PurchaseOutOfRange,
    /// The seller is empty, too long or unprintable.
    BadSeller,
    /// The reference is empty, too long or unprintable.
    BadReference,
    /// The comment is empty, too long or unprintable.
    BadComment,
}

/// Why an application is not withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum WithdrawApplicationErrorCode {
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// The application was approved.
    ApplicationApproved,
    /// The application was declined.
    ApplicationDeclined,
    /// The application was withdrawn.
    ApplicationWithdrawn,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Why an application is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum TakeApplicationErrorCode {
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// The caller has taken it already.
    AlreadyTaken,
    /// Another has taken it.
    TakenByAnother,
    /// The application was approved.
    ApplicationApproved,
    /// The application was declined.
    ApplicationDeclined,
    /// The application was withdrawn.
    ApplicationWithdrawn,
}

/// Why an application is not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ApproveApplicationErrorCode {
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// Nobody has taken the application yet.
    ApplicationNotTaken,
    /// Another has taken it.
    TakenByAnother,
    /// The application was approved.
    ApplicationApproved,
    /// The application was declined.
    ApplicationDeclined,
    /// The application was withdrawn.
    ApplicationWithdrawn,
    /// The rental is over already.
    TermOver,
    /// There is no such product on offer.
    ProductNotFound,
    /// The product is not given free.
    ProductNotFree,
    /// No deposit on the account is shown.
    DepositNotShown,
    /// The deposit does not cover the minimum deposits.
    DepositTooSmall,
    /// In the account's currency no minimum deposit is set, and what the deposit is worth is unknown.
    CurrencyNotAccepted,
    /// A month has not passed since the last advisor on this account, until `retryAt`, and the deposit
    /// does not cover all of them.
    MonthNotPassed,
    /// No trading is shown since the last advisor on this account, and the deposit does not cover
    /// all of them.
    TradingNotShown,
}

/// Why an application is not declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DeclineApplicationErrorCode {
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// Nobody has taken the application yet.
    ApplicationNotTaken,
    /// Another has taken it.
    TakenByAnother,
    /// The application was approved.
    ApplicationApproved,
    /// The application was declined.
    ApplicationDeclined,
    /// The application was withdrawn.
    ApplicationWithdrawn,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Why a decision is not overridden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum OverrideDecisionErrorCode {
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// The application was approved.
    ApplicationApproved,
    /// The application was withdrawn.
    ApplicationWithdrawn,
    /// The rental is over already.
    TermOver,
    /// There is no such product on offer.
    ProductNotFound,
    /// The product is not given free.
    ProductNotFree,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Why an application is not measured anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RemeasureApplicationErrorCode {
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Why no ticket is opened about an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum OpenApplicationTicketErrorCode {
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// There is a ticket about it already.
    TicketAlreadyOpened,
    /// There is no such category on offer.
    CategoryNotFound,
    /// The subject is empty, too long or unprintable.
    BadSubject,
    /// The text is empty, too long or unprintable.
    BadText,
}

/// Why a deposit is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordDepositErrorCode {
    /// There is no such broker.
    BrokerNotFound,
    /// Accounts with this broker bring no free advisors.
    BrokerNotPartner,
    /// The number is not 1 to 20 Latin letters and digits.
    AccountNumberMalformed,
    /// What was given is no amount of money; the message says why.
    BadAmount,
    /// The deposit is below nothing, absurdly high.
    DepositOutOfRange,
    /// What the deposit is worth is said in its own currency.
    WorthInSameCurrency,
    /// The evidence is of the future, or absurdly old.
    EvidenceOutOfRange,
}

/// Why trading is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RecordTradingActivityErrorCode {
    /// There is no such broker.
    BrokerNotFound,
    /// Accounts with this broker bring no free advisors.
    BrokerNotPartner,
    /// The number is not 1 to 20 Latin letters and digits.
    AccountNumberMalformed,
    /// The period ends before it begins, or the last trade is outside of it.
    PeriodOutOfOrder,
    /// There cannot be so many trades.
    TradesOutOfRange,
    /// The evidence is of the future, or absurdly old.
    EvidenceOutOfRange,
}

/// Why evidence is not retracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RetractEvidenceErrorCode {
    /// Nothing is known of such an account.
    AccountNotFound,
    /// The account has no such evidence.
    EvidenceNotFound,
    /// The evidence counts no more.
    EvidenceRetracted,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Why a broker's report is not read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ImportBrokerReportErrorCode {
    /// The report is too large.
    TooLarge,
    /// The report's first line is not the one that it must be.
    WrongHeading,
    /// There is no such broker.
    BrokerNotFound,
    /// Accounts with this broker bring no free advisors.
    BrokerNotPartner,
}
