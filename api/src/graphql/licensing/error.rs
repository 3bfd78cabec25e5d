//! Why mutations on licences, applications and trading accounts are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

use crate::graphql::applications::eligibility::MissingCondition;

/// An expected refusal of a mutation on licences, applications and trading accounts.
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

/// Why a mutation on licences, applications and trading accounts is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum LicensingErrorCode {
    /// The customer does not exist.
    CustomerNotFound,
    /// The product on offer does not exist.
    ProductNotFound,
    /// A rental needs an end.
    EndMissing,
    /// An unlimited licence has no end.
    EndNotAllowed,
    /// The licence would end before it begins.
    EndNotAfterStart,
    /// The licence would begin absurdly long ago, or begin or end absurdly far ahead: after
    /// `until`.
    TooFar,
    /// An account number has 1 to 20 digits and Latin letters.
    BadAccountNumber,
    /// There are more accounts than a key has room for: `limit`.
    TooManyAccounts,
    /// The licence does not exist.
    LicenceNotFound,
    /// The licence was revoked already.
    LicenceRevoked,
    /// The reason is empty, too long or unprintable.
    BadReason,
    /// The licence has ended.
    LicenceExpired,
    /// A key is bound to one account at least.
    AccountsMissing,
    /// The licence is bound to these accounts already.
    AccountsUnchanged,
    /// Only a rental is renewed.
    NotARental,
    /// A term has some months, and not absurdly many: `limit`.
    TermOutOfRange,
    /// A version has 1 to 50 Latin letters, digits and `.+-_`.
    BadVersion,
    /// The notes are empty, too long or unprintable.
    BadNotes,
    /// A file name has 1 to 100 Latin letters, digits and `.+-_`, and begins with none of
    /// these marks.
    BadFileName,
    /// The file is empty, or longer than `limit` bytes.
    SizeOutOfRange,
    /// A SHA-256 has 64 hexadecimal digits.
    BadChecksum,
    /// This version was published already.
    VersionPublished,
    /// The release does not exist.
    ReleaseNotFound,
    /// The release was not published yet.
    ReleaseNotPublished,
    /// The release was withdrawn already.
    ReleaseWithdrawn,
    /// Free advisors are for real accounts, and this is a demo account.
    DemoAccount,
    /// The broker does not exist.
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
    /// The product is not given free.
    ProductNotFree,
    /// The deposit is below nothing, absurdly high, or no amount of money.
    DepositOutOfRange,
    /// The deposit does not cover the minimum deposits.
    DepositTooSmall,
    /// In the account's currency no minimum deposit is set, and what the deposit is worth
    /// is unknown.
    CurrencyNotAccepted,
    /// A month has not passed since the last advisor on this account, until `retryAt`, and
    /// the deposit does not cover all of them.
    MonthNotPassed,
    /// The comment is empty, too long or unprintable.
    BadComment,
    /// The day on which the rental begins is missing.
    StartMissing,
    /// The rental would begin absurdly far from now.
    StartOutOfRange,
    /// The rental has no months, or more than `limit`.
    MonthsOutOfRange,
    /// The rental is over already.
    TermOver,
    /// It was bought in the future or absurdly long ago.
    PurchaseOutOfRange,
    /// The seller is empty, too long or unprintable.
    BadSeller,
    /// The reference is empty, too long or unprintable.
    BadReference,
    /// There is no such application, or it is another customer's.
    ApplicationNotFound,
    /// The application was approved.
    ApplicationApproved,
    /// The application was declined.
    ApplicationDeclined,
    /// The application was withdrawn.
    ApplicationWithdrawn,
    /// The caller has taken it already.
    AlreadyTaken,
    /// Another has taken it.
    TakenByAnother,
    /// Nobody has taken the application yet.
    ApplicationNotTaken,
    /// No deposit on the account is shown.
    DepositNotShown,
    /// No trading is shown since the last advisor on this account, and the deposit does not
    /// cover all of them.
    TradingNotShown,
    /// There is a ticket about it already.
    TicketAlreadyOpened,
    /// The category on offer does not exist.
    CategoryNotFound,
    /// The subject is empty, too long or unprintable.
    BadSubject,
    /// The text is empty, too long or unprintable.
    BadText,
    /// What the deposit is worth is said in its own currency.
    WorthInSameCurrency,
    /// The evidence is of the future, or absurdly old.
    EvidenceOutOfRange,
    /// The period ends before it begins, or the last trade is outside of it.
    PeriodOutOfOrder,
    /// There cannot be so many trades.
    TradesOutOfRange,
    /// Nothing is known of such an account.
    AccountNotFound,
    /// The account has no such evidence.
    EvidenceNotFound,
    /// The evidence counts no more.
    EvidenceRetracted,
    /// The report is too large.
    TooLarge,
    /// The report's first line is not the one that it must be.
    WrongHeading,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[LicensingErrorCode])] = {
    use LicensingErrorCode::*;
    &[
        (
            "grantLicence",
            &[
                CustomerNotFound,
                ProductNotFound,
                EndMissing,
                EndNotAllowed,
                EndNotAfterStart,
                TooFar,
                BadAccountNumber,
                TooManyAccounts,
            ],
        ),
        ("revokeLicence", &[LicenceNotFound, LicenceRevoked, BadReason]),
        (
            "rebindLicence",
            &[
                LicenceNotFound,
                LicenceRevoked,
                LicenceExpired,
                AccountsMissing,
                AccountsUnchanged,
                BadAccountNumber,
                TooManyAccounts,
                BadReason,
            ],
        ),
        (
            "renewLicence",
            &[LicenceNotFound, LicenceRevoked, LicenceExpired, NotARental, TermOutOfRange, TooFar],
        ),
        ("issueDownloadLink", &[LicenceNotFound, LicenceRevoked, LicenceExpired]),
        (
            "publishRelease",
            &[
                ProductNotFound,
                BadVersion,
                BadNotes,
                BadFileName,
                SizeOutOfRange,
                BadChecksum,
                VersionPublished,
            ],
        ),
        ("withdrawRelease", &[ReleaseNotFound, ReleaseNotPublished, ReleaseWithdrawn, BadReason]),
        (
            "applyForFreeAdvisor",
            &[
                DemoAccount,
                BrokerNotFound,
                BrokerNotPartner,
                AccountNumberMalformed,
                ProductMissing,
                TooManyProducts,
                ProductTwice,
                ProductNotFound,
                ProductNotFree,
                DepositOutOfRange,
                DepositTooSmall,
                CurrencyNotAccepted,
                MonthNotPassed,
                BadComment,
            ],
        ),
        (
            "applyForRentalDownload",
            &[
                ProductNotFound,
                StartMissing,
                StartOutOfRange,
                MonthsOutOfRange,
                TermOver,
                BadComment,
            ],
        ),
        (
            "applyForLicenceUpdate",
            &[ProductNotFound, PurchaseOutOfRange, BadSeller, BadReference, BadComment],
        ),
        (
            "withdrawApplication",
            &[
                ApplicationNotFound,
                ApplicationApproved,
                ApplicationDeclined,
                ApplicationWithdrawn,
                BadReason,
            ],
        ),
        (
            "takeApplication",
            &[
                ApplicationNotFound,
                AlreadyTaken,
                TakenByAnother,
                ApplicationApproved,
                ApplicationDeclined,
                ApplicationWithdrawn,
            ],
        ),
        (
            "approveApplication",
            &[
                ApplicationNotFound,
                ApplicationNotTaken,
                TakenByAnother,
                ApplicationApproved,
                ApplicationDeclined,
                ApplicationWithdrawn,
                ProductNotFound,
                ProductNotFree,
                DepositNotShown,
                DepositTooSmall,
                CurrencyNotAccepted,
                MonthNotPassed,
                TradingNotShown,
            ],
        ),
        (
            "declineApplication",
            &[
                ApplicationNotFound,
                ApplicationNotTaken,
                TakenByAnother,
                ApplicationApproved,
                ApplicationDeclined,
                ApplicationWithdrawn,
                BadReason,
            ],
        ),
        (
            "overrideDecision",
            &[
                ApplicationNotFound,
                ApplicationApproved,
                ApplicationWithdrawn,
                ProductNotFound,
                ProductNotFree,
                BadReason,
            ],
        ),
        ("remeasureApplication", &[ApplicationNotFound, BadReason]),
        (
            "openApplicationTicket",
            &[ApplicationNotFound, TicketAlreadyOpened, CategoryNotFound, BadSubject, BadText],
        ),
        (
            "recordDeposit",
            &[
                BrokerNotFound,
                BrokerNotPartner,
                AccountNumberMalformed,
                DepositOutOfRange,
                WorthInSameCurrency,
                EvidenceOutOfRange,
            ],
        ),
        (
            "recordTradingActivity",
            &[
                BrokerNotFound,
                BrokerNotPartner,
                AccountNumberMalformed,
                PeriodOutOfOrder,
                TradesOutOfRange,
                EvidenceOutOfRange,
            ],
        ),
        ("retractEvidence", &[AccountNotFound, EvidenceNotFound, EvidenceRetracted, BadReason]),
        ("importBrokerReport", &[TooLarge, WrongHeading, BrokerNotFound, BrokerNotPartner]),
    ]
};
