//! Why mutations on licences, releases, applications and trading accounts are refused: one closed
//! list of codes, and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

use crate::graphql::applications::eligibility::MissingCondition;
use crate::graphql::mutation::{input_field, parse_code};
use servicedesk_service::error::ApiError;

/// An expected refusal of a mutation on licences, releases, applications or trading accounts.
#[derive(Debug, Clone, SimpleObject)]
pub struct LicensingError {
    /// The fact that forbids it.
    pub code: LicensingErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
    /// The limit that was exceeded. Null if the refusal is not about one.
    pub limit: Option<u64>,
    /// The moment the refusal is about: until when it was possible, or the latest moment
    /// allowed. Null if there is none.
    pub until: Option<DateTime<Utc>>,
    /// When the same request may be allowed, if only time is missing (F4).
    pub retry_at: Option<DateTime<Utc>>,
    /// The conditions that are missing, if a rule lists them (F4).
    pub missing: Option<Vec<MissingCondition>>,
}

impl LicensingError {
    /// A refusal with no further facts.
    ///
    /// # Errors
    /// `Internal` if the code is missing in the list.
    pub(in crate::graphql) fn new(code: &str, message: String) -> Result<Self, ApiError> {
        let code = parse_code(code)?;
        let (field, limit, until, retry_at, missing) = (None, None, None, None, None);
        Ok(Self { code, message, field, limit, until, retry_at, missing })
    }

    /// The input field at fault.
    pub(in crate::graphql) fn of_field(self, name: &str) -> Self {
        Self { field: Some(input_field(name)), ..self }
    }

    /// The limit that was exceeded.
    pub(in crate::graphql) fn with_limit(self, limit: impl TryInto<u64>) -> Self {
        Self { limit: limit.try_into().ok(), ..self }
    }

    /// The moment that the refusal is about.
    pub(in crate::graphql) fn with_moment(self, until: DateTime<Utc>) -> Self {
        Self { until: Some(until), ..self }
    }
}

