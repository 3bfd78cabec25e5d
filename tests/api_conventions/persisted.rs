//! Automatic persisted queries, and the mode in which trusted documents alone are run.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk::config::Config;
use sha2::{Digest, Sha256};
use test_case::test_case;

use super::http::encoded;
use crate::support::app::{App, config, mutation, opening};
use crate::support::watch::{WATCH_TICKET, Watcher, Way};

const VIEWER: &str = "{ viewer { scopes } }";
const OTHER: &str = "{ catalogue { reopenDays } }";

fn hash(document: &str) -> String {
    let bytes: Vec<String> =
        Sha256::digest(document).iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.concat()
}

fn by_hash(hash: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_document_that_was_sent_once_is_known_by_its_hash(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let known = by_hash(&hash(VIEWER));
        let unknown = customer.send(known.clone(), &[]).await;
        assert!(unknown.text.contains("PersistedQueryNotFound"), "{}", unknown.text);
        let mut first = known.clone();
        first["query"] = json!(VIEWER);
        assert_eq!(customer.send(first, &[]).await.error(), None);
        let again = customer.send(known, &[]).await;
        assert_eq!(again.payload()["scopes"], json!(["READ", "WRITE"]), "{}", again.text);
        // A hash of something else does not put another document in its place.
        let mut forged = by_hash(&hash(OTHER));
        forged["query"] = json!(VIEWER);
        assert_eq!(customer.send(forged, &[]).await.error(), Some("BAD_USER_INPUT"));
        assert!(customer.send(by_hash(&hash(OTHER)), &[]).await.text.contains("NotFound"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_document_that_is_known_can_be_asked_for_by_get(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let known = by_hash(&hash(VIEWER));
        let by_get = encoded(&known["extensions"].to_string());
        // As Apollo and urql send it.
        let path = format!("/graphql?variables=%7B%7D&extensions={by_get}");
        let unknown = customer.get(&path, &[]).await;
        assert!(unknown.text.contains("PersistedQueryNotFound"), "{}", unknown.text);
        let mut first = known.clone();
        first["query"] = json!(VIEWER);
        assert_eq!(customer.send(first, &[]).await.error(), None);
        let again = customer.get(&path, &[]).await;
        assert_eq!(again.payload()["scopes"], json!(["READ", "WRITE"]), "{}", again.text);
        // A mutation is none the less sent by POST, however it is named.
        let mut open = mutation("openTicket", &opening("finance"));
        let named = by_hash(&hash(open["query"].as_str().expect("a document")));
        open["extensions"] = named["extensions"].clone();
        assert_eq!(customer.send(open, &[]).await.outcome(), "ok");
        let head = app.head().await;
        let by_get = encoded(&named["extensions"].to_string());
        let refused = customer.get(&format!("/graphql?extensions={by_get}"), &[]).await;
        assert_eq!(refused.status, 405, "{}", refused.text);
        assert_eq!(app.head().await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn where_documents_are_trusted_no_other_is_run(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("trusted.json");
        let open = mutation("openTicket", &opening("finance"));
        let open_document = open["query"].as_str().expect("a document");
        let listed = [VIEWER, WATCH_TICKET, open_document];
        let trusted: serde_json::Map<_, _> =
            listed.iter().map(|document| (hash(document), json!(document))).collect();
        std::fs::write(&file, Value::Object(trusted).to_string()).expect("it is written");
        let config = Config { trusted_documents: Some(file), ..config() };
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;

        assert_eq!(customer.ask(VIEWER, json!({})).await.error(), None);
        assert_eq!(customer.send(by_hash(&hash(VIEWER)), &[]).await.error(), None);
        let opened = customer.send(open.clone(), &[]).await;
        assert_eq!(opened.outcome(), "ok", "{}", opened.text);
        let head = app.head().await;
        let changed =
            json!({ "query": format!("{open_document} "), "variables": open["variables"] });
        for request in [
            json!({ "query": OTHER }),
            by_hash(&hash(OTHER)),
            json!({ "query": "{ __schema { types { name } } }" }),
            changed,
        ] {
            let answer = customer.send(request.clone(), &[]).await;
            assert_eq!(answer.error(), Some("FORBIDDEN"), "{request}: {}", answer.text);
        }
        assert_eq!(app.head().await, head);

        // The same holds for whatever comes over a WebSocket.
        let address = app.listen().await;
        let id = json!({ "id": opened.payload()["ticket"]["id"] });
        for way in [Way::Events, Way::Socket(address)] {
            let mut allowed = Watcher::begin(&app, way, &customer, WATCH_TICKET, id.clone()).await;
            allowed.shown().await;
            for document in
                [WATCH_TICKET.replace("{ position }", "{ __typename }"), OTHER.to_owned()]
            {
                let mut refused = Watcher::begin(&app, way, &customer, &document, id.clone()).await;
                assert_eq!(refused.error().await, "FORBIDDEN", "{way:?} {document}");
            }
        }
    })
    .await;
}
