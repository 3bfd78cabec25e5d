//! Anybody may have a key checked, not too often, and learns nothing of anybody else.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::json;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{count, key, verdict};
use crate::support::app::{App, Person, config, licence, rental};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_key_with_any_one_character_changed_is_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let granted = manager.expect_done("grantLicence", licence(&customer)).await;
        let key = key(&app, &customer, &granted["id"]).await;
        let nobody = Person::anonymous(&customer);
        assert_eq!(verdict(&nobody, &key, "12345678").await, "VALID");
        let retyped = key.replace('-', " ").to_lowercase();
        assert_eq!(verdict(&nobody, &retyped, "12345678").await, "VALID");
        let head = app.head().await;
        for at in (0..key.len()).filter(|at| key.as_bytes()[*at] != b'-') {
            let other = if key.as_bytes()[at] == b'7' { "8" } else { "7" };
            let changed = format!("{}{other}{}", &key[..at], &key[at + 1..]);
            let said = verdict(&nobody, &changed, "12345678").await;
            assert!(["MALFORMED", "SIGNATURE"].contains(&said.as_str()), "{said} at {at}");
        }
        assert_eq!(verdict(&nobody, "", "12345678").await, "MALFORMED");
        assert_eq!(verdict(&nobody, &format!("{key}0"), "12345678").await, "MALFORMED");
        assert_eq!(app.head().await, head, "what is no key is not recorded");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_check_is_recorded_once_a_day_and_not_without_end(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let granted = manager.expect_done("grantLicence", licence(&customer)).await;
        let key = key(&app, &customer, &granted["id"]).await;
        let nobody = Person::anonymous(&customer);
        let recorded = async || count(&app, "licence.key_checked").await;
        for _ in 0..3 {
            assert_eq!(verdict(&nobody, &key, "12345678").await, "VALID");
        }
        assert_eq!(recorded().await, 1);
        assert_eq!(verdict(&nobody, &key, "1").await, "BOUND_ELSEWHERE");
        assert_eq!(verdict(&nobody, &key, "no account!").await, "BOUND_ELSEWHERE");
        assert_eq!(recorded().await, 2, "what is no account number is answered, not recorded");
        app.advance(TimeDelta::days(1));
        for account in 0..30 {
            verdict(&nobody, &key, &account.to_string()).await;
        }
        assert_eq!(recorded().await, 22, "twenty a day");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_key_is_good_from_its_beginning_to_its_end(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let from = app.clock.now() + TimeDelta::days(2);
        let granted = manager.expect_done("grantLicence", rental(&customer, from)).await;
        assert_eq!(granted["state"], "UPCOMING");
        let key = key(&app, &customer, &granted["id"]).await;
        for (days, said) in [(0, "NOT_YET_VALID"), (3, "VALID"), (28, "VALID"), (2, "EXPIRED")] {
            app.advance(TimeDelta::days(days));
            assert_eq!(verdict(&customer, &key, "12345678").await, said, "{days}");
        }
    })
    .await;
}

/// Each address has its own measure; what a client says of itself does not count.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn one_address_may_not_ask_too_often(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.key_checks_at_once = 3;
        config.limits.key_checks_per_second = 0.5;
        config.client_address_header = Some("x-forwarded-for".to_owned());
        let app = App::start_with(&database, config).await;
        let nobody = Person::anonymous(&app.customer("Customer").await);
        let ask = async |from: &str| {
            let query = "{ checkLicenceKey(key: \"0\", accountNumber: \"1\") { verdict } }";
            let request = json!({ "query": query });
            let answer = nobody.send(request, &[("x-forwarded-for", from)]).await;
            answer.error().map_or("ok".to_owned(), str::to_owned)
        };
        for _ in 0..3 {
            assert_eq!(ask("192.0.2.1").await, "ok");
        }
        assert_eq!(ask("192.0.2.1").await, "THROTTLED");
        assert_eq!(ask("198.51.100.9, 192.0.2.1").await, "THROTTLED", "the last entry counts");
        assert_eq!(ask("192.0.2.2").await, "ok");
        app.advance(TimeDelta::seconds(2));
        assert_eq!(ask("192.0.2.1").await, "ok");
        for host in 0..3 {
            assert_eq!(ask(&format!("2001:db8:0:1::{host}")).await, "ok");
        }
        assert_eq!(ask("2001:db8:0:1:ffff::9").await, "THROTTLED", "one network, one customer");
        assert_eq!(ask("2001:db8:0:2::1").await, "ok");
    })
    .await;
}
