//! An event with everything that was recorded with it.

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Actor, Moment};
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
