//! Why mutations on licences are refused: a closed list for each.

use async_graphql::Enum;
use strum::EnumString;

/// Why a licence is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum GrantLicenceErrorCode {
    /// There is no such customer.
    CustomerNotFound,
    /// There is no such product on offer.
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
}

/// Why a licence is not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RevokeLicenceErrorCode {
    /// There is no such licence.
    LicenceNotFound,
    /// The licence was revoked already.
    LicenceRevoked,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Why a licence is not bound anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RebindLicenceErrorCode {
    /// There is no such licence.
    LicenceNotFound,
    /// The licence was revoked.
    LicenceRevoked,
    /// The licence has ended.
    LicenceExpired,
    /// A key is bound to one account at least.
    AccountsMissing,
    /// The licence is bound to these accounts already.
    AccountsUnchanged,
    /// An account number has 1 to 20 digits and Latin letters.
    BadAccountNumber,
    /// There are more accounts than a key has room for: `limit`.
    TooManyAccounts,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// Why a licence is not renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RenewLicenceErrorCode {
    /// There is no such licence.
    LicenceNotFound,
    /// The licence was revoked.
    LicenceRevoked,
    /// The licence has ended; what goes on is a new one.
    LicenceExpired,
    /// Only a rental is renewed.
    NotARental,
    /// A term has some months, and not absurdly many: `limit`.
    TermOutOfRange,
    /// The licence would end absurdly far ahead: after `until`.
    TooFar,
}

/// Why a download link is not issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum IssueDownloadLinkErrorCode {
    /// There is no such licence, or it is another customer's.
    LicenceNotFound,
    /// The licence was revoked.
    LicenceRevoked,
    /// The licence has ended.
    LicenceExpired,
}
