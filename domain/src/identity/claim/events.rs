//! What is stored of an e-mail address, for ever. Storage format and nothing else.

use chrono_tz::Tz;
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::access::Principal;
use crate::customer::CustomerId;
use crate::identity::PasswordId;
use crate::kernel::{Language, Personal};

/// A fact about an e-mail address.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum EmailClaimEvent {
    /// A person has shown that they read what is sent to the address, and has an account with it
    /// from now on. Their customer and their login follow from this.
    #[serde(rename = "email_address.claimed")]
    #[strum(serialize = "email_address.claimed")]
    Claimed {
        /// The person.
        customer_id: CustomerId,
        /// The address.
        address: Personal<String>,
        /// The name that staff sees.
        name: Personal<String>,
        /// The password that the person has chosen.
        password_id: PasswordId,
        /// The language in which the person is written to.
        language: Language,
        /// The person's time zone.
        time_zone: Tz,
    },
    /// The person was erased, and the address is anybody's again (A3).
    #[serde(rename = "email_address.released")]
    #[strum(serialize = "email_address.released")]
    Released {
        /// The person.
        customer_id: CustomerId,
    },
    /// A person who was known already has taken up an invitation that was sent to the address, and
    /// can log in with it from now on. Their login follows from this.
    #[serde(rename = "email_address.claimed_on_invitation")]
    #[strum(serialize = "email_address.claimed_on_invitation")]
    ClaimedOnInvitation {
        /// The person.
        person: Principal,
        /// The address.
        address: Personal<String>,
        /// The password that the person has chosen.
        password_id: PasswordId,
        /// The language in which the person is written to.
        language: Language,
        /// The person's time zone.
        time_zone: Tz,
    },
}

impl DomainEvent for EmailClaimEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
