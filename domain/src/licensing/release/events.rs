//! What is stored of a release, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use crate::catalogue::ProductId;
use crate::kernel::Moment;

/// A fact about a release.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum ReleaseEvent {
    /// A version of a product is to come; its file is awaited.
    #[serde(rename = "release.announced")]
    #[strum(serialize = "release.announced")]
    Announced {
        /// Of which product.
        product_id: ProductId,
        /// The version, unique among the product's.
        version: String,
        /// What is new in it.
        notes: String,
        /// The file that is awaited.
        file: ReleaseFile,
    },
    /// The file is there, as it was announced.
    #[serde(rename = "release.published")]
    #[strum(serialize = "release.published")]
    Published {
        /// The moment from which it can be downloaded.
        published_at: Moment,
    },
    /// The release can no longer be downloaded.
    #[serde(rename = "release.withdrawn")]
    #[strum(serialize = "release.withdrawn")]
    Withdrawn {
        /// The reason.
        reason: String,
        /// The moment from which it is withdrawn.
        withdrawn_at: Moment,
    },
}

/// A product's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// Under which name it is saved.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256, in 64 small hexadecimal digits.
    pub sha256: String,
}

impl DomainEvent for ReleaseEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
