//! The frozen samples of events, as a reader of the log gets them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::upcast::{Stored, UPCASTERS};
use servicedesk_eventlog::{Metadata, Recorded};
use uuid::Uuid;

use super::clock::start;

/// Every frozen sample as a recorded event, by its name.
pub(crate) fn samples() -> BTreeMap<String, Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/events");
    let files = std::fs::read_dir(folder).expect("the samples");
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a sample");
        let sample: Value = serde_json::from_str(&text).expect("JSON");
        let text = |field: &str| sample[field].as_str().expect("a text").to_owned();
        let (aggregate_type, event_type) = (text("aggregate_type"), text("event_type"));
        let (event_version, payload) = (text("event_version"), sample["payload"].to_string());
        let stored = Stored {
            aggregate_type: &aggregate_type,
            event_type: &event_type,
            event_version: &event_version,
            payload: &payload,
        };
        Recorded {
            position: 1,
            aggregate_id: Uuid::from_u128(1),
            sequence: 1,
            serial: None,
            event: stored.read(UPCASTERS).expect("a sample can be read"),
            metadata: Metadata {
                actor: Actor::Operator,
                occurred_at: start(),
                recorded_at: start(),
                correlation_id: Uuid::nil(),
                causation_id: Uuid::nil(),
                salt: None,
            },
        }
    };
    let named = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("a sample").path();
        (path.file_stem()?.to_str()?.to_owned(), read(&path)).into()
    };
    files.filter_map(named).collect()
}
