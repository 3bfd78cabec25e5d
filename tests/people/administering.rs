//! How much the policy assigns somebody, and when they are away.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::{Days, TimeDelta};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, with};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_policy_passes_over_who_has_enough(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent_on_shift("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let capacity = |count: Value| json!({ "staffMemberId": agent.id, "maxOpenTickets": count });
        let set = manager.expect_done("setCapacity", capacity(json!(2))).await;
        assert_eq!(set["maxOpenTickets"], 2);
        let mut tickets = Vec::new();
        for expected in [json!(agent.id), json!(agent.id), Value::Null] {
            app.settle().await;
            let ticket = customer.expect_opened("bug_report").await;
            assert_eq!(ticket["assignee"]["id"], expected);
            tickets.push(ticket);
        }
        // By hand, more can be given.
        agent.expect_done_on("acceptTicket", &tickets[2]).await;
        for ticket in &tickets[..2] {
            agent.expect_done_on("acceptTicket", ticket).await;
            agent.expect_done_on("resolveTicket", ticket).await;
        }
        app.settle().await;
        let ticket = customer.expect_opened("bug_report").await;
        assert_eq!(ticket["assignee"]["id"], agent.id);
        let set = manager.expect_done("setCapacity", capacity(Value::Null)).await;
        assert_eq!(set["maxOpenTickets"], Value::Null);
        app.settle().await;
        let ticket = customer.expect_opened("bug_report").await;
        assert_eq!(ticket["assignee"]["id"], agent.id);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_policy_passes_over_who_is_away(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent_on_shift("Agent", &["technical"]).await;
        let other = app.agent("Other", &["technical"]).await;
        let today = app.clock.now().with_timezone(&chrono_tz::Europe::Moscow).date_naive();
        let absence = json!({ "staffMemberId": agent.id, "firstDay": today + Days::new(1),
                              "lastDay": today + Days::new(2) });
        assert_eq!(other.act("planAbsence", absence.clone()).await.outcome(), "FORBIDDEN");
        let planned = agent.expect_done("planAbsence", absence.clone()).await;
        assert_eq!(planned["absences"][0]["lastDay"], absence["lastDay"]);
        for (day, expected) in
            [(0, json!(agent.id)), (1, Value::Null), (2, Value::Null), (3, json!(agent.id))]
        {
            app.settle().await;
            let ticket = customer.expect_opened("bug_report").await;
            assert_eq!(ticket["assignee"]["id"], expected, "day {day}");
            app.advance(TimeDelta::days(1));
        }
        // What is over is no longer shown, and what is cancelled no longer counts.
        let today = today + Days::new(4);
        let again = with(absence, &json!({ "firstDay": today, "lastDay": today }));
        let planned = agent.expect_done("planAbsence", again).await;
        let [shown] = &planned["absences"].as_array().expect("absences")[..] else {
            panic!("{planned}")
        };
        let cancel = json!({ "absenceId": shown["id"] });
        let cancelled = agent.expect_done("cancelAbsence", cancel).await;
        assert_eq!(cancelled["absences"], json!([]));
        app.settle().await;
        let ticket = customer.expect_opened("bug_report").await;
        assert_eq!(ticket["assignee"]["id"], agent.id);
    })
    .await;
}
