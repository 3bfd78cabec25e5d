//! What is stored of the vendor's signing keys, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use ed25519_dalek::{PUBLIC_KEY_LENGTH, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::kernel::{Moment, hex};

/// A fact about the signing keys.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum SigningKeysEvent {
    /// A key signs licence keys from now on.
    #[serde(rename = "signing_keys.introduced")]
    #[strum(serialize = "signing_keys.introduced")]
    Introduced {
        /// The number by which licence keys name it.
        number: u16,
        /// Its public half.
        public_key: PublicKey,
        /// From when.
        introduced_at: Moment,
    },
}

impl DomainEvent for SigningKeysEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// The public half of a signing key (Ed25519), stored as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; PUBLIC_KEY_LENGTH]);

impl PublicKey {
    /// The key for checking signatures; `None` if the bytes are none.
    pub fn verifying(&self) -> Option<VerifyingKey> {
        VerifyingKey::from_bytes(&self.0).ok()
    }
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self(key.to_bytes())
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PublicKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex::decode(&text).map(Self).ok_or("a public key has 64 hexadecimal digits")
    }
}
