//! Passwords: wrong ones, changed ones, forgotten ones.

use chrono::TimeDelta;
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::App;
use crate::support::browser::{Browser, PASSWORD, code_in};
use crate::support::{System, with_database};

const ANNA: &str = "anna@example.com";
const NEW: &str = "five tame geese by day";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let mut stranger = browser.another("192.0.2.2");
        let head = app.head().await;
        let wrong = stranger.log_in(ANNA, NEW).await;
        let unknown = stranger.log_in("nobody@example.com", NEW).await;
        let long = stranger.log_in(ANNA, &"x".repeat(10_000)).await;
        assert_eq!(wrong.outcome(), "WRONG_CREDENTIALS");
        for other in [&unknown, &long] {
            assert_eq!(other.body["data"], wrong.body["data"]);
            assert_eq!(other.status, wrong.status);
            assert!(!other.headers.contains_key("set-cookie"));
        }
        assert_eq!(app.head().await, head);
        // For another password, too.
        let ask = |email: &str| json!({ "email": email });
        let unknown = stranger.act("requestPasswordReset", ask("nobody@example.com")).await;
        assert_eq!(app.mails().len(), 1);
        let known = stranger.act("requestPasswordReset", ask(ANNA)).await;
        assert_eq!(app.mails().len(), 2);
        assert_eq!(known.body["data"], unknown.body["data"]);
        assert_eq!(app.head().await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_change_of_the_password_ends_every_other_session(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let other_process = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let mut other = browser.another("192.0.2.2").at(&other_process);
        assert_eq!(other.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
        let changed = browser.act("changePassword", change.clone()).await;
        assert_eq!(changed.outcome(), "ok", "{}", changed.text);
        assert_eq!(other.viewer().await, Value::Null);
        assert_eq!(browser.viewer().await["sessions"].as_array().map(Vec::len), Some(1));
        // The hash of the password before is gone.
        assert_eq!(database.number("SELECT COUNT(*) FROM passwords").await, 1);
        assert_eq!(browser.act("changePassword", change).await.outcome(), "WRONG_CREDENTIALS");
        assert_eq!(other.log_in(ANNA, PASSWORD).await.outcome(), "WRONG_CREDENTIALS");
        assert_eq!(other.log_in(ANNA, NEW).await.outcome(), "ok");
        assert_eq!(database.number("SELECT COUNT(*) FROM passwords").await, 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_code_for_another_password_works_once_and_ends(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let mut stranger = browser.another("192.0.2.2");
        let ask = json!({ "email": ANNA });
        let mut codes = Vec::new();
        for _ in 0..3 {
            assert_eq!(stranger.act("requestPasswordReset", ask.clone()).await.outcome(), "ok");
            codes.push(code_in(app.mails().last().expect("a message")));
            app.advance(TimeDelta::minutes(25));
        }
        let reset = |code: &str| json!({ "code": code, "password": NEW });
        // The first was sent 75 minutes ago.
        let outcome = stranger.act("resetPassword", reset(&codes[0])).await;
        assert_eq!(outcome.outcome(), "CODE_INVALID", "{}", outcome.text);
        assert_eq!(browser.viewer().await["email"], ANNA);
        let done = stranger.act("resetPassword", reset(&codes[1])).await;
        assert_eq!(done.outcome(), "ok", "{}", done.text);
        assert_eq!(browser.viewer().await, Value::Null, "every session has ended");
        // It is used up, and the change has ended the other.
        for code in &codes[1..] {
            let outcome = stranger.act("resetPassword", reset(code)).await;
            assert_eq!(outcome.outcome(), "CODE_INVALID", "{}", outcome.text);
        }
        assert_eq!(stranger.log_in(ANNA, PASSWORD).await.outcome(), "WRONG_CREDENTIALS");
        assert_eq!(stranger.log_in(ANNA, NEW).await.outcome(), "ok");
        assert_eq!(database.number("SELECT COUNT(*) FROM passwords").await, 1);
    })
    .await;
}

/// What the password was hashed with when machines were slower.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_weak_hash_is_replaced_when_its_person_logs_in(system: System) {
    const WEAK: &str = "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw\
         $tUyeE1THgp4XjlrpC7NDEIsvZtU88E42HfaSqC0liO8";
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let weaken = format!("UPDATE passwords SET hash = '{WEAK}'");
        database.run(&weaken).await.expect("weakened");
        let kept = || database.texts("SELECT hash FROM passwords");
        assert_eq!(browser.log_in(ANNA, NEW).await.outcome(), "WRONG_CREDENTIALS");
        assert_eq!(kept().await, [Some(WEAK.to_owned())]);
        assert_eq!(browser.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        let hash = kept().await.remove(0).expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(browser.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        assert_eq!(kept().await, [Some(hash)]);
    })
    .await;
}
