//! Sessions: they last, they slide, they end, and they are nobody else's.

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::access::Scope;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, opening};
use crate::support::browser::{Browser, PASSWORD, is_about};
use crate::support::{System, with_database};

const ANNA: &str = "anna@example.com";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn logging_out_ends_the_session_and_logging_in_begins_another(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let other_process = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let first = browser.clone();
        let out = browser.act("logOut", json!({})).await;
        assert_eq!((out.outcome(), browser.cookie.clone()), ("ok", None));
        let cookie = out.headers["set-cookie"].to_str().expect("a text");
        assert_eq!(cookie, "servicedesk=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        // Somebody who has kept the cookie has nothing of it, in no process.
        for mut kept in [first.clone(), first.at(&other_process)] {
            assert_eq!(kept.viewer().await, Value::Null);
            let refused = kept.act("openTicket", opening("finance")).await;
            assert_eq!(refused.outcome(), "UNAUTHENTICATED", "{}", refused.text);
        }
        // A cookie that is worth nothing keeps nobody from logging in.
        let mut kept = first.clone();
        assert_eq!(kept.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        assert_ne!(kept.cookie, first.cookie);
        assert!(kept.cookie.as_deref().is_some_and(|cookie| cookie.starts_with("servicedesk=ss_")));
        // Logging in again ends the session that was there.
        let second = kept.clone();
        assert_eq!(kept.log_in(" ANNA@example.com", PASSWORD).await.outcome(), "ok");
        assert_eq!(second.clone().viewer().await, Value::Null);
        assert_eq!(kept.viewer().await["sessions"].as_array().map(Vec::len), Some(1));
        // Without a session, logging out is possible as well; nothing is recorded.
        let head = app.head().await;
        assert_eq!(browser.act("logOut", json!({})).await.outcome(), "ok");
        assert_eq!(app.head().await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_session_lasts_for_90_days_after_it_was_last_used(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let began = app.clock.now();
        for _ in 0..3 {
            app.advance(TimeDelta::days(89));
            let session = browser.viewer().await["sessions"][0].clone();
            assert!(is_about(&session["createdAt"], began), "{session}");
            assert!(is_about(&session["lastUsedAt"], app.clock.now()), "{session}");
        }
        // Uses within an hour are one.
        let noted = app.clock.now();
        app.advance(TimeDelta::minutes(59));
        assert!(is_about(&browser.viewer().await["sessions"][0]["lastUsedAt"], noted));
        app.advance(TimeDelta::days(90));
        assert_eq!(browser.viewer().await, Value::Null);
        // The person sees only what can still be used.
        assert_eq!(browser.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        assert_eq!(browser.viewer().await["sessions"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_person_ends_their_own_sessions_and_nobody_elses(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut phone = Browser::open(&app).await;
        phone.join(&app, ANNA).await;
        let mut desk = phone.another("192.0.2.2");
        assert_eq!(desk.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        let mut boris = phone.another("192.0.2.3");
        boris.join(&app, "boris@example.com").await;

        let sessions = desk.viewer().await["sessions"].clone();
        let current: Vec<_> =
            sessions.as_array().expect("sessions").iter().map(|one| &one["isCurrent"]).collect();
        assert_eq!(current, [true, false], "the newest is first");
        let of_phone = json!({ "sessionId": sessions[1]["id"] });
        let node = "query($id: ID!) { node(id: $id) { __typename id } }";
        let find = json!({ "query": node, "variables": { "id": sessions[1]["id"] } });
        assert_eq!(desk.send(find.clone()).await.payload()["__typename"], "Session");
        assert_eq!(*boris.send(find).await.payload(), Value::Null);

        let head = app.head().await;
        let refused = boris.act("revokeSession", of_phone.clone()).await;
        assert_eq!(refused.outcome(), "SESSION_NOT_FOUND");
        assert_eq!(app.head().await, head);
        assert_eq!(phone.viewer().await["email"], ANNA);
        assert_eq!(desk.act("revokeSession", of_phone.clone()).await.outcome(), "ok");
        assert_eq!(phone.viewer().await, Value::Null);
        assert_eq!(desk.act("revokeSession", of_phone).await.outcome(), "SESSION_NOT_FOUND");

        assert_eq!(phone.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        assert_eq!(phone.act("revokeOtherSessions", json!({})).await.outcome(), "ok");
        assert_eq!(desk.viewer().await, Value::Null);
        assert_eq!(phone.viewer().await["sessions"].as_array().map(Vec::len), Some(1));
        assert_eq!(boris.viewer().await["email"], "boris@example.com");
    })
    .await;
}

/// A token in a header is the client's own, whatever cookie is sent along.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_token_goes_before_the_cookie_and_is_no_session(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let cookie = browser.cookie.clone().expect("a cookie");
        let (_, session) = cookie.split_once('=').expect("a pair");
        let reader = app.with_token(&app.customer("Reader").await, &[Scope::Read], 30).await;
        let headers = [("host", "localhost:8080"), ("cookie", &cookie[..])];
        let query = json!({ "query": "{ viewer { customer { name } email scopes } }" });
        let shown = reader.send(query.clone(), &headers).await;
        let expected =
            json!({ "customer": { "name": "Reader" }, "email": null, "scopes": ["READ"] });
        assert_eq!(*shown.payload(), expected);
        // Neither is taken for the other.
        let mut confused = reader.clone();
        confused.token = Some(session.to_owned());
        assert_eq!(confused.send(query.clone(), &[]).await.error(), Some("UNAUTHENTICATED"));
        let token = reader.token.clone().expect("a token");
        browser.cookie = Some(format!("servicedesk={token}"));
        assert_eq!(browser.viewer().await, Value::Null);
    })
    .await;
}
