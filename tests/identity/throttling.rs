//! Guessing is slow, in every process and after a restart, and locks nobody out.

use chrono::TimeDelta;
use servicedesk::config::Config;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, config};
use crate::support::browser::{Browser, PASSWORD, is_about, registration};
use crate::support::{System, with_database};

const ANNA: &str = "anna@example.com";
const WRONG: &str = "not the one of anna";

/// Behind a proxy, so that tests can say from where they come.
fn proxied() -> Config {
    Config { client_address_header: Some("x-forwarded-for".to_owned()), ..config() }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn guessing_from_one_network_is_slowed_down_in_all_processes_together(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, proxied()).await;
        let other = App::start_with(&database, proxied()).await;
        let mut owner = Browser::open(&app).await;
        owner.join(&app, ANNA).await;
        let mut guesser = owner.another("198.51.100.1");
        let mut elsewhere = guesser.at(&other);
        for round in 0..5 {
            let by = if round % 2 == 0 { &mut guesser } else { &mut elsewhere };
            assert_eq!(by.log_in(ANNA, WRONG).await.outcome(), "WRONG_CREDENTIALS");
        }
        // Not even the right password is heard, or guessing would go on.
        for password in [WRONG, PASSWORD] {
            let refused = elsewhere.log_in(ANNA, password).await;
            assert_eq!(refused.outcome(), "TOO_MANY_ATTEMPTS", "{}", refused.text);
            let retry_at = &refused.payload()["userErrors"][0]["retryAt"];
            assert!(is_about(retry_at, app.clock.now() + TimeDelta::minutes(1)), "{retry_at}");
        }
        // Addresses without an account are counted in the same way.
        for _ in 0..5 {
            let refused = guesser.log_in("nobody@example.com", WRONG).await;
            assert_eq!(refused.outcome(), "WRONG_CREDENTIALS");
        }
        let refused = guesser.log_in("nobody@example.com", WRONG).await;
        assert_eq!(refused.outcome(), "TOO_MANY_ATTEMPTS");
        // The owner is elsewhere.
        let mut phone = owner.another("192.0.2.77");
        assert_eq!(phone.log_in(ANNA, PASSWORD).await.outcome(), "ok");
        // A restart forgives nothing, and time does.
        other.stop().await;
        let again = App::start_with(&database, proxied()).await;
        let mut elsewhere = guesser.at(&again);
        assert_eq!(elsewhere.log_in(ANNA, PASSWORD).await.outcome(), "TOO_MANY_ATTEMPTS");
        app.advance(TimeDelta::minutes(1));
        assert_eq!(elsewhere.log_in(ANNA, WRONG).await.outcome(), "WRONG_CREDENTIALS");
        assert_eq!(elsewhere.log_in(ANNA, PASSWORD).await.outcome(), "TOO_MANY_ATTEMPTS");
        app.advance(TimeDelta::minutes(1));
        assert_eq!(elsewhere.log_in(ANNA, PASSWORD).await.outcome(), "ok");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn strangers_in_many_networks_are_slowed_down_and_the_owner_gets_in(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, proxied()).await;
        let mut owner = Browser::open(&app).await;
        owner.join(&app, ANNA).await;
        for number in 0..50 {
            let mut guesser = owner.another(&format!("198.51.100.{number}"));
            let refused = guesser.log_in(ANNA, WRONG).await;
            assert_eq!(refused.outcome(), "WRONG_CREDENTIALS", "{number}: {}", refused.text);
        }
        let mut guesser = owner.another("198.51.100.99");
        assert_eq!(guesser.log_in(ANNA, WRONG).await.outcome(), "TOO_MANY_ATTEMPTS");
        // From where the owner has logged in before, they can go on.
        let mut at_home = owner.another(&owner.address.clone());
        assert_eq!(at_home.log_in(ANNA, PASSWORD).await.outcome(), "ok");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn one_network_knocks_so_often_and_one_address_gets_so_many_messages(system: System) {
    with_database(system, |database| async move {
        let mut config = proxied();
        (config.limits.door_at_once, config.limits.door_per_minute) = (8, 6);
        let app = App::start_with(&database, config).await;
        let mut browser = Browser::open(&app).await;
        let mut outcomes = Vec::new();
        for _ in 0..9 {
            let answer = browser.act("register", registration(ANNA)).await;
            outcomes.push(answer.outcome().to_owned());
        }
        assert_eq!(outcomes[..8], ["ok"; 8]);
        assert_eq!(outcomes[8], "TOO_MANY_ATTEMPTS");
        assert_eq!(app.mails().len(), 5, "the others were answered and not written");
        let mut other = browser.another("198.51.100.1");
        assert_eq!(other.act("register", registration("b@example.com")).await.outcome(), "ok");
        app.advance(TimeDelta::seconds(10));
        assert_eq!(browser.act("register", registration(ANNA)).await.outcome(), "ok");
        assert_eq!(app.mails().len(), 6);
        app.advance(TimeDelta::hours(1));
        assert_eq!(browser.act("register", registration(ANNA)).await.outcome(), "ok");
        assert_eq!(app.mails().len(), 7);
    })
    .await;
}
