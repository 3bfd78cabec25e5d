//! Time that is not charged to a customer is never shown to them (T5).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use super::{account, agreed_ticket, last_entry};
use crate::support::app::{App, Person};
use crate::support::watch::{Watcher, Way};

const MARK: &str = "An internal word on courtesy";

/// Everything that a customer can ask of their time.
async fn everything(app: &App, customer: &Person, ticket: &Value) -> Vec<String> {
    app.settle().await;
    app.settle().await;
    let month = app.clock.now().format("%Y-%m").to_string();
    let mut texts = Vec::new();
    for query in [
        "query($id: ID!) { ticket(id: $id) { timeEntries { totalCount totalMinutes nodes { minutes } } } }",
        "query($id: ID!) { ticket(id: $id) { timeline { totalCount nodes { kind minutes text } } } }",
        "query($id: ID!) { t: node(id: $id) { id } timeEntries { totalCount totalMinutes nodes { minutes } } }",
    ] {
        let answer = customer.ask(query, json!({ "id": ticket["id"] })).await;
        assert!(answer.body["errors"].is_null(), "{}", answer.text);
        texts.push(answer.body["data"].to_string());
    }
    let query = "query($month: Month!) { statement(month: $month) { csv html totals { freeMinutes \
         chargeableMinutes } lines { totalCount nodes { minutes } } } }";
    let answer = customer.ask(query, json!({ "month": month })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    texts.push(answer.body["data"].to_string());
    texts
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn courtesy_from_the_start_is_seen_by_staff_alone(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = agreed_ticket(&customer).await;
        let watch = "subscription($id: ID!) { ticketChanged(ticketId: $id) { entry { kind minutes \
             text } } }";
        let on_ticket = json!({ "id": ticket["id"] });
        let mut watcher = Watcher::begin(&app, Way::Events, &customer, watch, on_ticket).await;
        watcher.shown().await;
        let before = everything(&app, &customer, &ticket).await;
        let courtesy = json!({ "ticketId": ticket["id"], "minutes": 77, "courtesyReason": MARK });
        agent.expect_done("logTime", courtesy).await;
        assert_eq!(everything(&app, &customer, &ticket).await, before);
        let entry = last_entry(&app, &agent, &ticket).await;
        assert_eq!(entry["minutes"], 77);
        assert_eq!(account(&app, &customer).await["packages"][0]["usedMinutes"], 0);
        let kinds = |timeline: &[Value]| timeline.iter().any(|one| one["kind"] == "TIME_LOGGED");
        assert!(kinds(&agent.timeline(&ticket).await));
        assert!(!kinds(&customer.timeline(&ticket).await));
        // What they are told of next is the time that concerns them, and what became of it.
        agent.expect_logged(&ticket, 5).await;
        let item = watcher.shown().await;
        assert_eq!(
            (&item["entry"]["kind"], &item["entry"]["minutes"]),
            (&json!("TIME_LOGGED"), &json!(5))
        );
        assert_eq!(item["entry"]["text"], Value::Null);
    })
    .await;
}

/// B3: an entry that becomes a courtesy is given back in full, and is gone from their sight.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn courtesy_afterwards_gives_everything_back(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = agreed_ticket(&customer).await;
        let before = account(&app, &customer).await;
        let entry = agent.expect_logged(&ticket, 377).await;
        assert_eq!(account(&app, &customer).await["chargedSoFar"]["minutes"], 77);
        let mark = json!({ "ticketId": ticket["id"], "timeEntryId": entry, "reason": MARK });
        agent.expect_done("markCourtesy", mark).await;
        assert_eq!(account(&app, &customer).await, before);
        let seen = everything(&app, &customer, &ticket).await;
        for text in &seen[..3] {
            assert!(!text.contains("377") && !text.contains("TIME_LOGGED"), "{text}");
        }
        assert!(!seen.concat().contains(MARK));
        let last = agent.timeline(&ticket).await.pop().expect("an entry");
        assert_eq!((&last["kind"], &last["text"]), (&json!("TIME_MARKED_COURTESY"), &json!(MARK)));
    })
    .await;
}
