//! Requests drawn from the schema, sent by everybody in turn: none is answered with a fault of the
//! service, and whatever is refused leaves nothing in the log.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::cases;
use super::grammar::{Grammar, Request};
use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{Answer, App, Person};
use crate::support::applications::deposit;
use crate::support::{System, with_database};

const SEED: u64 = 13;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn requests_of_every_shape_are_borne_and_what_is_refused_leaves_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut grammar = Grammar::new(SEED);
        let people = people(&app, &mut grammar).await;
        let (mut head, mut outcomes) = (app.head().await, BTreeMap::<String, usize>::new());
        let first_head = head;
        for number in 0..cases() {
            let request = grammar.request();
            let person = &people[number % people.len()];
            let answer = person.send(request.body.clone(), &[]).await;
            let what = || format!("request {number}: {}\n{}", request.body, answer.text);
            assert!(!answer.status.is_server_error(), "{}", what());
            assert_ne!(answer.error(), Some("INTERNAL"), "{}", what());
            assert!(answer.body.is_object(), "{}", what());
            let new_head = app.head().await;
            assert!(new_head == head || may_have_recorded(&request, &answer), "{}", what());
            head = new_head;
            grammar.learn_from(&answer.body["data"]);
            *outcomes.entry(outcome(&answer).to_owned()).or_default() += 1;
        }
        eprintln!("{system:?}: {} events recorded; {outcomes:?}", head - first_head);
        app.settle().await;
        for person in people.iter().filter(|person| person.token.is_some()) {
            assert_eq!(person.ask("{ viewer { scopes } }", json!({})).await.error(), None);
        }
        // They come far enough to be of use.
        assert!(head > first_head, "nothing was carried out: {outcomes:?}");
        assert!(outcomes["ok"] * 20 > cases(), "too little was carried out: {outcomes:?}");
    })
    .await;
}

/// Everybody who may ask, and what they may ask about.
async fn people(app: &App, grammar: &mut Grammar) -> Vec<Person> {
    let customer = app.licensed("Customer").await;
    let other = app.customer("Other customer").await;
    let agent = app.agent("Agent", &["technical", "sales", "finance"]).await;
    let licensing = app.agent("Licensing", &["licensing", "accounting"]).await;
    let manager = app.staff("Manager", Role::Manager, &["technical"]).await;
    let admin = app.staff("Administrator", Role::Admin, &[]).await;
    let auditor = app.staff("Auditor", Role::Auditor, &[]).await;
    for person in [&customer, &other, &agent, &licensing, &manager] {
        grammar.learn(&person.id);
    }
    for category in ["bug_report", "finance"] {
        grammar.learn_from(&customer.expect_opened(category).await);
        grammar.learn_from(&other.expect_opened(category).await);
    }
    grammar.learn_from(&customer.expect_applied(&manager, "1", "trading_robot").await);
    grammar.learn_from(&manager.expect_done("recordDeposit", deposit("1", "5.00")).await);
    let query = "{ catalogue { categories { id } departments { id } products { id } \
         brokers { id } calendars { id } } licences { nodes { id } } }";
    grammar.learn_from(&manager.ask(query, json!({})).await.body["data"]);
    let nobody = Person::anonymous(&customer);
    vec![customer, agent, manager, licensing, other, admin, auditor, nobody]
}

/// In a word, what a request came to.
fn outcome(answer: &Answer) -> &str {
    let payloads = answer.body["data"].as_object().into_iter().flat_map(|data| data.values());
    let is_refused = payloads.clone().any(is_refusal);
    match answer.error() {
        Some(code) => code,
        None if is_refused => "refused by a rule",
        None => "ok",
    }
}

fn is_refusal(payload: &Value) -> bool {
    payload["userErrors"].as_array().is_some_and(|errors| !errors.is_empty())
}

/// Whether a request may have left something in the log.
fn may_have_recorded(request: &Request, answer: &Answer) -> bool {
    if !request.document.contains("mutation") {
        return false;
    }
    let errors = answer.body["errors"].as_array();
    let mut levels =
        errors.into_iter().flatten().map(|error| error["path"].as_array().map(Vec::len));
    if let Some(data) = answer.body["data"].as_object() {
        // What a field of a payload could not show was recorded all the same.
        return levels.any(|levels| levels > Some(1)) || !data.values().all(is_refusal);
    }
    // Nothing was executed, or the only mutation failed as a whole. Of several, one may have failed
    // after others were recorded.
    let is_executed = answer.body.get("data").is_some();
    is_executed && !(request.is_one_mutation && levels.all(|levels| levels <= Some(1)))
}
