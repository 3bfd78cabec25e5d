//! Input that nobody thought of: random bytes, requests with something changed in them, and requests
//! drawn from the schema. `make test` tries some hundred of each, `make fuzz` as many as it is told.

mod grammar;
mod requests;
mod values;

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::app::{App, Person, mutation, opening};

/// How many cases of each kind there are, unless the environment says otherwise.
const CASES: usize = 400;

fn cases() -> usize {
    match std::env::var("FUZZ_CASES") {
        Ok(cases) => cases.parse().expect("FUZZ_CASES is a number"),
        Err(_) => CASES,
    }
}

/// Always the same cases, so that a failure is seen again.
fn runner() -> TestRunner {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(Config::default(), rng)
}

fn drawn<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = runner();
    (0..cases()).map(|_| strategy.new_tree(&mut runner).expect("a case").current()).collect()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        select(vec!["VGlja2V0OjE", "HIGH", "2025-01-01T00:00:00Z", "SD-000001"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let names = select(vec![
            "query",
            "variables",
            "operationName",
            "extensions",
            "input",
            "ticketId",
            "text",
            "idempotencyKey",
            "expectedVersion",
            "persistedQuery",
            "id",
            "filter",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..6).prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

async fn assert_bears(person: &Person, body: Vec<u8>) {
    let what = String::from_utf8_lossy(&body).into_owned();
    let answer = person.post(body, &[]).await;
    assert!(!answer.status.is_server_error(), "{what}: {}", answer.text);
    assert_ne!(answer.error(), Some("INTERNAL"), "{what}: {}", answer.text);
    assert!(answer.body.is_object(), "{what}: {}", answer.text);
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn random_bytes_and_random_json_are_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let agent = app.agent("Agent", &["technical"]).await;
        let head = app.head().await;
        for bytes in drawn(prop::collection::vec(any::<u8>(), 0..200)) {
            assert_bears(&agent, bytes).await;
        }
        for value in drawn(any_json()) {
            assert_bears(&agent, value.to_string().into_bytes()).await;
            let variables = json!({ "query": "query($input: AddReplyInput!, $id: ID!) { \
                 ticket(id: $id) { id } node(id: $id) { __typename } }", "variables": value });
            assert_bears(&agent, variables.to_string().into_bytes()).await;
            assert_bears(&agent, mutation("addReply", &value).to_string().into_bytes()).await;
        }
        assert_eq!(app.head().await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn documents_with_something_changed_in_them_never_blame_the_service(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let agent = app.agent("Agent", &["technical"]).await;
        let query = "query A($id: ID = \"x\") { node(id: $id) { __typename ... on Ticket { id \
             timeline(first: 2, after: \"MQ\") { nodes { kind text } } } } viewer { scopes @skip(if: \
             false) } ...F } fragment F on Query { tickets(first: 3, filter: { status: [NEW] }) { nodes { id } } }";
        let edits = drawn((
            any::<prop::sample::Index>(),
            0_usize..12,
            "[ -~\n]{0,6}|[\\PC]{1,3}|[{}()\\[\\]\"$:!@#]{1,8}",
        ));
        let characters: Vec<char> = query.chars().collect();
        for (index, length, text) in edits {
            let at = index.index(characters.len());
            let end = (at + length).min(characters.len());
            let edited: String =
                characters[..at].iter().copied().chain(text.chars()).chain(characters[end..].iter().copied()).collect();
            let body = json!({ "query": edited }).to_string().into_bytes();
            assert_bears(&agent, body).await;
        }
        // Bytes changed in a mutation may leave it a sound one, which is then carried out.
        let sound = mutation("openTicket", &opening("finance")).to_string().into_bytes();
        for (index, byte) in drawn((any::<prop::sample::Index>(), any::<u8>())) {
            let mut body = sound.clone();
            let at = index.index(body.len());
            body[at] = byte;
            assert_bears(&agent, body).await;
        }
        app.settle().await;
        assert_eq!(agent.ask("{ viewer { scopes } }", json!({})).await.error(), None);
    })
    .await;
}
