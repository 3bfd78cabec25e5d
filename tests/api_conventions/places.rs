//! What is limited in number or in time: uploads, subscriptions of the process, and executions.

use axum::body::Body;
use axum::http::Request;
use futures::SinkExt;
use futures::channel::mpsc;
use serde_json::json;
use servicedesk_domain::staff::Role;
use test_case::test_case;
use tower::ServiceExt;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, config, opening};
use crate::support::releases::release;
use crate::support::watch::{WATCH_TICKET, Watcher, Way};
use crate::support::{System, in_time, with_database};

/// A place is taken before a byte is read, and free again as soon as the upload has ended.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn uploads_are_limited_in_number(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.uploads = 1;
        let app = App::start_with(&database, config).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let first = app.announce(&manager, release("1.0", b"file")).await;
        let second = app.announce(&manager, release("2.0", b"file")).await;
        let (mut sender, receiver) = mpsc::channel::<Result<Vec<u8>, std::io::Error>>(0);
        let slow = Request::put(&first).header("content-length", "4");
        let slow = slow.body(Body::from_stream(receiver)).expect("a request");
        let slow = tokio::spawn(app.router().oneshot(slow));
        // Sent is what was read.
        in_time("the first byte", sender.send(Ok(b"f".to_vec()))).await.expect("it is read");
        assert_eq!(app.http("PUT", &second, &[], b"file").await.status, 429);
        in_time("the rest", sender.send(Ok(b"ile".to_vec()))).await.expect("it is read");
        drop(sender);
        let sent = in_time("the upload", slow).await.expect("no panic").expect("an answer");
        assert_eq!(sent.status(), 201);
        assert_eq!(app.http("PUT", &second, &[], b"file").await.status, 201);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn subscriptions_are_limited_in_the_process(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.subscriptions = 2;
        let app = App::start_with(&database, config).await;
        let address = app.listen().await;
        let mut watchers = Vec::new();
        for (name, way, code) in [
            ("One", Way::Events, None),
            ("Two", Way::Socket(address), None),
            ("Three", Way::Events, Some("THROTTLED")),
            ("Four", Way::Socket(address), Some("THROTTLED")),
        ] {
            let customer = app.customer(name).await;
            let ticket = customer.expect_opened("finance").await;
            let of = json!({ "id": ticket["id"] });
            let mut watcher = Watcher::begin(&app, way, &customer, WATCH_TICKET, of).await;
            let item = watcher.next().await.expect("an item or why there is none");
            assert_eq!(item["errors"][0]["extensions"]["code"].as_str(), code, "{name}: {item}");
            watchers.push(watcher);
        }
    })
    .await;
}

/// Whatever waits in an execution, the client hears of it, and may repeat the request.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_execution_is_cut_off(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.request_seconds = 1;
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;
        let (hold, release) = if database.is_postgres() {
            ("BEGIN; SELECT position FROM log_head FOR UPDATE", "ROLLBACK")
        } else {
            ("BEGIN IMMEDIATE", "ROLLBACK")
        };
        let key = "00000000-0000-7000-8000-000000000001";
        let mut input = opening("finance");
        input["idempotencyKey"] = json!(key);
        database.run(hold).await.expect("the owner can");
        let held = customer.act("openTicket", input.clone()).await;
        assert_eq!(held.error(), Some("UNAVAILABLE"), "{}", held.text);
        assert_eq!(held.status, 503, "{}", held.text);
        database.run(release).await.expect("the owner can");
        let ticket = customer.expect_done("openTicket", input).await;
        assert_eq!(ticket["number"], "SD-000001", "carried out once");
    })
    .await;
}
