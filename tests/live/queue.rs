//! Watching a department's queue.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use super::{position, watch_queue, ways};
use crate::support::app::{App, department};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn first_comes_the_queue_as_it_is_and_then_whatever_changes_in_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["accounting"]).await;
        let manager = app.staff("Manager", servicedesk_domain::staff::Role::Manager, &[]).await;
        for way in ways(&app).await {
            let old = customer.expect_opened("finance").await;
            let mut watcher = watch_queue(&app, way, &agent, "accounting", None).await;
            let snapshot = watcher.shown().await;
            assert_eq!((&snapshot["ticket"], &snapshot["isQueued"]), (&Value::Null, &Value::Null));
            let before = snapshot["queue"]["totalCount"].as_i64().expect("a count");
            assert!(
                snapshot["queue"].to_string().contains(old["number"].as_str().expect("a number"))
            );

            customer.expect_opened("bug_report").await; // Another department's.
            let new = customer.expect_opened("finance").await;
            let item = watcher.shown().await;
            assert_eq!(
                (&item["ticket"]["number"], &item["isQueued"]),
                (&new["number"], &json!(true))
            );
            assert_eq!(item["queue"]["totalCount"], before + 1);

            let to =
                |code: &str| json!({ "ticketId": new["id"], "departmentId": department(code) });
            manager.expect_done("transferTicket", to("technical")).await;
            let item = watcher.shown().await;
            // It has left, and is no longer this agent's to see.
            assert_eq!((&item["ticket"], &item["isQueued"]), (&Value::Null, &json!(false)));
            assert_eq!(item["queue"]["totalCount"], before);
            manager.expect_done("transferTicket", to("accounting")).await;
            assert_eq!(watcher.shown().await["isQueued"], json!(true));
            customer.expect_done_on("closeTicket", &new).await;
            let item = watcher.shown().await;
            assert_eq!(
                (&item["ticket"]["status"], &item["isQueued"]),
                (&json!("CLOSED"), &json!(false))
            );
            // Behind it stands only what follows for the ticket's clocks.
            assert!(position(&item) <= app.head().await);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_watcher_of_a_queue_goes_on_where_it_left_off(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["accounting"]).await;
        for way in ways(&app).await {
            let begun = app.head().await;
            let mut expected = Vec::new();
            for _ in 0..3 {
                expected.push(customer.expect_opened("finance").await["number"].clone());
                customer.expect_opened("bug_report").await;
            }
            let mut watcher = watch_queue(&app, way, &agent, "accounting", begun).await;
            expected.push(customer.expect_opened("finance").await["number"].clone());
            let mut last = begun;
            for number in expected {
                let item = watcher.shown().await;
                assert_eq!(item["ticket"]["number"], number);
                assert!(position(&item) > last);
                last = position(&item);
            }
            let mut watcher = watch_queue(&app, way, &agent, "accounting", last + 1_000).await;
            assert_eq!(watcher.error().await, "BAD_USER_INPUT");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_watch_of_a_queue_ends_with_its_token(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["accounting"]).await;
        for way in ways(&app).await {
            let read = [servicedesk_domain::access::Scope::Read];
            let passing = app.with_token(&agent, &read, 1).await;
            let mut watcher = watch_queue(&app, way, &passing, "accounting", None).await;
            watcher.shown().await;
            app.revoke(&passing).await;
            customer.expect_opened("finance").await;
            assert_eq!(watcher.error().await, "UNAUTHENTICATED");
            assert_eq!(watcher.next().await, None);
        }
    })
    .await;
}
