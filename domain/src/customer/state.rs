//! A customer as decisions see one.

use serde::{Deserialize, Serialize};

use super::events::CustomerEvent;

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Customer {
    /// Whether the person was ever registered.
    pub is_registered: bool,
}

impl Customer {
    /// Folds one event in.
    pub fn evolve(&mut self, event: &CustomerEvent) {
        match event {
            CustomerEvent::Registered { .. } => self.is_registered = true,
        }
    }
}
