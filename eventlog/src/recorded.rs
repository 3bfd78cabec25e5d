//! An event with everything that was recorded with it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Actor, Moment, hex};
use uuid::Uuid;

/// The position of an event in the log: 1 for the first, one more for each that follows.
pub type Position = i64;

/// An event, who caused it, when, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its position in the log.
    pub position: Position,
    /// Whose event it is; the type of the aggregate follows from the event.
    pub aggregate_id: Uuid,
    /// Its number within its aggregate, from 1.
    pub sequence: i64,
    /// On the first event of a numbered aggregate: its number among those of its type.
    pub serial: Option<i64>,
    /// What happened.
    pub event: Event,
    /// Who, when and why.
    pub metadata: Metadata,
}

impl Recorded {
    /// The type of the aggregate whose event it is.
    pub fn aggregate_type(&self) -> &'static str {
        self.event.aggregate_type()
    }
}

/// Who caused an event, when, and through what (T7). Stored as an object of texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Who.
    #[serde(with = "actor_text")]
    pub actor: Actor,
    /// When it happened. Everything that measures time uses this.
    pub occurred_at: Moment,
    /// When it was recorded; later than it happened for imported history.
    pub recorded_at: Moment,
    /// Shared by everything that one request or one import caused.
    pub correlation_id: Uuid,
    /// The command that caused it.
    pub causation_id: Uuid,
    /// What keeps the event's texts from being guessed from its leaf in the seal; `None` in events
    /// from before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Salt>,
}

/// 16 random bytes, stored as hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// Takes bytes that were drawn at random.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        let bytes = hex::decode(&text).map(Self);
        bytes.ok_or_else(|| serde::de::Error::custom("a salt is 32 hexadecimal digits"))
    }
}

mod actor_text {
    //! An actor is stored as one text.

    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use servicedesk_domain::kernel::Actor;

    pub(super) fn serialize<S: Serializer>(actor: &Actor, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(actor)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Actor, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"{"actor":"operator","occurred_at":"2026-01-01T00:00:00Z","recorded_at":"2026-01-01T00:00:00Z","correlation_id":"00000000-0000-0000-0000-000000000001","causation_id":"00000000-0000-0000-0000-000000000002"}"#;

    #[test]
    fn metadata_without_a_salt_are_read_and_written_as_before() {
        let metadata: Metadata = serde_json::from_str(BEFORE).expect("metadata");
        assert_eq!(metadata.salt, None);
        assert!(!serde_json::to_string(&metadata).expect("JSON").contains("salt"));
        let salted = Metadata { salt: Some(Salt::new([0xa5; 16])), ..metadata };
        let text = serde_json::to_string(&salted).expect("JSON");
        assert!(text.contains(&format!(r#""salt":"{}""#, "a5".repeat(16))), "{text}");
        assert_eq!(serde_json::from_str::<Metadata>(&text).expect("metadata"), salted);
        let wrong = text.replace("a5a5", "a5");
        assert!(serde_json::from_str::<Metadata>(&wrong).is_err());
    }
}
