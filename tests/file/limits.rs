//! How much may be sent, and by whom.

use axum::body::Bytes;
use futures::{Stream, StreamExt};
use serde_json::json;
use servicedesk_domain::access::Scope;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, Person, config};
use crate::support::browser::{Browser, HOST, ORIGIN};
use crate::support::files::{TUS, upload_of};
use crate::support::{System, with_database};

const MOST: usize = 128 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// So many bytes, which are never all in memory.
fn zeros(bytes: usize) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let chunk = Bytes::from(vec![0; CHUNK]);
    let rest = chunk.slice(..bytes % CHUNK);
    let whole = futures::stream::repeat(chunk).take(bytes / CHUNK);
    whole.chain(futures::stream::iter([rest])).map(Ok)
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn exactly_128_mib_pass_and_not_one_byte_more(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let answer = customer.act("requestUpload", upload_of("a.bin", MOST + 1)).await;
        let error = &answer.payload()["userErrors"][0];
        assert_eq!(error["code"], "SIZE_OUT_OF_RANGE", "{}", answer.text);
        assert!(error["message"].as_str().is_some_and(|told| told.contains("134217728")));
        let (id, url) = customer.expect_requested(upload_of("a.bin", MOST)).await;
        let put = ("PUT", url.as_str());
        assert_eq!(app.stream(&customer, put, &[], zeros(MOST + 1)).await, 413);
        assert!(app.offset(&customer, &url).await.expect("it is awaited") < MOST as u64);
        assert_eq!(app.stream(&customer, put, &[], zeros(MOST)).await, 201);
        app.settle().await;
        let file = customer.file(&id).await;
        // The SHA-256 of 128 MiB of zeros.
        let expected = "254bcc3fc4f27172636df4bf32de9f107f620d559b20d760197e452b97453917";
        assert_eq!((&file["size"], &file["sha256"]), (&json!(MOST), &json!(expected)), "{file}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customers_files_have_a_limit_together_however_they_are_asked_for(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.customer_file_bytes = 10;
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ask = |name: &str| {
            let (customer, input) = (customer.clone(), upload_of(name, 6));
            async move { customer.act("requestUpload", input).await.outcome().to_owned() }
        };
        // Asked for at the same moment, each may have room; sent, only the first has.
        let asked = futures::future::join_all(["a", "b", "c"].map(ask)).await;
        app.settle().await;
        assert_eq!(ask("d").await, "QUOTA_EXCEEDED");
        let urls: Vec<String> = urls_of(&app).await;
        let granted = asked.iter().filter(|outcome| *outcome == "ok").count();
        assert_eq!(urls.len(), granted);
        let mut taken = 0;
        for url in &urls {
            let sent = app.send_as(&customer, ("PUT", url), &[], b"123456").await;
            assert!([201, 413].contains(&sent.status), "{}", sent.status);
            taken += usize::from(sent.status == 201);
        }
        assert_eq!(taken, 1);
        // What is gone takes no room, nor does what others have. Staff have no limit.
        for url in &urls[1..] {
            app.send_as(&customer, ("DELETE", url), &[TUS], b"").await;
        }
        app.settle().await;
        assert_eq!(customer.act("requestUpload", upload_of("e", 4)).await.outcome(), "ok");
        assert_eq!(other.act("requestUpload", upload_of("f", 10)).await.outcome(), "ok");
        assert_eq!(agent.act("requestUpload", upload_of("g", 11)).await.outcome(), "ok");
    })
    .await;
}

/// Where the files are sent that were asked for, in that order.
async fn urls_of(app: &App) -> Vec<String> {
    let events = app.log().read_after(0, 1_000).await.expect("the log");
    let asked = events.iter().filter(|one| one.event.event_type() == "file.requested");
    asked.map(|one| format!("/uploads/files/{}", one.aggregate_id)).collect()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_upload_is_its_senders_alone(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let (id, url) = customer.expect_requested(upload_of("a.txt", 4)).await;
        let other = app.customer("Other").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let auditor = app.staff("Auditor", Role::Auditor, &[]).await;
        let reading = app.with_token(&customer, &[Scope::Read], 30).await;
        let head = app.head().await;
        for (who, status) in [
            (&other, 404),
            (&manager, 404),
            (&auditor, 403),
            (&reading, 403),
            (&Person::anonymous(&customer), 401),
        ] {
            for method in ["HEAD", "PUT", "DELETE"] {
                let sent = app.send_as(who, (method, &url), &[TUS], b"1234").await;
                assert_eq!(sent.status, status, "{method}");
            }
            assert_eq!(app.patch(who, &url, 0, b"1234").await.status, status);
        }
        for nothing in ["/uploads/files/x", "/uploads/files/00000000-0000-0000-0000-000000000007"] {
            assert_eq!(app.offset(&customer, nothing).await, Err(404), "{nothing}");
        }
        assert!(other.file(&id).await.is_null() && manager.file(&id).await.is_null());
        assert_eq!((app.head().await, app.offset(&customer, &url).await), (head, Ok(0)));
    })
    .await;
}

/// Somebody logged in sends with the session's cookie, from a page of this service and no other.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_page_sends_with_the_sessions_cookie(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, "anna@example.com").await;
        let answer = browser.act("requestUpload", upload_of("a.txt", 4)).await;
        let id = answer.payload()["file"]["id"].as_str().expect("a file").to_owned();
        let query = json!({ "query": "query($id: ID!) { node(id: $id) { ... on File { uploadUrl } } }",
                            "variables": { "id": id } });
        let found = browser.send(query).await;
        let url = found.payload()["uploadUrl"].as_str().expect("an address").to_owned();
        let cookie = browser.cookie.clone().expect("a session");
        let put = async |origin: &str| {
            let headers = [("host", HOST), ("origin", origin), ("cookie", cookie.as_str())];
            app.http("PUT", &url, &headers, b"1234").await.status
        };
        assert_eq!(put("https://evil.example").await, 403);
        assert_eq!(put(ORIGIN).await, 201);
    })
    .await;
}
