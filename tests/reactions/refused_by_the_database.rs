//! What fails for minutes in a way that might pass is parked like what is refused for good, and what
//! cannot be read from the log is reported, after everything before it is done.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::json;
use servicedesk::graphql::relay::parse_id;
use servicedesk_domain::billing::account::account_of;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{POLL, count, parked_until};
use crate::support::app::{App, config, licence};
use crate::support::{TestDatabase, in_time};

/// Makes the database refuse every event of one support account from now on.
async fn refuse_events(database: &TestDatabase, account_id: &str) {
    let when = format!(
        "WHEN (NEW.aggregate_type = 'support_account' AND NEW.aggregate_id = '{account_id}')"
    );
    let sql = if database.is_postgres() {
        format!(
            "CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'refused by a test'; END; $$; \
             CREATE TRIGGER refuse_it BEFORE INSERT ON events FOR EACH ROW {when} \
             EXECUTE FUNCTION refuse_it()"
        )
    } else {
        format!(
            "CREATE TRIGGER refuse_it BEFORE INSERT ON events FOR EACH ROW {when} \
             BEGIN SELECT RAISE(ABORT, 'refused by a test'); END"
        )
    };
    database.run(&sql).await.expect("a trigger");
}

async fn allow_events(database: &TestDatabase) {
    let sql = if database.is_postgres() {
        "DROP TRIGGER refuse_it ON events; DROP FUNCTION refuse_it()"
    } else {
        "DROP TRIGGER refuse_it"
    };
    database.run(sql).await.expect("the trigger is gone");
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_fails_for_minutes_is_parked(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        // What does not come need not be waited for.
        config.consistency_seconds = 1;
        let app = App::start_with(&database, config).await;
        let failing = app.customer("Failing").await;
        let other = app.customer("Other").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let customer_id: CustomerId = parse_id(&failing.id.as_str().into()).expect("an id");
        let account_id = account_of(customer_id).uuid().to_string();
        refuse_events(&database, &account_id).await;
        let granted = manager.act("grantLicence", licence(&failing)).await;
        assert_eq!(granted.outcome(), "ok", "{}", granted.text);
        let mut waited = TimeDelta::zero();
        in_time("parking", async {
            while database.number("SELECT COUNT(*) FROM parked_keys").await == 0 {
                app.advance(TimeDelta::seconds(1));
                waited += TimeDelta::seconds(1);
                tokio::time::sleep(POLL).await;
            }
        })
        .await;
        assert!(waited >= TimeDelta::seconds(120), "it was given up after {waited}");
        let found = parked_until(&app, "parking", |found| found.len() == 1).await;
        assert_eq!(found[0].ordering_key, format!("support_account:{account_id}"));
        // Everybody else goes on.
        let granted = manager.act("grantLicence", licence(&other)).await;
        assert_eq!(granted.outcome(), "ok", "{}", granted.text);
        app.settle().await;
        assert_eq!(count(&database, "support_account.package_opened").await, 1);
        allow_events(&database).await;
        app.advance(TimeDelta::minutes(30));
        parked_until(&app, "the release", <[_]>::is_empty).await;
        assert_eq!(count(&database, "support_account.package_opened").await, 2);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_event_that_cannot_be_read_is_a_fault_after_everything_before_it_is_done(
    system: System,
) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        manager.expect_done("grantLicence", licence(&customer)).await;
        let head = app.head().await;
        app.stop().await;
        // As if nothing had been done yet, before an event that nobody can read.
        let sql = "UPDATE projection_checkpoints SET position = 0 WHERE name = 'reactions'; \
             INSERT INTO events (position, aggregate_id, sequence, aggregate_type, event_type, \
             event_version, payload, metadata) \
             SELECT (SELECT position FROM log_head) + 1, aggregate_id, 1000, 'unknown', \
             event_type, event_version, payload, metadata FROM events WHERE position = 1; \
             UPDATE log_head SET position = position + 1";
        database.run(sql).await.expect("an event by hand");
        let app = App::start(&database).await;
        let fault = "SELECT fault FROM projection_checkpoints WHERE name = 'reactions' \
             AND fault IS NOT NULL";
        in_time("the fault", async {
            while database.texts(fault).await.is_empty() {
                tokio::time::sleep(POLL).await;
            }
        })
        .await;
        let fault = database.texts(fault).await;
        let expected = format!("event {} cannot be read", head + 1);
        assert!(fault[0].as_deref().is_some_and(|text| text.contains(&expected)), "{fault:?}");
        let done = "SELECT position FROM projection_checkpoints WHERE name = 'reactions'";
        assert_eq!(database.number(done).await, head);
        let ready = customer.at(&app).get("/readyz", &[]).await;
        assert_eq!(ready.status, 503, "{}", ready.text);
        let named = ready.body["projections"].as_array().expect("names");
        assert!(named.contains(&json!("reactions")), "{}", ready.text);
        assert_eq!(count(&database, "support_account.package_opened").await, 1);
    })
    .await;
}
