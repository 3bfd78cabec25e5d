//! A customer as decisions see one.

use serde::{Deserialize, Serialize};

use super::events::CustomerEvent;
use crate::kernel::Personal;

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Customer {
    /// The name that staff sees, since when the person is a customer.
    pub name: Option<Personal<String>>,
    /// Whether the person was erased.
    pub is_erased: bool,
}

impl Customer {
    /// Whether the person was ever registered.
    pub const fn is_registered(&self) -> bool {
        self.name.is_some()
    }

    /// Whether anything new can be about the person.
    pub const fn is_there(&self) -> bool {
        self.is_registered() && !self.is_erased
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: CustomerEvent) {
        match event {
            CustomerEvent::Registered { name, .. } => self.name = Some(name),
            CustomerEvent::Erased { customer_id, .. } => {
                self.name = Some(Personal::erased(customer_id));
                self.is_erased = true;
            }
        }
    }
}
