//! Licences, their keys and their lives (F6, R1), through the API on both databases.

mod checking;
mod keys;
mod life;
mod links;
mod python;
mod releases;
mod secrecy;

use serde_json::{Value, json};

use crate::support::app::{App, Person};

/// The licence as this person sees it, when everything is settled; null where not at all.
async fn licence(app: &App, person: &Person, id: &Value) -> Value {
    app.settle().await;
    let query = "query($id: ID!) { licence(id: $id) { id state isValid validUntil accountNumbers \
         key { key number signingKey isReplaced } keys { key number isReplaced } } }";
    let answer = person.ask(query, json!({ "id": id })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload().clone()
}

/// The key that the licence has now.
async fn key(app: &App, person: &Person, id: &Value) -> String {
    let licence = licence(app, person, id).await;
    licence["key"]["key"].as_str().unwrap_or_else(|| panic!("no key: {licence}")).to_owned()
}

/// What is said of a key that is presented with this account.
async fn verdict(person: &Person, key: &str, account: &str) -> String {
    let query = "query($key: String!, $account: String!) { checkLicenceKey(key: $key, \
         accountNumber: $account) { verdict isValid } }";
    let answer = person.ask(query, json!({ "key": key, "account": account })).await;
    let check = answer.payload();
    let said = check["verdict"].as_str().unwrap_or_else(|| panic!("{}", answer.text));
    assert_eq!(check["isValid"], said == "VALID", "{}", answer.text);
    said.to_owned()
}

/// How often events of this type are in the log.
async fn count(app: &App, event_type: &str) -> usize {
    let events = servicedesk_eventlog::reader::read_after(app.log().db(), 0, 100_000).await;
    let events = events.expect("a sound log");
    events.iter().filter(|event| event.event.event_type() == event_type).count()
}
