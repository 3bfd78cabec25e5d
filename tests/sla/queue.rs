//! The department's queue by what is due, and by how it stands with it (S2).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::catalogue::CalendarId;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, Person, department};

const QUEUE: &str = "query($id: ID!, $by: DepartmentQueueOrder, $filter: DepartmentQueueFilter, \
     $first: Int, $after: String) { departmentQueue(departmentId: $id, orderBy: $by, \
     filter: $filter, first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage } \
     nodes { number serviceTargets { state } } } }";

async fn queue(who: &Person, asked: Value) -> Value {
    let mut variables = json!({ "id": department("technical") });
    for (name, value) in asked.as_object().expect("variables") {
        variables[name] = value.clone();
    }
    let answer = who.ask(QUEUE, variables).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload().clone()
}

fn numbers(queue: &Value) -> Vec<&str> {
    let nodes = queue["nodes"].as_array().expect("tickets").iter();
    nodes.map(|node| node["number"].as_str().expect("a number")).collect()
}

/// What was due before a wait stays due at that moment, and comes before what was due later.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_was_overdue_before_a_wait_keeps_its_place(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let level = json!({ "request": "TICKET", "clock": "CALENDAR", "processingMinutes": 60,
            "calendarId": servicedesk::graphql::relay::global_id(CalendarId::named("office")).0 });
        assert_eq!(manager.act("defineServiceLevel", level).await.outcome(), "ok");
        let waited = customer.expect_opened("bug_report").await;
        let due = super::targets(&agent, &waited).await[0]["dueAt"].clone();
        agent.expect_done_on("acceptTicket", &waited).await;
        agent.expect_done("addReply", json!({ "ticketId": waited["id"], "text": "Which?" })).await;
        app.advance(TimeDelta::hours(3));
        let later = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::hours(2));
        agent.expect_done_on("awaitCustomer", &waited).await;
        assert_eq!(super::targets(&agent, &waited).await[0]["dueAt"], due, "while it waits");
        app.advance(TimeDelta::hours(5));
        customer
            .expect_done("addReply", json!({ "ticketId": waited["id"], "text": "The last" }))
            .await;
        assert_eq!(super::targets(&agent, &waited).await[0]["dueAt"], due, "after it");
        let by_due = queue(&agent, json!({ "by": "DUE" })).await;
        let expected = [&waited, &later].map(|ticket| ticket["number"].as_str().expect("a number"));
        assert_eq!(numbers(&by_due), expected);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_queue_is_ordered_and_filtered_by_what_is_due(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        // Ends up breached, at risk, waiting and on track.
        let breached = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::hours(1));
        let waiting = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &waiting).await;
        agent.expect_done("addReply", json!({ "ticketId": waiting["id"], "text": "Which?" })).await;
        agent.expect_done_on("awaitCustomer", &waiting).await;
        app.advance(TimeDelta::hours(19));
        let at_risk = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::minutes(200));
        let on_track = customer.expect_opened("bug_report").await;
        let number = |ticket: &Value| ticket["number"].as_str().expect("a number").to_owned();
        let all = [&breached, &at_risk, &on_track, &waiting].map(number);
        let by_due = queue(&agent, json!({ "by": "DUE" })).await;
        assert_eq!(numbers(&by_due), all, "what waits is not due");
        let by_urgency = queue(&agent, json!({ "by": "URGENCY" })).await;
        assert_eq!(numbers(&by_urgency), [&breached, &waiting, &at_risk, &on_track].map(number));
        for (standing, ticket) in [
            ("BREACHED", &breached),
            ("AT_RISK", &at_risk),
            ("ON_TRACK", &on_track),
            ("PAUSED", &waiting),
        ] {
            let found = queue(&agent, json!({ "filter": { "serviceLevel": [standing] } })).await;
            assert_eq!(numbers(&found), [number(ticket)], "{standing}");
            assert_eq!(found["totalCount"], 1);
        }
        let two = json!({ "filter": { "serviceLevel": ["BREACHED", "AT_RISK", "AT_RISK"] } });
        assert_eq!(queue(&agent, two).await["totalCount"], 2);
        // Whether a timer has recorded a line or not, the queue says the same.
        let due = servicedesk_service::sla::timers::record_due(&app.service.app.desk).await;
        due.expect("what is due is recorded");
        app.settle().await;
        assert_eq!(numbers(&queue(&agent, json!({ "by": "DUE" })).await), all);
        let (mut found, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = queue(&agent, json!({ "by": "DUE", "first": 1, "after": after })).await;
            found.extend(numbers(&page).into_iter().map(str::to_owned));
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(found, all, "pages follow on one another");
    })
    .await;
}
