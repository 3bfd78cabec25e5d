//! An API token as decisions see one.

use serde::{Deserialize, Serialize};

use super::events::AccessEvent;

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ApiToken {
    /// Whether it was ever made.
    pub is_issued: bool,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

impl ApiToken {
    /// Folds one event in.
    pub fn evolve(&mut self, event: &AccessEvent) {
        match event {
            AccessEvent::TokenIssued { .. } => self.is_issued = true,
            AccessEvent::TokenRevoked => self.is_revoked = true,
        }
    }
}
