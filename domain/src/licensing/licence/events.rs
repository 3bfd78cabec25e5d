//! What is stored of a licence, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal};
use crate::licensing::{AccountNumber, ApplicationId, ReleaseId};

/// A fact about a licence.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum LicenceEvent {
    /// A customer may run a product.
    #[serde(rename = "licence.granted")]
    #[strum(serialize = "licence.granted")]
    Granted {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// For which product.
        product_id: ProductId,
        /// The terms.
        kind: LicenceKind,
        /// The moment from which it is valid.
        valid_from: Moment,
        /// The moment until which it is valid. None: without end.
        valid_until: Option<Moment>,
        /// The trading accounts that its key is bound to, in order; none: there is no key.
        account_numbers: Personal<Vec<AccountNumber>>,
        /// The application that it was granted for, if it was one.
        application_id: Option<ApplicationId>,
        /// In which time zone its months are counted; `None` if it was granted before that was
        /// kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_zone: Option<chrono_tz::Tz>,
    },
    /// A key was signed that says what the licence says.
    #[serde(rename = "licence.key_issued")]
    #[strum(serialize = "licence.key_issued")]
    KeyIssued {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// Key number within the licence, from 1.
        number: u16,
        /// The number of the vendor's signing key that signed it.
        signing_key: u16,
        /// The key as it is pasted; it names the accounts.
        key: Personal<String>,
    },
    /// Somebody asked whether a key of the licence holds for an account (F6). Of what is asked again on
    /// the same day only the first is recorded.
    #[serde(rename = "licence.key_checked")]
    #[strum(serialize = "licence.key_checked")]
    KeyChecked {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// The number of the key.
        number: u16,
        /// For which account.
        account_number: Personal<AccountNumber>,
        /// What was answered.
        verdict: KeyVerdict,
        /// When.
        checked_at: Moment,
    },
    /// The licence's key is bound to these accounts from now on, and to no others (F6).
    #[serde(rename = "licence.rebound")]
    #[strum(serialize = "licence.rebound")]
    Rebound {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// The accounts, in order.
        account_numbers: Personal<Vec<AccountNumber>>,
        /// The reason.
        reason: Personal<String>,
        /// The moment from which it holds.
        rebound_at: Moment,
    },
    /// A rental goes on for further months (R1).
    #[serde(rename = "licence.renewed")]
    #[strum(serialize = "licence.renewed")]
    Renewed {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// For how many months more.
        months: u32,
        /// The moment until which it is valid now.
        valid_until: Moment,
        /// When it was renewed.
        renewed_at: Moment,
    },
    /// The licence ends within a number of days (R1).
    #[serde(rename = "licence.expiring")]
    #[strum(serialize = "licence.expiring")]
    Expiring {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// So many days before its end this is said.
        days: u16,
        /// When it ends.
        valid_until: Moment,
    },
    /// The licence has come to its end (R1).
    #[serde(rename = "licence.expired")]
    #[strum(serialize = "licence.expired")]
    Expired {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// When that was.
        valid_until: Moment,
    },
    /// A link was issued with which the licence's product is downloaded; the one before is no longer
    /// valid (R3).
    #[serde(rename = "licence.link_issued")]
    #[strum(serialize = "licence.link_issued")]
    LinkIssued {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// Link number within the licence, from 1.
        number: u32,
        /// The moment until which it is valid.
        expires_at: Moment,
    },
    /// A download was begun by a link.
    #[serde(rename = "licence.link_used")]
    #[strum(serialize = "licence.link_used")]
    LinkUsed {
        /// Whose licence it is.
        customer_id: CustomerId,
        /// The number of the link.
        number: u32,
        /// Of which release.
        release_id: ReleaseId,
        /// When.
        used_at: Moment,
    },
    /// The licence is no longer valid from this moment on.
    #[serde(rename = "licence.revoked")]
    #[strum(serialize = "licence.revoked")]
    Revoked {
        /// Whose licence it was.
        customer_id: CustomerId,
        /// The moment from which it is no longer valid.
        revoked_at: Moment,
        /// The reason.
        reason: Personal<String>,
    },
}

/// What is said of a key that is presented with an account (F6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyVerdict {
    /// The product may be run on this account now.
    Valid,
    /// The key is bound to other accounts.
    BoundElsewhere,
    /// The key is for another product.
    OtherProduct,
    /// The licence was revoked.
    Revoked,
    /// The licence was bound to other accounts since, and has another key.
    Replaced,
    /// The licence has not begun yet.
    NotYetValid,
    /// The key's time is over.
    Expired,
}

/// The terms on which a product may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceKind {
    /// Rented until a day.
    Rental,
    /// Bought, without end.
    #[default]
    Unlimited,
    /// Free, for an account with a partner broker.
    Affiliate,
}

impl DomainEvent for LicenceEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        match self {
            Self::Granted { .. } => "2",
            _ => "1",
        }
        .to_owned()
    }
}
