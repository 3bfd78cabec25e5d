//! Downloading files over links.

use chrono::TimeDelta;
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, Person, config, department, opening, with};
use crate::support::files::{content, sha256};
use crate::support::{System, with_database};

/// The customer's ticket with a file.
async fn ticket_with(app: &App, customer: &Person, name: &str, bytes: &[u8]) -> (Value, String) {
    let file = app.uploaded(customer, name, bytes).await;
    let input = with(opening("bug_report"), &json!({ "fileIds": [file] }));
    let ticket = customer.expect_done("openTicket", input).await;
    app.settle().await;
    (ticket, file)
}

async fn link(who: &Person, file: &str) -> String {
    let file = who.file(file).await;
    file["downloadUrl"].as_str().unwrap_or_else(|| panic!("no link: {file}")).to_owned()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_is_downloaded_whole_and_in_parts_across_its_pieces(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        // In more than one piece, and more than one read.
        let bytes = content(5 * 1024 * 1024 + 17);
        let (_, file) = ticket_with(&app, &customer, "a.log", &bytes).await;
        let url = link(&customer, &file).await;
        let get = async |headers: &[(&str, &str)]| app.http("GET", &url, headers, b"").await;
        let whole = get(&[]).await;
        assert_eq!((whole.status, sha256(&whole.body)), (200, sha256(&bytes)));
        for (name, value) in [
            ("content-type", "application/octet-stream"),
            ("content-disposition", "attachment; filename=\"a.log\"; filename*=UTF-8''a.log"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-store"),
            ("accept-ranges", "bytes"),
        ] {
            assert_eq!(whole.header(name), value);
        }
        assert!(whole.header("content-security-policy").contains("sandbox"));
        let etag = whole.header("etag").to_owned();
        let end = bytes.len();
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=4194300-4194310", 4_194_300..4_194_311),
            ("bytes=5242890-", 5_242_890..end),
            ("bytes=-9", end - 9..end),
        ] {
            for headers in [vec![("range", range)], vec![("range", range), ("if-range", &etag)]] {
                let sent = get(&headers).await;
                assert_eq!((sent.status, &sent.body[..]), (206, &bytes[part.clone()]), "{range}");
                let told = format!("bytes {}-{}/{end}", part.start, part.end - 1);
                assert_eq!(sent.header("content-range"), told);
            }
        }
        assert_eq!(get(&[("range", "bytes=99999999-")]).await.status, 416);
        let other = get(&[("range", "bytes=0-0"), ("if-range", "\"x\"")]).await;
        assert_eq!((other.status, other.body.len()), (200, end));
        let looked = app.http("HEAD", &url, &[], b"").await;
        assert_eq!((looked.status, looked.header("content-length")), (200, &*end.to_string()));
        assert!(looked.body.is_empty());
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_link_is_good_for_its_reader_while_they_see_the_ticket_and_for_an_hour(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let (ticket, file) = ticket_with(&app, &customer, "a.log", b"0123").await;
        let (theirs, agents) = (link(&customer, &file).await, link(&agent, &file).await);
        let get = async |url: &str| app.http("GET", url, &[], b"").await.status;
        assert_eq!((get(&theirs).await, get(&agents).await), (200, 200));
        for at in "/downloads/files/".len()..theirs.len() {
            let changed = format!("{}~{}", &theirs[..at], &theirs[at + 1..]);
            assert_eq!(get(&changed).await, 404, "{changed}");
        }
        assert_eq!(get(&theirs.replace("/files", "")).await, 404, "a link is for one thing");
        // The agent's department loses the ticket.
        let transfer = json!({ "ticketId": ticket["id"], "departmentId": department("sales") });
        agent.expect_done("transferTicket", transfer).await;
        app.settle().await;
        assert_eq!((get(&theirs).await, get(&agents).await), (200, 404));
        assert!(agent.file(&file).await.is_null());
        app.advance(TimeDelta::hours(1));
        assert_eq!((get(&theirs).await, get(&link(&customer, &file).await).await), (410, 200));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn any_name_is_a_name_and_no_header(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for (name, expected) in [
            ("отчёт 1.txt", "filename=\"_____ 1.txt\"; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82%201.txt"),
            ("a\"; filename=\"b.html", "filename=\"a__ filename__b.html\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.html"),
            ("%0d%0aSet-Cookie: a=b", "filename=\"_0d_0aSet-Cookie_ a_b\"; filename*=UTF-8''%250d%250aSet-Cookie%3A%20a%3Db"),
            ("<script>.svg", "filename=\"_script_.svg\"; filename*=UTF-8''%3Cscript%3E.svg"),
        ] {
            let file = app.uploaded(&customer, name, b"x").await;
            let sent = app.http("GET", &link(&customer, &file).await, &[], b"").await;
            let told = sent.header("content-disposition");
            assert_eq!(told, format!("attachment; {expected}"), "{name}");
            assert!(sent.headers.get("set-cookie").is_none());
        }
        for name in ["a\r\nSet-Cookie: a=b", "a\nb", "../../etc/passwd", "a\\b", "a\u{202e}b"] {
            let input = json!({ "name": name, "size": 1 });
            assert_eq!(customer.act("requestUpload", input).await.outcome(), "BAD_FILE_NAME");
        }
    })
    .await;
}

/// Pictures are shown by what they are, texts as texts, and what could run is only saved.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn pictures_and_texts_are_shown_in_a_sandbox(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        for (bytes, claimed, shown) in [
            (&png[..], "text/html", Some("image/png")),
            (b"2026-03-02 no <b>connection</b>", "text/plain", Some("text/plain; charset=utf-8")),
            (b"<script>alert(1)</script>", "text/plain", None),
            (b"<script>alert(1)</script>", "text/html", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", None),
            (b"%PDF-1.7 and so on", "application/pdf", None),
        ] {
            let input = json!({ "name": "a", "size": bytes.len(), "type": claimed });
            let (id, url) = customer.expect_requested(input).await;
            assert_eq!(app.send_as(&customer, ("PUT", &url), &[], bytes).await.status, 201);
            app.settle().await;
            let file = customer.file(&id).await;
            let Some(url) = file["previewUrl"].as_str() else {
                assert_eq!(shown, None, "{file}");
                let guessed = link(&customer, &id).await.replace("downloads", "previews");
                assert_eq!(app.http("GET", &guessed, &[], b"").await.status, 404);
                continue;
            };
            let preview = app.http("GET", url, &[], b"").await;
            assert_eq!((preview.status, Some(preview.header("content-type"))), (200, shown));
            assert!(preview.header("content-disposition").starts_with("inline;"));
            assert!(preview.header("content-security-policy").contains("sandbox"));
            assert_eq!(preview.header("x-content-type-options"), "nosniff");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_reader_who_asks_without_end_is_throttled(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let file = app.uploaded(&customer, "a.log", b"0123").await;
        let url = link(&customer, &file).await;
        app.stop().await;
        let mut config = config();
        (config.limits.bucket_cost, config.limits.restore_rate) = (100.0, 1.0);
        let app = App::start_with(&database, config).await;
        for expected in [200, 200, 200, 200, 200, 429] {
            assert_eq!(app.http("GET", &url, &[], b"").await.status, expected);
        }
        app.advance(TimeDelta::seconds(20));
        assert_eq!(app.http("GET", &url, &[], b"").await.status, 200);
    })
    .await;
}
