//! What is stored of a licence, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal};
use crate::licensing::{AccountNumber, ApplicationId};

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
        /// On which terms.
        kind: LicenceKind,
        /// From when it is valid.
        valid_from: Moment,
        /// Until when; none: without end.
        valid_until: Option<Moment>,
        /// The trading accounts that its key is bound to, in order; none: there is no key.
        account_numbers: Personal<Vec<AccountNumber>>,
        /// The application that it was granted for, if it was one.
        application_id: Option<ApplicationId>,
    },
    /// The licence is valid no more from this moment on.
    #[serde(rename = "licence.revoked")]
    #[strum(serialize = "licence.revoked")]
    Revoked {
        /// Whose licence it was.
        customer_id: CustomerId,
        /// From when it is not valid.
        revoked_at: Moment,
        /// Why.
        reason: Personal<String>,
    },
}

/// On which terms a product may be run.
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
            Self::Revoked { .. } => "1",
        }
        .to_owned()
    }
}
