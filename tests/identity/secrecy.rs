//! What is in no table: passwords, codes and tokens.

use serde_json::json;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::App;
use crate::support::browser::{Browser, PASSWORD, code_in, registration};
use crate::support::{System, with_database};

const ANNA: &str = "anna@example.com";
const TABLES: [&str; 8] = [
    "events",
    "log_commands",
    "passwords",
    "mailed_codes",
    "session_uses",
    "attempts",
    "logins",
    "customer_directory",
];

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn passwords_codes_and_tokens_are_stored_nowhere_and_hashes_of_passwords_not_in_the_log(
    system: System,
) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut browser = Browser::open(&app).await;
        browser.join(&app, ANNA).await;
        browser.log_in(ANNA, PASSWORD).await;
        let new = "five tame geese by day";
        let change = json!({ "currentPassword": PASSWORD, "newPassword": new,
            "idempotencyKey": "0198a1b2-0000-7000-8000-000000000001" });
        assert_eq!(browser.act("changePassword", change).await.outcome(), "ok");
        browser.act("register", registration("boris@example.com")).await;
        browser.act("requestPasswordReset", json!({ "email": ANNA })).await;
        browser.log_in(ANNA, "wrong but long enough").await;
        app.settle().await;
        let cookie = browser.cookie.clone().expect("a cookie");
        let (_, token) = cookie.split_once('=').expect("a pair");
        let mut secrets: Vec<String> = [PASSWORD, new, "wrong but long enough", token]
            .map(str::to_owned)
            .into_iter()
            .collect();
        secrets.extend(app.mails().iter().map(|message| code_in(message)));
        assert_eq!(secrets.len(), 7);
        for table in TABLES {
            let rows = format!("{:?}", database.table(table).await);
            for secret in &secrets {
                assert!(!rows.contains(secret), "{table} has {secret}");
            }
            let may_hold_hashes = ["passwords", "mailed_codes"].contains(&table);
            assert!(may_hold_hashes || !rows.contains("argon2"), "{table} has a password's hash");
            let may_hold_addresses = ["events", "logins", "mailed_codes"].contains(&table);
            assert!(may_hold_addresses || !rows.contains("@example.com"), "{table} has an address");
        }
    })
    .await;
}
