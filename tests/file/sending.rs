//! Sending a file by tus and by PUT.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, with};
use crate::support::files::{CONTENT, TUS, content, sha256, upload_of};
use crate::support::{System, with_database};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_is_sent_in_as_many_requests_as_it_needs(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let input = with(upload_of("график.png", PNG.len()), &json!({ "sha256": sha256(PNG) }));
        let (id, url) = customer.expect_requested(input).await;
        let options = app.http("OPTIONS", &url, &[], b"").await;
        assert_eq!((options.status, options.header("tus-version")), (204, "1.0.0"));
        assert_eq!(options.header("tus-max-size"), "134217728");
        assert_eq!(options.header("tus-extension"), "creation,termination,expiration,checksum");
        let looked = app.send_as(&customer, ("HEAD", &url), &[TUS], b"").await;
        assert_eq!((looked.status, looked.header("upload-offset")), (200, "0"));
        assert_eq!(looked.header("upload-length"), PNG.len().to_string());
        assert_eq!(looked.header("cache-control"), "no-store");
        assert!(looked.header("upload-expires").ends_with(" GMT"));

        let sent = app.patch(&customer, &url, 0, &PNG[..4]).await;
        assert_eq!((sent.status, sent.header("upload-offset")), (204, "4"));
        assert_eq!(sent.header("tus-resumable"), "1.0.0");
        let early = customer.file(&id).await;
        assert!(early["downloadUrl"].is_null() && early["sha256"].is_null(), "{early}");
        // What does not go on where it is, or is not understood, changes nothing.
        for offset in [0, 3, 5, 99] {
            let other = app.patch(&customer, &url, offset, &PNG[4..]).await;
            assert_eq!((other.status, other.header("upload-offset")), (409, "4"), "{offset}");
        }
        let at = ("upload-offset", "4");
        for (headers, status) in [
            (vec![TUS, at], 415),
            (vec![TUS, CONTENT], 400),
            (vec![("tus-resumable", "0.2.2"), CONTENT, at], 412),
            (vec![TUS, CONTENT, at, ("upload-checksum", "md5 AAAA")], 400),
        ] {
            let sent = app.send_as(&customer, ("PATCH", &url), &headers, &PNG[4..]).await;
            assert_eq!(sent.status, status, "{headers:?}");
        }
        let long = [PNG, b"x"].concat();
        assert_eq!(app.patch(&customer, &url, 4, &long[4..]).await.status, 413);
        assert_eq!(app.offset(&customer, &url).await, Ok(4));
        // Some networks let only POST through.
        let meant = [TUS, CONTENT, at, ("x-http-method-override", "PATCH")];
        let sent = app.send_as(&customer, ("POST", &url), &meant, &PNG[4..8]).await;
        assert_eq!(sent.status, 204);
        assert_eq!(app.patch(&customer, &url, 8, &PNG[8..]).await.status, 204);
        app.settle().await;
        let file = customer.file(&id).await;
        let expected = json!({ "id": id, "name": "график.png", "size": PNG.len(),
            "type": "text/plain", "detectedType": "image/png", "sha256": sha256(PNG),
            "isDiscarded": false });
        for (name, value) in expected.as_object().expect("fields") {
            assert_eq!(file[name], *value, "{file}");
        }
        assert!(file["storedAt"].is_string() && file["uploadUrl"].is_null(), "{file}");
        // There is nothing more to come.
        assert_eq!(app.offset(&customer, &url).await, Ok(PNG.len() as u64));
        assert_eq!(app.patch(&customer, &url, PNG.len() as u64, b"").await.status, 409);
        assert_eq!(app.send_as(&customer, ("PUT", &url), &[], PNG).await.status, 409);
        assert_eq!(app.stored_files().len(), 3, "{:?}", app.stored_files());
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn bytes_with_another_checksum_are_not_taken(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let file = content(5_000);
        let (id, url) = customer.expect_requested(upload_of("a.log", file.len())).await;
        let checked = |bytes: &[u8]| format!("sha256 {}", STANDARD.encode(Sha256::digest(bytes)));
        let patch = async |offset: &str, checksum: &str, bytes: &[u8]| {
            let headers = [TUS, CONTENT, ("upload-offset", offset), ("upload-checksum", checksum)];
            app.send_as(&customer, ("PATCH", &url), &headers, bytes).await.status
        };
        assert_eq!(patch("0", &checked(&file[..99]), &file[..100]).await, 460);
        assert_eq!(app.offset(&customer, &url).await, Ok(0));
        assert_eq!(patch("0", &checked(&file[..100]), &file[..100]).await, 204);
        // As any client of tus can.
        let sha1 = "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
        assert_eq!(patch("100", sha1, b"").await, 204, "the SHA-1 of nothing");
        assert_eq!(patch("100", sha1, &file[100..200]).await, 460);
        assert_eq!(app.offset(&customer, &url).await, Ok(100));
        assert_eq!(app.patch(&customer, &url, 100, &file[100..]).await.status, 204);
        app.settle().await;
        assert_eq!(customer.file(&id).await["sha256"], sha256(&file));
    })
    .await;
}

