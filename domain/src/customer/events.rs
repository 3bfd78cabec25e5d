//! What is stored of a customer, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::CustomerId;
use crate::identity::claim::EmailClaimId;
use crate::kernel::Personal;
use crate::licensing::TradingAccountId;

/// A fact about a customer.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum CustomerEvent {
    /// The person is a customer from now on.
    #[serde(rename = "customer.registered")]
    #[strum(serialize = "customer.registered")]
    Registered {
        /// The person.
        customer_id: CustomerId,
        /// The name that staff sees.
        name: Personal<String>,
    },
    /// Nobody can read from now on what is known of the person (A3): the keys of their data were
    /// destroyed with this.
    #[serde(rename = "customer.erased")]
    #[strum(serialize = "customer.erased")]
    Erased {
        /// The person.
        customer_id: CustomerId,
        /// Why.
        basis: ErasureBasis,
        /// The trading accounts on which nobody else has applied; their numbers are erased, too.
        trading_account_ids: Vec<TradingAccountId>,
        /// The e-mail address of which the person had an account, if they could log in.
        email_claim_id: Option<EmailClaimId>,
    },
}

/// Why a person was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureBasis {
    /// They have asked for it.
    Requested,
    /// Nobody needs their data any more.
    RetentionEnded,
}

impl DomainEvent for CustomerEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
