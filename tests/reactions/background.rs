//! A background task that panics makes the service unready, or ends it where nothing works without
//! the task.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use servicedesk::cli::serve::until_stopped;
use servicedesk_service::background::Need;
use test_case::test_case;
use tokio::net::TcpListener;

use crate::support::app::App;
use crate::support::in_time;

async fn breaks() {
    tokio::task::yield_now().await;
    panic!("a test's panic");
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_task_that_panics_makes_the_service_unready_and_requests_go_on(system: System) {
    with_database(system, |database| async move {
        let mut app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        assert_eq!(customer.get("/readyz", &[]).await.status, 200);
        app.service.background.start("breaks", Need::Useful, breaks());
        let ready = in_time("the panic", async {
            loop {
                let ready = customer.get("/readyz", &[]).await;
                if ready.status != 200 {
                    return ready;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!((ready.status.as_u16(), &ready.body["tasks"]), (503, &json!(["breaks"])));
        assert!(!ready.text.contains("a test's panic"), "what exactly failed is for the log");
        assert_eq!(customer.expect_opened("bug_report").await["number"], "SD-000001");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_process_ends_where_nothing_works_without_the_task_that_panicked(system: System) {
    with_database(system, |database| async move {
        let mut app = App::start(&database).await;
        app.service.background.start("breaks", Need::Essential, breaks());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let ended = in_time("the end", until_stopped(app.service, listener)).await;
        let error = ended.expect_err("it did not end as it was told to").to_string();
        assert!(error.contains("breaks") && error.contains("a test's panic"), "{error}");
    })
    .await;
}
