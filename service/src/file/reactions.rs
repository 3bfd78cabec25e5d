//! The bytes of a file that was discarded are removed (T2).

use servicedesk_domain::Event;
use servicedesk_domain::file::{FileEvent, FileId};
use servicedesk_eventlog::Recorded;

use super::store::StoreError;
use crate::desk::Desk;
use crate::reaction::{OrderingKey, Planned, ReactionError};

impl From<StoreError> for ReactionError {
    /// A folder that cannot be used now may be there again later.
    fn from(error: StoreError) -> Self {
        Self::Transient(error.to_string())
    }
}

/// Removes what is there of a file that was discarded.
pub fn remove_bytes<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::File(FileEvent::Discarded { .. }) = &event.event else { return None };
    let file_id = FileId::new(event.aggregate_id);
    let key = OrderingKey::of("file", event.aggregate_id);
    Some(Planned::under(key, async move { Ok(desk.files.discard(file_id).await?) }))
}
