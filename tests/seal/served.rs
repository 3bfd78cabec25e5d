//! The seal over HTTP and on the command line.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use servicedesk_eventlog::seal::{self, Sealer, open_checkpoint};
use test_case::test_case;
use tower::ServiceExt;

use super::{attack, sealed};
use crate::support::System::{Postgres, Sqlite};
use crate::support::app::App;
use crate::support::process::{printed, run, said};
use crate::support::{System, with_database};

async fn get(app: &App, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let answer = app.router().oneshot(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole answer");
    (parts.status, parts.headers, body.to_vec())
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn anybody_gets_the_checkpoint_and_its_tiles(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        app.settle().await;
        let db = app.log().db();
        let mut sealer = Sealer::new(db.clone(), app.service.app.config.checkpoint_of(db));
        // Where the service's own sealer was faster, the second step finds what it signed.
        for _ in 0..2 {
            sealer.step().await.expect("sealed");
        }
        let (status, headers, text) = get(&app, "/checkpoint").await;
        assert_eq!(
            (status, &headers["cache-control"]),
            (StatusCode::OK, &"no-cache".parse().expect("a value"))
        );
        let key = seal::public_key(db).await.expect("read").expect("a key");
        let text = String::from_utf8(text).expect("a text");
        let size = open_checkpoint(&text, &key).expect("signed").size;
        assert!(size > 0 && size < 256, "{size}");
        let (status, headers, tile) = get(&app, &format!("/tile/0/000.p/{size}")).await;
        assert_eq!((status, tile.len() as u64), (StatusCode::OK, size * 32));
        assert!(headers["cache-control"].to_str().expect("a text").contains("immutable"));
        assert_eq!(get(&app, "/tile/0/000.p/1").await.2, tile[..32]);
        for path in ["000", "001", "000.p/0", "000.p/255", "x000/000", "999.p/1", "entries"] {
            let (status, ..) = get(&app, &format!("/tile/0/{path}")).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(get(&app, "/tile/1/000.p/1").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&app, "/tile/entries/000").await.0, StatusCode::NOT_FOUND);
        app.stop().await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_program_verifies_and_says_what_is_wrong(system: System) {
    with_database(system, |database| async move {
        let sealed = sealed(&database).await;
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        let path = sealed.outside.path().display();
        let setting = format!("checkpoint_file = {path:?}", path = path.to_string());
        std::fs::write(folder.join("servicedesk.toml"), setting).expect("written");
        let key = printed(folder, url, &["audit", "key"]).await;
        let verified = printed(folder, url, &["audit", "verify", "--key", &key]).await;
        assert!(verified.starts_with("verified 5 events, 5 of them sealed"), "{verified}");
        assert!(printed(folder, url, &["status"]).await.contains("sealed 5 events"));
        attack(&database, "UPDATE events SET event_version = '9' WHERE position = 3").await;
        let output = run(folder, url, &["audit", "verify"]).await;
        assert!(!output.status.success());
        let said = said(&output);
        assert!(said.contains("not sound at position 3: event 3 is not the one"), "{said}");
        printed(folder, url, &["audit", "new-origin", "desk.example.com/2"]).await;
        assert!(printed(folder, url, &["audit", "key"]).await.starts_with("desk.example.com/2+"));
    })
    .await;
}

/// The service tells its operators, and goes on.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_service_that_cannot_seal_is_degraded(system: System) {
    with_database(system, |database| async move {
        let mut sealed = sealed(&database).await;
        let readiness = |app: &App| {
            let request = Request::get("/readyz").body(Body::empty()).expect("a request");
            let answer = app.router().oneshot(request);
            async move {
                let body = answer.await.expect("an answer").into_body();
                let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole answer");
                serde_json::from_slice::<serde_json::Value>(&body).expect("JSON")
            }
        };
        // Its own sealer keeps the checkpoint in another file, and misses it there.
        let app = App::start(&database).await;
        app.settle().await;
        std::fs::remove_file(sealed.outside.path()).expect("removed");
        sealed.sealer.step().await.expect_err("refused");
        let told = readiness(&app).await;
        assert_eq!((&told["ready"], &told["degraded"]), (&true.into(), &true.into()), "{told}");
        app.stop().await;
    })
    .await;
}
