//! Registering and confirming.

use base64::Engine;
use chrono::TimeDelta;
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, opening};
use crate::support::browser::{Browser, PASSWORD, code_in, is_about, registration};
use crate::support::{System, with_database};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_registers_confirms_and_is_recognised(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        let head = app.head().await;
        let registered = browser.act("register", registration(" Anna@Example.com ")).await;
        assert_eq!(registered.outcome(), "ok", "{}", registered.text);
        assert_eq!(
            *registered.payload(),
            json!({ "customer": null, "position": head.to_string(),
            "userErrors": [] })
        );
        assert_eq!(app.head().await, head, "nobody is in the log before they have confirmed");
        assert_eq!(browser.viewer().await, Value::Null);
        let mails = app.mails();
        let [message] = &mails[..] else { panic!("{mails:?}") };
        assert!(message.contains("To: anna@example.com\r\n"), "{message}");
        let code = code_in(message);

        // A person who only has the message has not chosen the password.
        let wrong = json!({ "code": code, "password": "another password" });
        assert_eq!(browser.act("confirmEmail", wrong).await.outcome(), "WRONG_CREDENTIALS");
        let right = json!({ "code": code, "password": PASSWORD });
        let confirmed = browser.act("confirmEmail", right.clone()).await;
        assert_eq!(confirmed.outcome(), "ok", "{}", confirmed.text);
        assert_eq!(confirmed.payload()["customer"]["name"], "Anna");
        let viewer = browser.viewer().await;
        assert_eq!(viewer["customer"], confirmed.payload()["customer"]);
        assert_eq!(viewer["email"], "anna@example.com");
        assert_eq!(viewer["scopes"], json!(["READ", "WRITE"]));
        let session = &viewer["sessions"][0];
        assert!(is_about(&session["createdAt"], app.clock.now()), "{session}");
        assert_eq!(session["lastUsedAt"], session["createdAt"]);
        assert_eq!((&session["device"], &session["isCurrent"]), (&json!("Firefox"), &json!(true)));
        assert_eq!(viewer["sessions"].as_array().map(Vec::len), Some(1));
        // F1: a logged-in customer can do what customers do.
        let opened = browser.act("openTicket", opening("bug_report")).await;
        assert_eq!(opened.outcome(), "ok", "{}", opened.text);
        // The code is used up, and other processes know the session at once.
        assert_eq!(browser.act("confirmEmail", right).await.outcome(), "CODE_INVALID");
        let other = App::start(&database).await;
        assert_eq!(browser.at(&other).viewer().await["email"], "anna@example.com");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn nobody_learns_by_registering_whether_an_address_has_an_account(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, "anna@example.com").await;
        let mut stranger = browser.another("192.0.2.2");
        let unknown = stranger.act("register", registration("boris@example.com")).await;
        let known = stranger.act("register", registration("ANNA@example.com")).await;
        assert_eq!(known.body["data"], unknown.body["data"]);
        assert_eq!((known.status, known.outcome()), (unknown.status, "ok"));
        assert_eq!(stranger.cookie, None);
        let mails = app.mails();
        assert_eq!(mails.len(), 3);
        assert!(mails[1].contains("To: boris@example.com"), "{}", mails[1]);
        assert!(mails[2].contains("To: anna@example.com"), "{}", mails[2]);
        assert!(mails[2].contains("You already have an account"), "{}", mails[2]);
        // The password that the stranger chose is nobody's.
        let mut again = browser.another("192.0.2.3");
        let other = json!({ "email": "anna@example.com", "password": "the one of a stranger" });
        stranger.act("register", other.clone()).await;
        assert_eq!(again.act("logIn", other).await.outcome(), "WRONG_CREDENTIALS");
        assert_eq!(again.log_in("anna@example.com", PASSWORD).await.outcome(), "ok");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_code_expires_and_is_then_forgotten(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.act("register", registration("anna@example.com")).await;
        let code = code_in(&app.mails()[0]);
        app.advance(TimeDelta::hours(24));
        let input = json!({ "code": code, "password": PASSWORD });
        assert_eq!(browser.act("confirmEmail", input).await.outcome(), "CODE_INVALID");
        assert_eq!(database.number("SELECT COUNT(*) FROM mailed_codes").await, 1);
        let forgotten = servicedesk_service::identity::expiry::forget(&app.service.app.desk).await;
        assert_eq!(forgotten.expect("deleted"), 1);
        assert_eq!(database.number("SELECT COUNT(*) FROM mailed_codes").await, 0);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn messages_are_in_the_persons_language(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        let mut input = registration("anna@example.com");
        input["language"] = json!("RU");
        assert_eq!(browser.act("register", input).await.outcome(), "ok");
        let message = app.mails().remove(0);
        let (head, body) = message.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains("Subject: =?utf-8?b?"), "{head}");
        assert!(head.contains("Content-Transfer-Encoding: base64"), "{head}");
        let bytes = base64::engine::general_purpose::STANDARD.decode(body.replace("\r\n", ""));
        let text = String::from_utf8(bytes.expect("base64")).expect("a text");
        assert!(text.starts_with("Здравствуйте!"), "{text}");
        let input = json!({ "code": code_in(&text), "password": PASSWORD });
        assert_eq!(browser.act("confirmEmail", input).await.outcome(), "ok");
    })
    .await;
}
