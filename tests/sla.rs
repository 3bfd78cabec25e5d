//! Service levels through the API, on both databases (S1 to S4).

mod command;
mod definitions;
mod live;
mod queue;
mod real_log;
mod report;
mod targets;
mod timers;

use serde_json::{Value, json};

use crate::support::app::Person;

/// What tests ask of a ticket's targets.
const TARGETS: &str = "query($id: ID!) { ticket(id: $id) { version serviceTargets { kind cycle state \
     targetMinutes startedAt dueAt atRiskAt elapsedSeconds remainingSeconds percentage endedAt \
     atRiskSince breachedSince terms { serviceLevelVersion calendarCode calendarVersion timeZone \
     clock } } } }";

/// The ticket's targets as this person sees them.
async fn targets(who: &Person, ticket: &Value) -> Vec<Value> {
    let answer = who.ask(TARGETS, json!({ "id": ticket["id"] })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload()["serviceTargets"].as_array().expect("targets").clone()
}

/// Each target's kind and state, in short.
fn states(targets: &[Value]) -> Vec<String> {
    let state = |target: &Value| format!("{} {}", target["kind"], target["state"]).replace('"', "");
    targets.iter().map(state).collect()
}

/// Office hours as a definition, which a test changes.
fn office() -> Value {
    let days = ["MON", "TUE", "WED", "THU", "FRI"];
    json!({
        "code": "office", "title": { "ru": "Время", "en": "Office hours" },
        "timeZone": "Europe/Moscow",
        "openings": [{ "days": days, "from": "09:00", "until": "18:00" }],
    })
}
