//! A reaction that cannot be done is parked with what waits for it; everything else goes on, and
//! nothing is lost or done twice.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{POLL, Secrets, count, parked, parked_until};
use crate::support::app::{App, Person, licence, with};
use crate::support::{TestDatabase, in_time};

async fn grant(manager: &Person, customer: &Person, account: &str) -> Value {
    let input = with(licence(customer), &json!({ "accountNumbers": [account] }));
    manager.expect_done("grantLicence", input).await
}

async fn key(app: &App, person: &Person, granted: &Value) -> Value {
    app.settle().await;
    let query = "query($id: ID!) { licence(id: $id) { key { key } } }";
    let answer = person.ask(query, json!({ "id": granted["id"] })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload()["key"]["key"].clone()
}

async fn verdict(person: &Person, key: &Value, account: &str) -> Value {
    let query = "query($key: String!, $account: String!) { checkLicenceKey(key: $key, \
         accountNumber: $account) { verdict } }";
    let answer = person.ask(query, json!({ "key": key, "account": account })).await;
    answer.payload()["verdict"].clone()
}

async fn readiness(person: &Person) -> (u16, Value, Value) {
    let answer = person.get("/readyz", &[]).await;
    let body = answer.body;
    (answer.status.as_u16(), body["degraded"].clone(), body["parkedKeys"].clone())
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_missing_secret_parks_licences_alone_and_they_go_on_when_it_is_back(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let first = app.customer("First").await;
        let second = app.customer("Second").await;
        let agent = app.agent_on_shift("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let before = grant(&manager, &first, "1").await;
        assert_eq!(verdict(&first, &key(&app, &first, &before).await, "1").await, "VALID");
        assert_eq!(readiness(&first).await, (200, json!(false), json!(0)));
        let secrets = Secrets::take(&database).await;

        let granted = grant(&manager, &second, "2").await;
        let rebind = json!({ "licenceId": granted["id"], "accountNumbers": ["3"],
                             "reason": "Another account" });
        manager.expect_done("rebindLicence", rebind).await;
        // A wait for recorded events does not wait for parked ones.
        assert_eq!(key(&app, &second, &granted).await, json!(null));
        let found = parked(&app).await;
        let [one] = &found[..] else { panic!("one key is parked: {found:?}") };
        assert!(one.ordering_key.starts_with("licence:"), "{one:?}");
        assert!(one.fault.contains("secret"), "{one:?}");
        assert_eq!((one.waiting, one.attempts), (2, 1), "the second waits for the first");
        assert_eq!(readiness(&first).await, (200, json!(true), json!(1)));
        // Billing goes on, for the same customer, too.
        assert_eq!(count(&database, "support_account.package_opened").await, 2);
        let ticket = second.expect_opened("bug_report").await;
        agent.expect_logged(&ticket, 5).await;
        app.settle().await;
        assert_eq!(count(&database, "support_account.work_settled").await, 1);

        // It is tried again by itself, with longer and longer pauses.
        app.advance(TimeDelta::seconds(2));
        let again = parked_until(&app, "a second attempt", |found| found[0].attempts == 2).await;
        assert_eq!(again[0].parked_at, one.parked_at);
        let pause = again[0].next_attempt_at - one.next_attempt_at;
        assert!(pause > TimeDelta::seconds(2), "{pause}");
        secrets.put_back(&database).await;
        app.advance(TimeDelta::seconds(5));
        parked_until(&app, "the release", <[_]>::is_empty).await;
        let key = key(&app, &second, &granted).await;
        assert_eq!(verdict(&second, &key, "3").await, "VALID");
        assert_eq!(readiness(&first).await, (200, json!(false), json!(0)));
        // What comes later under the same key is done at once.
        let renewed = count(&database, "licence.key_issued").await;
        let rebind = json!({ "licenceId": granted["id"], "accountNumbers": ["4"],
                             "reason": "Yet another" });
        manager.expect_done("rebindLicence", rebind).await;
        app.settle().await;
        assert_eq!(count(&database, "licence.key_issued").await, renewed + 1);
    })
    .await;
}

/// Until then the key would have to wait for the clock to come to where it was.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_clock_that_is_set_back_does_not_postpone_the_next_attempt(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let granted = grant(&manager, &customer, "1").await;
        key(&app, &customer, &granted).await;
        let secrets = Secrets::take(&database).await;
        let rebind = json!({ "licenceId": granted["id"], "accountNumbers": ["2"],
                             "reason": "Another account" });
        manager.expect_done("rebindLicence", rebind).await;
        parked_until(&app, "the parking", |found| found.len() == 1).await;
        secrets.put_back(&database).await;
        app.advance(TimeDelta::hours(-1));
        parked_until(&app, "the release", <[_]>::is_empty).await;
    })
    .await;
}

