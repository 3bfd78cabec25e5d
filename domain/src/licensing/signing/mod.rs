//! The vendor's signing keys, by their public halves: who checks a key needs no more (F6). The
//! secret halves are in no event.

pub mod events;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

pub use ed25519_dalek::SigningKey;
pub use events::{PublicKey, SigningKeysEvent};

use crate::kernel::{Entity, Id, Moment};

/// The id of the one collection of signing keys.
pub type SigningKeysId = Id<SigningKeys>;

/// The id of the one collection of signing keys.
pub fn signing_keys_id() -> SigningKeysId {
    SigningKeysId::named("keys")
}

/// The signing keys as decisions see them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SigningKeys {
    /// Every key there ever was, by its number; the last one signs.
    pub keys: BTreeMap<u16, PublicKey>,
}

/// A command on the signing keys.
#[derive(Debug, Clone, Copy)]
pub enum Command {
    /// The first key, unless there is one.
    Begin {
        /// The public half of a new key.
        public_key: PublicKey,
        /// Now.
        at: Moment,
    },
    /// A new key signs from now on; keys signed before stay good.
    Rotate {
        /// The public half of a new key.
        public_key: PublicKey,
        /// Now.
        at: Moment,
    },
}

/// Why the signing keys stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// There was this key before.
    #[error("this signing key is already in use")]
    KeyKnown,
    /// The bytes are no public key.
    #[error("this is not a public key")]
    NoKey,
    /// There are as many as there are numbers for.
    #[error("there are too many signing keys")]
    TooMany,
}

/// Decides a command on the signing keys.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(keys: &SigningKeys, command: Command) -> Result<Vec<SigningKeysEvent>, Rejection> {
    let (public_key, introduced_at) = match command {
        Command::Begin { .. } if !keys.keys.is_empty() => return Ok(Vec::new()),
        Command::Begin { public_key, at } | Command::Rotate { public_key, at } => (public_key, at),
    };
    if keys.keys.values().any(|known| *known == public_key) {
        return Err(Rejection::KeyKnown);
    }
    if public_key.verifying().is_none() {
        return Err(Rejection::NoKey);
    }
    let last = keys.keys.last_key_value().map_or(0, |(number, _)| *number);
    let number = last.checked_add(1).ok_or(Rejection::TooMany)?;
    Ok(vec![SigningKeysEvent::Introduced { number, public_key, introduced_at }])
}

impl SigningKeys {
    /// The number and the public half of the key that signs.
    pub fn current(&self) -> Option<(u16, PublicKey)> {
        self.keys.last_key_value().map(|(number, key)| (*number, *key))
    }

    /// The key by which signatures of a number are checked.
    pub fn verifying(&self, number: u16) -> Option<VerifyingKey> {
        self.keys.get(&number).and_then(PublicKey::verifying)
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: &SigningKeysEvent) {
        let SigningKeysEvent::Introduced { number, public_key, .. } = event;
        self.keys.insert(*number, *public_key);
    }
}

impl Entity for SigningKeys {
    const NAME: &'static str = "SigningKeys";
}

impl Aggregate for SigningKeys {
    const TYPE: &'static str = "signing_keys";
    type Command = Command;
    type Event = SigningKeysEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Rejection> {
        for event in decide(self, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: SigningKeysEvent) {
        self.evolve(&event);
    }
}
