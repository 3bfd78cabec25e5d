//! The only place that asks the machine what time it is, and the only one that draws new ids.

use std::sync::Arc;

use chrono::SubsecRound;
use servicedesk_eventlog::{Clock, CommandId, Origin};
use uuid::Uuid;

/// The machine's clock, in whole microseconds: what PostgreSQL, JavaScript and the read models'
/// columns can hold, so that a moment is the same wherever it is shown.
#[expect(clippy::disallowed_methods, reason = "this is the one clock of the program")]
pub fn system() -> Clock {
    Arc::new(|| chrono::Utc::now().trunc_subsecs(6))
}

/// An id that was never given before. It rises with time, which keeps indexes on it compact.
#[expect(clippy::disallowed_methods, reason = "this is the one source of new ids")]
pub fn fresh_id() -> Uuid {
    Uuid::now_v7()
}

/// The id of a command that nobody can repeat.
pub fn fresh_command() -> CommandId {
    CommandId { id: fresh_id(), origin: Origin::Fresh }
}
