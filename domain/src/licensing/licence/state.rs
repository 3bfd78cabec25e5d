//! A licence as decisions see it. Folding an event in never fails.

use serde::{Deserialize, Serialize};

use super::events::LicenceEvent;
use crate::customer::CustomerId;

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Licence {
    /// Whose it is; none before it was granted.
    pub customer_id: Option<CustomerId>,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

impl Licence {
    /// Folds one event in.
    pub fn evolve(&mut self, event: &LicenceEvent) {
        match event {
            LicenceEvent::Granted { customer_id, .. } => self.customer_id = Some(*customer_id),
            LicenceEvent::Revoked { .. } => self.is_revoked = true,
        }
    }
}
