//! What is stored of the terms of support, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::kernel::{Moment, Money};

/// A fact about the terms of support.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum TermsEvent {
    /// These terms hold for work from a moment on.
    #[serde(rename = "support_terms.defined")]
    #[strum(serialize = "support_terms.defined")]
    Defined {
        /// The version, from 1.
        version: u32,
        /// From which moment of work on; the first version also holds for work before.
        in_force_from: Moment,
        /// The terms.
        terms: Terms,
    },
}

/// Terms of support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What an hour costs that exceeds the free time (B2).
    pub hourly_price: Money,
    /// The free minutes that come with each licence (B1).
    pub package_minutes: u32,
    /// At which share of a package, in percent, the customer is warned for the first time (B5);
    /// and for the second and last time when it is used up.
    pub warning_percent: u8,
    /// Whether the customer must agree before work is charged.
    pub needs_agreement: bool,
    /// In which time zone months begin.
    pub time_zone: chrono_tz::Tz,
}

impl DomainEvent for TermsEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
