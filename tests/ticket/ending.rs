//! Resolving, closing, reopening, and closing by itself when the period for reopening is over (T4).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_service::ticket::expiry;
use test_case::test_case;

use super::kinds;
use crate::support::TestDatabase;
use crate::support::app::{App, Person};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_resolved_ticket_may_be_reopened_for_fourteen_days_and_no_longer(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (customer, agent) = people(&app).await;
        let ticket = resolved(&customer, &agent).await;
        app.advance(TimeDelta::days(14) - TimeDelta::minutes(1));
        let reopened = customer.expect_done_on("reopenTicket", &ticket).await;
        assert_eq!(
            (&reopened["status"], &reopened["reopenableUntil"]),
            (&json!("REOPENED"), &Value::Null)
        );
        // A new resolution begins a new period.
        agent.expect_done_on("acceptTicket", &ticket).await;
        let resolved = agent.expect_done_on("resolveTicket", &ticket).await;
        app.advance(TimeDelta::days(14) + TimeDelta::minutes(1));
        let head = app.head().await;
        for person in [&customer, &agent] {
            let answer = person.act("reopenTicket", json!({ "ticketId": ticket["id"] })).await;
            let error = &answer.payload()["userErrors"][0];
            assert_eq!(error["code"], "REOPEN_PERIOD_OVER", "{}", answer.text);
            assert_eq!(error["until"], resolved["reopenableUntil"]);
            assert_eq!(answer.payload()["ticket"], Value::Null);
        }
        // The service itself may have closed it meanwhile, and that is all.
        assert!(app.head().await <= head + 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn closing_a_resolved_ticket_does_not_prolong_the_period(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (customer, agent) = people(&app).await;
        let first = resolved(&customer, &agent).await;
        app.advance(TimeDelta::days(10));
        let closed = agent.expect_done_on("closeTicket", &first).await;
        assert_eq!(closed["reopenableUntil"], first["reopenableUntil"]);
        app.advance(TimeDelta::days(3));
        assert_eq!(customer.expect_done_on("reopenTicket", &first).await["status"], "REOPENED");
        // A ticket closed without having been resolved gets the whole period from then on.
        let second = customer.expect_opened("bug_report").await;
        customer.expect_done_on("closeTicket", &second).await;
        app.advance(TimeDelta::days(13));
        customer.expect_done_on("reopenTicket", &second).await;
        customer.expect_done_on("closeTicket", &second).await;
        app.advance(TimeDelta::days(15));
        let answer = customer.act("reopenTicket", json!({ "ticketId": second["id"] })).await;
        assert_eq!(answer.refusal(), Some("REOPEN_PERIOD_OVER"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_resolved_ticket_closes_by_itself_when_the_period_is_over_and_only_then(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (customer, agent) = people(&app).await;
        let ticket = resolved(&customer, &agent).await;
        let open = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::days(14) - TimeDelta::minutes(1));
        close_due(&app).await;
        assert_eq!(customer.sees(&ticket).await["status"], "RESOLVED");
        app.advance(TimeDelta::minutes(2));
        close_due(&app).await;
        assert_closed_once(&app, &customer, &ticket).await;
        close_due(&app).await;
        assert_closed_once(&app, &customer, &ticket).await;
        assert_eq!(customer.sees(&open).await["status"], "NEW");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_due_is_closed_after_a_restart_too(system: System) {
    with_database(system, |database: TestDatabase| async move {
        let app = App::start(&database).await;
        let (customer, agent) = people(&app).await;
        let ticket = resolved(&customer, &agent).await;
        app.stop().await;
        database.clock.advance(TimeDelta::days(15));
        let app = App::start(&database).await;
        close_due(&app).await;
        assert_closed_once(&app, &customer.at(&app), &ticket).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_closes_her_ticket_in_any_open_state(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let (customer, agent) = people(&app).await;
        let waiting = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &waiting).await;
        agent.expect_done_on("awaitCustomer", &waiting).await;
        assert_eq!(customer.expect_done_on("closeTicket", &waiting).await["status"], "CLOSED");
        let expected = ["OPENED", "ACCEPTED", "WAITING_STARTED", "WAITING_ENDED", "CLOSED"];
        assert_eq!(kinds(&customer.timeline(&waiting).await), expected);
    })
    .await;
}

async fn people(app: &App) -> (Person, Person) {
    (app.customer("Customer").await, app.agent("Agent", &["technical"]).await)
}

async fn resolved(customer: &Person, agent: &Person) -> Value {
    let ticket = customer.expect_opened("bug_report").await;
    agent.expect_done_on("acceptTicket", &ticket).await;
    agent.expect_done_on("resolveTicket", &ticket).await
}

/// Closes what is due, unless the service's own background work was faster.
async fn close_due(app: &App) {
    expiry::close_due(&app.service.app.desk).await.expect("what is due is closed");
    app.settle().await;
}

async fn assert_closed_once(app: &App, customer: &Person, ticket: &Value) {
    // The background work may be between its decision and its read model.
    app.settle().await;
    assert_eq!(customer.sees(ticket).await["status"], "CLOSED");
    let timeline = customer.timeline(ticket).await;
    assert_eq!(kinds(&timeline), ["OPENED", "ACCEPTED", "RESOLVED", "CLOSED"]);
    assert_eq!(timeline[3]["actor"], json!({ "kind": "SYSTEM", "name": null }));
}