/// As tus creates uploads, by clients that know nothing of GraphQL.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_upload_is_created_and_ended_by_tus_alone(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let metadata = format!("filename {},filetype", STANDARD.encode("a.txt"));
        let create = async |length: &str| {
            let headers = [TUS, ("upload-length", length), ("upload-metadata", metadata.as_str())];
            app.send_as(&customer, ("POST", "/uploads/files"), &headers, b"").await
        };
        let head = app.head().await;
        for (length, status) in [("134217729", 413), ("0", 413), ("-1", 400), ("x", 400)] {
            assert_eq!(create(length).await.status, status, "{length}");
        }
        assert_eq!(app.head().await, head, "nothing was recorded");
        let created = create("4").await;
        assert_eq!((created.status, created.header("upload-offset")), (201, "0"));
        let url = created.header("location").to_owned();
        assert_eq!(app.patch(&customer, &url, 0, b"12").await.status, 204);
        assert_eq!(app.stored_files().len(), 1);
        let ended = app.send_as(&customer, ("DELETE", &url), &[TUS], b"").await;
        assert_eq!(ended.status, 204);
        app.settle().await;
        assert_eq!(app.stored_files(), Vec::<String>::new());
        assert_eq!(app.offset(&customer, &url).await, Err(410));
        assert_eq!(app.patch(&customer, &url, 2, b"34").await.status, 410);
        // An upload ends by itself after a day.
        let late = create("4").await.header("location").to_owned();
        assert_eq!(app.patch(&customer, &late, 0, b"12").await.status, 204);
        app.advance(TimeDelta::days(1));
        assert_eq!(app.offset(&customer, &late).await, Err(410));
        assert_eq!(app.patch(&customer, &late, 2, b"34").await.status, 410);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_is_put_and_put_again_after_it_broke_off(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let file = content(10_000);
        let (id, url) = customer.expect_requested(upload_of("a.log", file.len())).await;
        for (wrong, status) in [(&file[..9_999], 400), (&[&file[..], b"x"].concat(), 413)] {
            let length = wrong.len().to_string();
            let headers = [("content-length", length.as_str())];
            let sent = app.send_as(&customer, ("PUT", &url), &headers, wrong).await;
            assert_eq!(sent.status, status, "told before a byte is read");
        }
        assert_eq!(app.offset(&customer, &url).await, Ok(0));
        let whole = [&file[..], b"x"].concat();
        assert_eq!(app.send_as(&customer, ("PUT", &url), &[], &whole).await.status, 413);
        let cut = |upto: usize| {
            let sent = file[..upto].to_vec();
            futures::stream::iter([
                Ok(sent.into()),
                Err(std::io::Error::other("the connection broke")),
            ])
        };
        for upto in [1, 700, 700, 9_000] {
            let status = app.stream(&customer, ("PUT", &url), &[], cut(upto)).await;
            assert_eq!(status, 408);
        }
        assert_eq!(app.offset(&customer, &url).await, Ok(9_000));
        // Its end came too early, and it goes on where it was.
        let short = app.send_as(&customer, ("PUT", &url), &[], &file[..9_500]).await;
        assert_eq!((short.status, app.offset(&customer, &url).await), (400, Ok(9_500)));
        assert_eq!(app.send_as(&customer, ("PUT", &url), &[], &file).await.status, 201);
        app.settle().await;
        assert_eq!(customer.file(&id).await["sha256"], sha256(&file));
        // What came first must come again, or it is not known which file is meant.
        let (id, url) = customer.expect_requested(upload_of("b.log", file.len())).await;
        assert_eq!(app.stream(&customer, ("PUT", &url), &[], cut(5_000)).await, 408);
        let mut other = file.clone();
        other[17] ^= 1;
        assert_eq!(app.send_as(&customer, ("PUT", &url), &[], &other).await.status, 460);
        // Nor is a file kept that is not what was announced.
        let input = with(upload_of("c.log", file.len()), &json!({ "sha256": sha256(b"other") }));
        let (announced, to) = customer.expect_requested(input).await;
        assert_eq!(app.send_as(&customer, ("PUT", &to), &[], &file).await.status, 460);
        app.settle().await;
        for id in [id, announced] {
            assert_eq!(customer.file(&id).await["isDiscarded"], true);
        }
        assert_eq!(app.stored_files().len(), 5, "of the first file only");
    })
    .await;
}
