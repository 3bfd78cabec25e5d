//! A release as decisions see it. Folding an event in never fails.

use serde::{Deserialize, Serialize};

use super::events::{ReleaseEvent, ReleaseFile};
use crate::catalogue::ProductId;

/// A version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Release {
    /// What was announced; none before.
    pub announced: Option<Announced>,
    /// Whether its file is there.
    pub is_published: bool,
    /// Whether it can no longer be downloaded.
    pub is_withdrawn: bool,
}

/// What was announced of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// Of which product.
    pub product_id: ProductId,
    /// What is new in it.
    pub notes: String,
    /// Its file.
    pub file: ReleaseFile,
}

impl Release {
    /// Folds one event in.
    pub fn evolve(&mut self, event: ReleaseEvent) {
        match event {
            ReleaseEvent::Announced { product_id, notes, file, .. } => {
                self.announced = Some(Announced { product_id, notes, file });
            }
            ReleaseEvent::Published { .. } => self.is_published = true,
            ReleaseEvent::Withdrawn { .. } => self.is_withdrawn = true,
        }
    }
}
