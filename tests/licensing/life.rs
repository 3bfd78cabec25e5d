//! A licence says that it comes to its end and that it has, once, whichever process runs, and also
//! what fell due while none did; a renewed rental keeps its package (R1, B1).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use servicedesk_service::licensing::timers;
use test_case::test_case;

use super::{count, licence};
use crate::support::app::{App, Person, licence as unlimited, rental};

/// How often the end was announced, and how often it came.
async fn said(app: &App) -> (usize, usize) {
    app.settle().await;
    (count(app, "licence.expiring").await, count(app, "licence.expired").await)
}

async fn rented(app: &App, customer: &Person) -> Value {
    let manager = app.staff("Manager", Role::Manager, &[]).await;
    let granted = manager.expect_done("grantLicence", rental(customer, app.clock.now())).await;
    app.settle().await;
    granted["id"].clone()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_end_is_said_once_by_several_processes(system: System) {
    with_database(system, |database| async move {
        let (app, other) = (App::start(&database).await, App::start(&database).await);
        let customer = app.customer("Customer").await;
        for _ in 0..5 {
            rented(&app, &customer).await;
        }
        let desks = [&app.service.app.desk, &other.service.app.desk];
        let record = || async {
            let [one, two] = desks.map(timers::record_due);
            let (one, two) = tokio::join!(one, two);
            one.expect("recorded");
            two.expect("recorded");
        };
        record().await;
        assert_eq!(said(&app).await, (0, 0), "nothing is due");
        for (days, expected) in [(23, (5, 0)), (6, (10, 0)), (1, (10, 5)), (30, (10, 5))] {
            app.advance(TimeDelta::days(days) + TimeDelta::seconds(1));
            record().await;
            assert_eq!(said(&app).await, expected, "after {days} days more");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_fell_due_while_nothing_ran_is_said_when_something_does(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let id = rented(&app, &customer).await;
        app.stop().await;
        database.clock.advance(TimeDelta::days(24));
        let app = App::start(&database).await;
        timers::record_due(&app.service.app.desk).await.expect("recorded");
        assert_eq!(said(&app).await, (1, 0));
        let customer = customer.at(&app);
        assert_eq!(licence(&app, &customer, &id).await["state"], "EXPIRING");
        app.stop().await;
        database.clock.advance(TimeDelta::days(90));
        let app = App::start(&database).await;
        timers::record_due(&app.service.app.desk).await.expect("recorded");
        assert_eq!(said(&app).await, (1, 1), "that it ends tomorrow is no news any more");
    })
    .await;
}

/// The service's own task says so without being asked.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_service_says_so_by_itself(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        rented(&app, &customer).await;
        let mut head = app.log().watch();
        app.settle().await;
        app.advance(TimeDelta::days(31));
        head.borrow_and_update();
        let moved = tokio::time::timeout(crate::support::PATIENCE, head.changed()).await;
        moved.expect("it does so soon").expect("the log is open");
        assert_eq!(said(&app).await, (0, 1));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_renewed_rental_is_valid_longer_with_the_package_it_had(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let id = rented(&app, &customer).await;
        let ticket = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::hours(2));
        agent.expect_logged(&ticket, 100).await;
        app.advance(TimeDelta::days(25));
        timers::record_due(&app.service.app.desk).await.expect("recorded");
        let before: DateTime<Utc> = moment(&licence(&app, &customer, &id).await["validUntil"]);
        let renewed =
            manager.expect_done("renewLicence", json!({ "licenceId": id, "months": 1 })).await;
        let after = moment(&renewed["validUntil"]);
        assert!((28..=31).contains(&(after - before).num_days()), "{before} {after}");
        assert_eq!(renewed["state"], "VALID");
        app.advance(TimeDelta::days(10));
        agent.expect_logged(&ticket, 100).await;
        app.settle().await;
        let query = "{ supportPackages { usedMinutes isValid validUntil licence { id } } }";
        let packages = customer.ask(query, json!({})).await.payload().clone();
        assert_eq!(packages.as_array().map(Vec::len), Some(1), "{packages}");
        assert_eq!(packages[0]["usedMinutes"], 200, "work after the first end: {packages}");
        assert_eq!(moment(&packages[0]["validUntil"]), after);
        // It is warned of its new end.
        timers::record_due(&app.service.app.desk).await.expect("recorded");
        assert_eq!(said(&app).await, (1, 0));
        app.advance(TimeDelta::days(17));
        timers::record_due(&app.service.app.desk).await.expect("recorded");
        assert_eq!(said(&app).await, (2, 0));
    })
    .await;
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a moment").parse().expect("a moment")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn licences_are_found_by_how_they_stand_and_when_they_end(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let now = app.clock.now();
        for days in [2, -10, -25, -40] {
            let input = rental(&customer, now + TimeDelta::days(days));
            manager.expect_done("grantLicence", input).await;
        }
        manager.expect_done("grantLicence", unlimited(&customer)).await;
        let gone = manager.expect_done("grantLicence", unlimited(&customer)).await;
        let revoke = json!({ "licenceId": gone["id"], "reason": "Refunded" });
        manager.expect_done("revokeLicence", revoke).await;
        app.settle().await;
        let query = "query($filter: LicencesFilter) { licences(filter: $filter) { totalCount \
             nodes { state } } }";
        let states = ["UPCOMING", "VALID", "EXPIRING", "EXPIRED", "REVOKED"];
        for (state, expected) in states.into_iter().zip([1, 2, 1, 1, 1]) {
            let found = customer.ask(query, json!({ "filter": { "state": state } })).await;
            let list = found.payload();
            assert_eq!(list["totalCount"], expected, "{state}: {}", found.text);
            let nodes = list["nodes"].as_array().expect("licences");
            assert_eq!(nodes.len(), expected, "{state}");
            assert!(nodes.iter().all(|node| node["state"] == state), "{}", found.text);
        }
        let both = json!({ "filter": { "state": ["VALID", "REVOKED"] } });
        assert_eq!(customer.ask(query, both).await.payload()["totalCount"], 3);
        let soon = json!({ "filter": { "endsBefore": now + TimeDelta::days(6) } });
        assert_eq!(customer.ask(query, soon).await.payload()["totalCount"], 2);
    })
    .await;
}
