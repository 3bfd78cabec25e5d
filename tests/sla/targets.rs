//! What a ticket shows of its targets, from the opening over a wait and a resolution to a second
//! cycle. Tests begin on a Monday at 15:00 in Moscow.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::json;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{states, targets};
use crate::support::app::App;
use crate::support::clock::start;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_ticket_shows_its_targets_from_the_opening_on(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let shown = targets(&agent, &ticket).await;
        assert_eq!(states(&shown), ["FIRST_RESPONSE ON_TRACK", "PROCESSING ON_TRACK"]);
        assert_eq!((&shown[0]["targetMinutes"], &shown[1]["targetMinutes"]), (&json!(240), &json!(1440)));
        let due = |index: usize| -> chrono::DateTime<chrono::Utc> {
            shown[index]["dueAt"].as_str().expect("due").parse().expect("a moment")
        };
        // Nights of working days count.
        assert_eq!((due(0) - start()).num_hours(), 4);
        assert_eq!((due(1) - start()).num_hours(), 24);
        let terms = json!({ "serviceLevelVersion": 1, "calendarCode": "office", "calendarVersion": 1,
                            "timeZone": "Europe/Moscow", "clock": "WORKING_DAYS" });
        assert_eq!(shown[1]["terms"], terms);

        app.advance(TimeDelta::minutes(180));
        let shown = targets(&agent, &ticket).await;
        assert_eq!(states(&shown), ["FIRST_RESPONSE AT_RISK", "PROCESSING ON_TRACK"]);
        assert_eq!((&shown[1]["percentage"], &shown[1]["remainingSeconds"]), (&json!(12), &json!(21 * 3_600 - 1)));
        app.advance(TimeDelta::minutes(61));
        assert_eq!(states(&targets(&agent, &ticket).await)[0], "FIRST_RESPONSE BREACHED");
        agent.expect_done("addReply", json!({ "ticketId": ticket["id"], "text": "Hello" })).await;
        let answered = &targets(&agent, &ticket).await[0];
        assert_eq!((&answered["state"], &answered["elapsedSeconds"]), (&json!("BREACHED"), &json!(241 * 60)));
        assert!(answered["breachedSince"].is_string(), "it is recorded with the reply");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn waiting_stands_still_and_reopening_starts_a_second_cycle(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        agent
            .expect_done("addReply", json!({ "ticketId": ticket["id"], "text": "Which version?" }))
            .await;
        app.advance(TimeDelta::hours(2));
        agent.expect_done_on("awaitCustomer", &ticket).await;
        app.advance(TimeDelta::days(3));
        let shown = targets(&agent, &ticket).await;
        assert_eq!(states(&shown), ["FIRST_RESPONSE MET", "PROCESSING PAUSED"]);
        assert_eq!(
            (&shown[1]["elapsedSeconds"], &shown[1]["dueAt"]),
            (&json!(7_200), &json!(null))
        );
        customer
            .expect_done("addReply", json!({ "ticketId": ticket["id"], "text": "The last" }))
            .await;
        // Thursday at 17:00; 22 hours are left.
        app.advance(TimeDelta::hours(1));
        agent.expect_done_on("resolveTicket", &ticket).await;
        let shown = targets(&agent, &ticket).await;
        assert_eq!(states(&shown), ["FIRST_RESPONSE MET", "PROCESSING MET"]);
        assert_eq!(shown[1]["elapsedSeconds"], 10_800);
        assert_eq!(shown[1]["remainingSeconds"], json!(null));

        app.advance(TimeDelta::days(3));
        customer.expect_done_on("reopenTicket", &ticket).await;
        let shown = targets(&agent, &ticket).await;
        assert_eq!(states(&shown), ["FIRST_RESPONSE MET", "PROCESSING MET", "PROCESSING ON_TRACK"]);
        assert_eq!(shown[2]["cycle"], 2);
        // A Sunday has no hour.
        assert_eq!(shown[2]["elapsedSeconds"], 0);
        app.advance(TimeDelta::days(20));
        let shown = targets(&agent, &ticket).await;
        assert_eq!(states(&shown)[1..], ["PROCESSING MET", "PROCESSING BREACHED"]);
    })
    .await;
}

/// T5: what a customer sees of a ticket says nothing of the desk's own targets.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_sees_nothing_of_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ticket = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::days(10));
        let due = servicedesk_service::sla::timers::record_due(&app.service.app.desk).await;
        due.expect("what is due is recorded");
        app.settle().await;
        let input = json!({ "ticketId": ticket["id"], "reason": "To see" });
        manager.act("remeasureTicket", input).await;
        let answer = customer.ask(super::TARGETS, json!({ "id": ticket["id"] })).await;
        assert_eq!(answer.error(), None, "{}", answer.text);
        assert!(answer.payload()["serviceTargets"].is_null(), "{}", answer.text);
        let kinds = |timeline: &[serde_json::Value]| {
            timeline.iter().map(|entry| entry["kind"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&customer.timeline(&ticket).await), ["OPENED"]);
        let seen = kinds(&agent.timeline(&ticket).await);
        let lines = ["TARGET_AT_RISK", "TARGET_BREACHED"];
        assert_eq!(seen, [&["OPENED"][..], &lines, &lines].concat());
    })
    .await;
}
