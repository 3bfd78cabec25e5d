//! What is stored of a customer, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::CustomerId;
use crate::kernel::Personal;

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
}

impl DomainEvent for CustomerEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