/// Makes the database refuse a change of one table from now on, as a crash before it would.
async fn refuse(database: &TestDatabase, event: &str, table: &str, condition: &str) {
    let when = if condition.is_empty() { String::new() } else { format!("WHEN ({condition})") };
    let sql = if database.is_postgres() {
        format!(
            "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'crash'; END; $$; \
             CREATE TRIGGER crash BEFORE {event} ON {table} FOR EACH ROW {when} \
             EXECUTE FUNCTION crash()"
        )
    } else {
        format!(
            "CREATE TRIGGER crash BEFORE {event} ON {table} FOR EACH ROW {when} \
             BEGIN SELECT RAISE(ABORT, 'crash'); END"
        )
    };
    database.run(&sql).await.expect("a trigger");
}

async fn allow(database: &TestDatabase, table: &str) {
    let sql = if database.is_postgres() {
        format!("DROP TRIGGER crash ON {table}; DROP FUNCTION crash()")
    } else {
        "DROP TRIGGER crash".to_owned()
    };
    database.run(&sql).await.expect("the trigger is gone");
}

/// Waits until there are so many events of a type.
async fn counted(database: &TestDatabase, event_type: &str, expected: i64) {
    in_time(event_type, async {
        while count(database, event_type).await < expected {
            tokio::time::sleep(POLL).await;
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_crash_while_something_is_parked_or_released_loses_and_doubles_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let before = grant(&manager, &customer, "1").await;
        assert!(key(&app, &customer, &before).await.is_string());
        let secrets = Secrets::take(&database).await;
        // Everything is done, but the checkpoint is not moved and nothing is parked.
        refuse(&database, "UPDATE", "projection_checkpoints", "NEW.name = 'reactions'").await;
        let input = with(licence(&customer), &json!({ "accountNumbers": ["2"] }));
        let call = tokio::spawn({
            let manager = manager.clone();
            async move { manager.act("grantLicence", input).await }
        });
        counted(&database, "support_account.package_opened", 2).await;
        call.abort();
        app.stop().await;
        assert_eq!(database.number("SELECT COUNT(*) FROM parked_keys").await, 0);
        allow(&database, "projection_checkpoints").await;

        let app = App::start(&database).await;
        app.settle().await;
        assert_eq!(parked(&app).await.len(), 1, "it is parked now");
        assert_eq!(count(&database, "support_account.package_opened").await, 2);
        // The key is issued, but it is not forgotten that it was parked.
        refuse(&database, "DELETE", "parked_reactions", "").await;
        secrets.put_back(&database).await;
        app.advance(TimeDelta::seconds(5));
        counted(&database, "licence.key_issued", 2).await;
        app.stop().await;
        allow(&database, "parked_reactions").await;

        let app = App::start(&database).await;
        app.advance(TimeDelta::minutes(30));
        parked_until(&app, "the release", <[_]>::is_empty).await;
        app.settle().await;
        assert_eq!(count(&database, "licence.key_issued").await, 2);
        assert_eq!(count(&database, "support_account.package_opened").await, 2);
    })
    .await;
}
