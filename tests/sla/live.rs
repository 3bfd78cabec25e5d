//! Watching lines as they are crossed (S2).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use servicedesk_service::sla::timers;
use test_case::test_case;

use crate::support::app::{App, Person, department};
use crate::support::applications::free_advisor;
use crate::support::watch::{Watcher, Way};

const WATCH: &str = "subscription($department: ID, $after: EventPosition) { \
     slaChanged(departmentId: $department, afterPosition: $after) { position request target state \
     crossedAt ticket { number } application { number } \
     standings { request department { code } open atRisk breached } } }";

async fn watch(app: &App, way: Way, who: &Person, variables: Value) -> Watcher {
    Watcher::begin(app, way, who, WATCH, variables).await
}

/// Target, state and ticket of an item.
fn told(item: &Value) -> [&Value; 3] {
    [&item["target"], &item["state"], &item["ticket"]["number"]]
}

async fn hours_pass(app: &App, hours: i64) {
    app.advance(TimeDelta::hours(hours));
    timers::record_due(&app.service.app.desk).await.expect("recorded");
    app.settle().await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn lines_are_told_when_they_are_crossed_to_those_whose_departments_they_concern(
    system: System,
) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let accountant = app.agent("Accountant", &["accounting"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let address = app.listen().await;
        let begun = app.head().await;
        let mut watchers = Vec::new();
        for way in [Way::Events, Way::Socket(address)] {
            for (who, sees) in [(&agent, true), (&manager, true), (&accountant, false)] {
                let mut watcher = watch(&app, way, who, json!({})).await;
                let snapshot = watcher.shown().await;
                assert_eq!(told(&snapshot), [&Value::Null; 3]);
                assert_eq!(snapshot["standings"], json!([]));
                watchers.push((watcher, sees));
            }
        }
        let ticket = customer.expect_opened("bug_report").await;
        let number = &ticket["number"];
        hours_pass(&app, 3).await;
        hours_pass(&app, 2).await;
        let bill = customer.expect_opened("finance").await;
        hours_pass(&app, 3).await;
        let (first, risk, breach) = (json!("FIRST_RESPONSE"), json!("AT_RISK"), json!("BREACHED"));
        for (mut watcher, sees) in watchers {
            if sees {
                let item = watcher.shown().await;
                assert_eq!(told(&item), [&first, &risk, number]);
                assert_eq!(item["request"], "TICKET");
                let item = watcher.shown().await;
                assert_eq!(told(&item), [&first, &breach, number]);
                let standing = item["standings"].to_string();
                assert!(standing.contains("\"technical\""), "{standing}");
            } else {
                let item = watcher.shown().await;
                assert_eq!(told(&item), [&first, &risk, &bill["number"]]);
                let only = json!([{ "request": "TICKET", "department": { "code": "accounting" },
                                    "open": 1, "atRisk": 1, "breached": 0 }]);
                assert_eq!(item["standings"], only);
            }
        }
        // Later, from a position, one department.
        let of = json!({ "department": department("accounting"), "after": begun.to_string() });
        let mut watcher = watch(&app, Way::Events, &manager, of).await;
        assert_eq!(told(&watcher.shown().await), [&first, &risk, &bill["number"]]);
        // Another department's is not an agent's to watch.
        let of = json!({ "department": department("accounting") });
        assert_eq!(watch(&app, Way::Events, &agent, of).await.error().await, "FORBIDDEN");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn lines_of_applications_are_told_to_licensing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let licenser = app.agent("Licenser", &["licensing"]).await;
        let mut watcher = watch(&app, Way::Events, &licenser, json!({})).await;
        watcher.shown().await;
        let application = customer.expect_done("applyForFreeAdvisor", free_advisor("1")).await;
        app.settle().await;
        for (hours, state) in [(19, "AT_RISK"), (6, "BREACHED")] {
            hours_pass(&app, hours).await;
            let item = watcher.shown().await;
            assert_eq!(told(&item), [&json!("PROCESSING"), &json!(state), &Value::Null]);
            assert_eq!(item["application"]["number"], application["number"]);
            assert_eq!(item["request"], "FREE_ADVISOR");
            assert_eq!(item["standings"][0]["open"], 1);
        }
    })
    .await;
}