/// Why a mutation on licences, releases, applications or trading accounts is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum LicensingErrorCode {
    /// The customer does not exist.
    CustomerNotFound,
    /// The product does not exist, or is no longer offered.
    ProductNotFound,
    /// A rental needs an end.
    EndMissing,
    /// An unlimited licence has no end.
    EndNotAllowed,
    /// The licence would end before it begins.
    EndNotAfterStart,
    /// The licence would begin more than ten years ago, or begin or end more than ten years ahead,
    /// after `until`.
    TooFar,
    /// An account number has 1 to 20 digits and Latin letters.
    BadAccountNumber,
    /// A key is bound to at most `limit` accounts.
    TooManyAccounts,
    /// The licence does not exist, or is another customer's.
    LicenceNotFound,
    /// The licence was revoked already.
    LicenceRevoked,
    /// The reason is empty, too long, or contains unprintable characters.
    BadReason,
    /// The licence has ended.
    LicenceExpired,
    /// A key is bound to at least one account.
    AccountsMissing,
    /// The licence is bound to these accounts already.
    AccountsUnchanged,
    /// Only a rental can be renewed.
    NotARental,
    /// A term is 1 to `limit` months.
    TermOutOfRange,
    /// A version has 1 to 50 Latin letters, digits and `.+-_`.
    BadVersion,
    /// The notes are empty, too long, or contain unprintable characters.
    BadNotes,
    /// A file name has 1 to 100 Latin letters, digits and `.+-_`, and begins with a letter or
    /// digit.
    BadFileName,
    /// The file is empty or longer than `limit` bytes.
    SizeOutOfRange,
    /// A SHA-256 has 64 hexadecimal digits.
    BadChecksum,
    /// This version was published already.
    VersionPublished,
    /// The release does not exist.
    ReleaseNotFound,
    /// The release is not published yet.
    ReleaseNotPublished,
    /// The release was withdrawn already.
    ReleaseWithdrawn,
    /// Free advisors are for real accounts, and this is a demo account.
    DemoAccount,
    /// The broker does not exist, or is no longer listed.
    BrokerNotFound,
    /// The broker is not a partner: there are no free advisors for its accounts.
    BrokerNotPartner,
    /// No product is named.
    ProductMissing,
    /// At most `limit` products can be applied for at once.
    TooManyProducts,
    /// A product is named twice.
    ProductTwice,
    /// The product is not given free.
    ProductNotFree,
    /// It is not an amount of money; the message says why.
    BadAmount,
    /// The deposit is negative or impossibly high.
    DepositOutOfRange,
    /// The deposit does not cover the minimum deposits.
    DepositTooSmall,
    /// No minimum deposit is set in the currency of the account, and what the deposit is worth in
    /// another one is unknown.
    CurrencyNotAccepted,
    /// A month since the last advisor on this account passes at `retryAt`, and the deposit does not
    /// cover all advisors.
    MonthNotPassed,
    /// The comment is empty, too long, or contains unprintable characters.
    BadComment,
    /// The day on which the rental begins is missing.
    StartMissing,
    /// The rental would begin too far from now.
    StartOutOfRange,
    /// A rental is for 1 to `limit` months.
    MonthsOutOfRange,
    /// The rental would be over already.
    TermOver,
    /// The day of the purchase is in the future, or too long ago.
    PurchaseOutOfRange,
    /// The seller is empty, too long, or contains unprintable characters.
    BadSeller,
    /// The reference is empty, too long, or contains unprintable characters.
    BadReference,
    /// The application does not exist, or is another customer's.
    ApplicationNotFound,
    /// The application was approved.
    ApplicationApproved,
    /// The application was declined.
    ApplicationDeclined,
    /// The application was withdrawn.
    ApplicationWithdrawn,
    /// The caller has taken the application already.
    AlreadyTaken,
    /// Somebody else has taken the application.
    TakenByAnother,
    /// Nobody has taken the application yet.
    ApplicationNotTaken,
    /// There is no evidence of a deposit on the account.
    DepositNotShown,
    /// There is no evidence of trading since the last advisor on this account, and the deposit does
    /// not cover all advisors.
    TradingNotShown,
    /// There is a ticket about the application already.
    TicketAlreadyOpened,
    /// The category does not exist, or is no longer offered.
    CategoryNotFound,
    /// The subject is empty, too long, or contains unprintable characters.
    BadSubject,
    /// The text is empty, too long, or contains unprintable characters.
    BadText,
    /// The `worth` of the deposit is in the same currency as its amount.
    WorthInSameCurrency,
    /// The evidence is about the future, or too old.
    EvidenceOutOfRange,
    /// The period ends before it begins, or the last trade is outside it.
    PeriodOutOfOrder,
    /// The number of trades is not 0 to `limit`.
    TradesOutOfRange,
    /// The account is unknown.
    AccountNotFound,
    /// The evidence does not exist on this account.
    EvidenceNotFound,
    /// The evidence no longer counts.
    EvidenceRetracted,
    /// The report is too large.
    TooLarge,
    /// The first line of the report is not the required heading.
    WrongHeading,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[LicensingErrorCode])] = {
    use LicensingErrorCode as Code;
    &[
        (
            "grantLicence",
            &[
                Code::CustomerNotFound,
                Code::ProductNotFound,
                Code::EndMissing,
                Code::EndNotAllowed,
                Code::EndNotAfterStart,
                Code::TooFar,
                Code::BadAccountNumber,
                Code::TooManyAccounts,
            ],
        ),
        ("revokeLicence", &[Code::LicenceNotFound, Code::LicenceRevoked, Code::BadReason]),
        (
            "rebindLicence",
            &[
                Code::LicenceNotFound,
                Code::LicenceRevoked,
                Code::LicenceExpired,
                Code::AccountsMissing,
                Code::AccountsUnchanged,
                Code::BadAccountNumber,
                Code::TooManyAccounts,
                Code::BadReason,
            ],
        ),
        (
            "renewLicence",
            &[
                Code::LicenceNotFound,
                Code::LicenceRevoked,
                Code::LicenceExpired,
                Code::NotARental,
                Code::TermOutOfRange,
                Code::TooFar,
            ],
        ),
        ("issueDownloadLink", &[Code::LicenceNotFound, Code::LicenceRevoked, Code::LicenceExpired]),
        (
            "publishRelease",
            &[
                Code::ProductNotFound,
                Code::BadVersion,
                Code::BadNotes,
                Code::BadFileName,
                Code::SizeOutOfRange,
                Code::BadChecksum,
                Code::VersionPublished,
            ],
        ),
        (
            "withdrawRelease",
            &[
                Code::ReleaseNotFound,
                Code::ReleaseNotPublished,
                Code::ReleaseWithdrawn,
                Code::BadReason,
            ],
        ),
        (
            "applyForFreeAdvisor",
            &[
                Code::DemoAccount,
                Code::BrokerNotFound,
                Code::BrokerNotPartner,
                Code::BadAccountNumber,
                Code::ProductMissing,
                Code::TooManyProducts,
                Code::ProductTwice,
                Code::ProductNotFound,
                Code::ProductNotFree,
                Code::BadAmount,
                Code::DepositOutOfRange,
                Code::DepositTooSmall,
                Code::CurrencyNotAccepted,
                Code::MonthNotPassed,
                Code::BadComment,
            ],
        ),
        (
            "applyForRentalDownload",
            &[
                Code::ProductNotFound,
                Code::StartMissing,
                Code::StartOutOfRange,
                Code::MonthsOutOfRange,
                Code::TermOver,
                Code::BadComment,
            ],
        ),
        (
            "applyForLicenceUpdate",
            &[
                Code::ProductNotFound,
                Code::PurchaseOutOfRange,
                Code::BadSeller,
                Code::BadReference,
                Code::BadComment,
            ],
        ),
        (
            "withdrawApplication",
            &[
                Code::ApplicationNotFound,
                Code::ApplicationApproved,
                Code::ApplicationDeclined,
                Code::ApplicationWithdrawn,
                Code::BadReason,
            ],
        ),
        (
            "takeApplication",
            &[
                Code::ApplicationNotFound,
                Code::AlreadyTaken,
                Code::TakenByAnother,
                Code::ApplicationApproved,
                Code::ApplicationDeclined,
                Code::ApplicationWithdrawn,
            ],
        ),
        (
            "approveApplication",
            &[
                Code::ApplicationNotFound,
                Code::ApplicationNotTaken,
                Code::TakenByAnother,
                Code::ApplicationApproved,
                Code::ApplicationDeclined,
                Code::ApplicationWithdrawn,
                Code::TermOver,
                Code::ProductNotFound,
                Code::ProductNotFree,
                Code::DepositNotShown,
                Code::DepositTooSmall,
                Code::CurrencyNotAccepted,
                Code::MonthNotPassed,
                Code::TradingNotShown,
            ],
        ),
        (
            "declineApplication",
            &[
                Code::ApplicationNotFound,
                Code::ApplicationNotTaken,
                Code::TakenByAnother,
                Code::ApplicationApproved,
                Code::ApplicationDeclined,
                Code::ApplicationWithdrawn,
                Code::BadReason,
            ],
        ),
        (
            "overrideDecision",
            &[
                Code::ApplicationNotFound,
                Code::ApplicationApproved,
                Code::ApplicationWithdrawn,
                Code::TermOver,
                Code::ProductNotFound,
                Code::ProductNotFree,
                Code::BadReason,
            ],
        ),
        ("remeasureApplication", &[Code::ApplicationNotFound, Code::BadReason]),
        (
            "openApplicationTicket",
            &[
                Code::ApplicationNotFound,
                Code::TicketAlreadyOpened,
                Code::CategoryNotFound,
                Code::BadSubject,
                Code::BadText,
            ],
        ),
        (
            "recordDeposit",
            &[
                Code::BrokerNotFound,
                Code::BrokerNotPartner,
                Code::BadAccountNumber,
                Code::BadAmount,
                Code::DepositOutOfRange,
                Code::WorthInSameCurrency,
                Code::EvidenceOutOfRange,
            ],
        ),
        (
            "recordTradingActivity",
            &[
                Code::BrokerNotFound,
                Code::BrokerNotPartner,
                Code::BadAccountNumber,
                Code::PeriodOutOfOrder,
                Code::TradesOutOfRange,
                Code::EvidenceOutOfRange,
            ],
        ),
        (
            "retractEvidence",
            &[
                Code::AccountNotFound,
                Code::EvidenceNotFound,
                Code::EvidenceRetracted,
                Code::BadReason,
            ],
        ),
        (
            "importBrokerReport",
            &[Code::TooLarge, Code::WrongHeading, Code::BrokerNotFound, Code::BrokerNotPartner],
        ),
    ]
};
