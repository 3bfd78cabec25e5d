//! Many at once, in several processes.

use futures::future::join_all;
use serde_json::json;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::App;
use crate::support::browser::{Browser, PASSWORD, code_in, registration};
use crate::support::{System, with_database};

const ANNA: &str = "anna@example.com";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_address_is_one_accounts_however_many_confirm_it_at_once(system: System) {
    with_database(system, |database| async move {
        let (app, other) = (App::start(&database).await, App::start(&database).await);
        let browser = Browser::open(&app).await;
        let browsers = [browser.clone(), browser.at(&other), browser.clone(), browser.at(&other)];
        let registering = browsers.clone().map(|mut browser| async move {
            browser.act("register", registration(ANNA)).await.outcome().to_owned()
        });
        assert_eq!(join_all(registering).await, ["ok"; 4]);
        let codes: Vec<String> = app.mails().iter().map(|message| code_in(message)).collect();
        assert_eq!(codes.len(), 4);
        let confirming = browsers.into_iter().zip(codes).map(|(mut browser, code)| async move {
            let input = json!({ "code": code, "password": PASSWORD });
            browser.act("confirmEmail", input).await.outcome().to_owned()
        });
        let mut outcomes = join_all(confirming).await;
        outcomes.sort();
        assert_eq!(outcomes, ["EMAIL_TAKEN", "EMAIL_TAKEN", "EMAIL_TAKEN", "ok"]);
        for event in ["email_address.claimed", "login.opened"] {
            let count = format!("SELECT COUNT(*) FROM events WHERE event_type = '{event}'");
            assert_eq!(database.number(&count).await, 1, "{event}");
        }
        // What the others had chosen is forgotten.
        assert_eq!(database.number("SELECT COUNT(*) FROM passwords").await, 1);
        assert_eq!(database.number("SELECT COUNT(*) FROM mailed_codes").await, 0);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn of_two_changes_at_once_one_counts_and_its_password_is_kept(system: System) {
    with_database(system, |database| async move {
        let (app, other) = (App::start(&database).await, App::start(&database).await);
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        let chosen = ["one of two passwords", "other of two passwords"];
        let browsers = [browser.clone(), browser.at(&other)];
        let changing = browsers.into_iter().zip(chosen).map(|(mut browser, new)| async move {
            let input = json!({ "currentPassword": PASSWORD, "newPassword": new });
            (browser.act("changePassword", input).await.outcome().to_owned(), new)
        });
        let outcomes = join_all(changing).await;
        let (done, refused): (Vec<_>, Vec<_>) =
            outcomes.into_iter().partition(|(outcome, _)| outcome == "ok");
        let ([(_, new)], [(refusal, lost)]) = (&done[..], &refused[..]) else {
            panic!("{done:?} {refused:?}")
        };
        assert_eq!(refusal, "WRONG_CREDENTIALS");
        assert_eq!(database.number("SELECT COUNT(*) FROM passwords").await, 1);
        let mut again = browser.another("192.0.2.9");
        assert_eq!(again.log_in(ANNA, lost).await.outcome(), "WRONG_CREDENTIALS");
        assert_eq!(again.log_in(ANNA, new).await.outcome(), "ok");
    })
    .await;
}
