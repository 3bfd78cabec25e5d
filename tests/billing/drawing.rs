//! What logged time draws on packages, what it costs, and when the customer is warned.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{account, agreed_ticket, last_entry};
use crate::support::app::{App, licence, product, terms, with};
use crate::support::watch::{Watcher, Way};

const WATCH: &str = "subscription($after: EventPosition) { \
     supportAccountChanged(afterPosition: $after) { position kind \
     warning { level usedMinutes totalMinutes freeMinutesLeft } \
     supportAccount { packages { usedMinutes leftMinutes } } } }";

/// B1, B2, B5 from the first free minute to the first that costs money, as they watch.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn free_time_is_drawn_then_warned_of_then_agreed_to_be_charged(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let before = account(&app, &customer).await;
        assert_eq!(before["packages"][0]["leftMinutes"], 300);
        let socket = Way::Socket(app.listen().await);
        let mut watchers = Vec::new();
        for way in [Way::Events, socket] {
            let mut watcher = Watcher::begin(&app, way, &customer, WATCH, json!({})).await;
            let snapshot = watcher.shown().await;
            assert_eq!(snapshot["kind"], Value::Null);
            assert_eq!(snapshot["supportAccount"]["packages"][0]["usedMinutes"], 0);
            watchers.push(watcher);
        }
        agent.expect_logged(&ticket, 239).await;
        agent.expect_logged(&ticket, 1).await;
        let long = json!({ "ticketId": ticket["id"], "minutes": 61, "overlapReason": "A test" });
        let refused = agent.act("logTime", long.clone()).await;
        assert_eq!(refused.refusal(), Some("CHARGES_NOT_AGREED"), "{}", refused.text);
        assert_eq!(refused.payload()["userErrors"][0]["limit"], 60);
        agent.expect_done_on("askForAgreement", &ticket).await;
        let asked = "query($id: ID!) { ticket(id: $id) { chargesAgreement { isAsked mayBeCharged \
             freeMinutesLeft hourlyPrice { amount currency } agreedPrice { amount } } } }";
        let told = customer.ask(asked, json!({ "id": ticket["id"] })).await;
        let expected = json!({ "isAsked": true, "mayBeCharged": false, "freeMinutesLeft": 60,
            "hourlyPrice": { "amount": "5.00", "currency": "USD" }, "agreedPrice": null });
        assert_eq!(told.payload()["chargesAgreement"], expected);
        customer.expect_done_on("agreeToCharges", &ticket).await;
        agent.expect_done("logTime", long).await;
        let entry = last_entry(&app, &customer, &ticket).await;
        let settlement = &entry["settlement"];
        assert_eq!(
            (&settlement["freeMinutes"], &settlement["chargeableMinutes"]),
            (&json!(60), &json!(1))
        );
        assert_eq!(settlement["price"]["amount"], "0.08");

        let after = account(&app, &customer).await;
        let package = &after["packages"][0];
        assert_eq!((&package["leftMinutes"], &package["usedPercent"]), (&json!(0), &json!(100)));
        assert_eq!(package["warning"], "USED_UP");
        assert_eq!(after["chargedSoFar"], json!({ "minutes": 1, "amount": { "amount": "0.08" } }));
        let kinds = |timeline: Vec<Value>| -> Vec<Value> {
            timeline.iter().map(|entry| entry["kind"].clone()).collect()
        };
        let seen = kinds(customer.timeline(&ticket).await);
        let logged = "TIME_LOGGED";
        let expected = ["OPENED", logged, logged, "AGREEMENT_ASKED", "CHARGES_AGREED", logged]
            .map(Value::from);
        assert_eq!(seen, expected);

        for watcher in &mut watchers {
            let mut items = Vec::new();
            for _ in 0..5 {
                items.push(watcher.shown().await);
            }
            let told: Vec<_> = items
                .iter()
                .map(|item| (item["kind"].clone(), item["warning"]["level"].clone()))
                .collect();
            let settled = || (json!("WORK_SETTLED"), Value::Null);
            let warned = |level: &str| (json!("WARNING_RAISED"), json!(level));
            let expected =
                [settled(), settled(), warned("NEARLY_USED"), settled(), warned("USED_UP")];
            assert_eq!(told, expected);
            assert_eq!(items[2]["warning"]["usedMinutes"], 240);
            assert_eq!(items[2]["warning"]["freeMinutesLeft"], 60);
        }
        // A watcher that comes back gets what it missed.
        let begin = json!({ "after": "0" });
        let mut late = Watcher::begin(&app, Way::Events, &customer, WATCH, begin).await;
        assert_eq!(late.shown().await["kind"], "PACKAGE_OPENED");
        assert_eq!(late.shown().await["kind"], "WORK_SETTLED");
    })
    .await;
}

/// B2, B3: the oldest licence first, only those valid when the work was done.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn several_licences_are_drawn_oldest_first_and_only_while_they_are_valid(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let now = app.clock.now();
        let rented = json!({ "kind": "RENTAL", "validFrom": now - TimeDelta::days(10),
                             "validUntil": now + TimeDelta::days(10) });
        let younger = manager.expect_done("grantLicence", with(licence(&customer), &rented)).await;
        let older = manager.expect_done("grantLicence", licence(&customer)).await;
        let other = json!({ "productId": product("indicator") });
        manager.expect_done("grantLicence", with(licence(&customer), &other)).await;
        let ticket = agreed_ticket(&customer).await;
        agent.expect_logged(&ticket, 310).await;
        let entry = last_entry(&app, &agent, &ticket).await;
        let draws = json!([{ "minutes": 300, "licence": { "id": older["id"] } },
                           { "minutes": 10, "licence": { "id": younger["id"] } }]);
        assert_eq!(entry["settlement"]["draws"], draws);
        let reason = json!({ "licenceId": younger["id"], "reason": "Refunded" });
        app.advance(TimeDelta::hours(1));
        manager.expect_done("revokeLicence", reason).await;
        app.advance(TimeDelta::hours(1));
        agent.expect_logged(&ticket, 30).await;
        let entry = last_entry(&app, &agent, &ticket).await;
        assert_eq!(entry["settlement"]["chargeableMinutes"], 30, "it was revoked before");
        let earlier = json!({ "ticketId": ticket["id"], "minutes": 30,
                              "workedAt": now + TimeDelta::minutes(31) });
        agent.expect_done("logTime", earlier).await;
        let entry = last_entry(&app, &agent, &ticket).await;
        assert_eq!(entry["settlement"]["freeMinutes"], 30, "it was valid then");
    })
    .await;
}

/// B4: a correction gives back in full, and what is right draws again.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_correction_gives_the_minutes_and_the_money_back(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = agreed_ticket(&customer).await;
        let wrong = agent.expect_logged(&ticket, 400).await;
        assert_eq!(account(&app, &customer).await["chargedSoFar"]["amount"]["amount"], "8.33");
        let instead = json!({ "minutes": 40, "workedAt": app.clock.now() });
        let input = json!({ "ticketId": ticket["id"], "timeEntryId": wrong, "reason": "A typo",
                            "instead": instead });
        agent.expect_done("correctTime", input).await;
        let after = account(&app, &customer).await;
        assert_eq!(after["chargedSoFar"], json!({ "minutes": 0, "amount": { "amount": "0.00" } }));
        assert_eq!(after["packages"][0]["usedMinutes"], 40);
        assert_eq!(after["packages"][0]["warning"], Value::Null);
    })
    .await;
}

/// Price and free minutes are those in force when the work was done, whenever it is logged.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn work_is_settled_by_the_terms_of_its_time(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ticket = agreed_ticket(&customer).await;
        let before = app.clock.now();
        app.advance(TimeDelta::days(1));
        let dearer = json!({ "hourlyPrice": { "amount": "12.00", "currency": "USD" } });
        manager.expect_done("defineSupportTerms", with(terms(300), &dearer)).await;
        app.advance(TimeDelta::days(1));
        let refused = json!({ "ticketId": ticket["id"], "minutes": 60 });
        let refused = agent.act("logTime", refused).await;
        assert_eq!(refused.refusal(), Some("CHARGES_NOT_AGREED"), "she agreed to less");
        customer.expect_done_on("agreeToCharges", &ticket).await;
        for (worked_at, price) in [(before, "5.00"), (app.clock.now(), "12.00")] {
            let input = json!({ "ticketId": ticket["id"], "minutes": 60, "workedAt": worked_at });
            agent.expect_done("logTime", input).await;
            let entry = last_entry(&app, &agent, &ticket).await;
            assert_eq!(entry["settlement"]["price"]["amount"], price);
        }
    })
    .await;
}

/// A manager's word is enough, and is recorded.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_manager_may_let_charges_be_without_agreement(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let input = json!({ "ticketId": ticket["id"], "reason": "Agreed on the phone" });
        manager.expect_done("allowCharges", input).await;
        agent.expect_logged(&ticket, 60).await;
        let entry = last_entry(&app, &agent, &ticket).await;
        assert_eq!(entry["settlement"]["price"]["amount"], "5.00");
        let word = &agent.timeline(&ticket).await[1];
        assert_eq!(
            (&word["kind"], &word["text"]),
            (&json!("CHARGES_ALLOWED"), &json!("Agreed on the phone"))
        );
        assert_eq!(word["staffMember"]["id"], manager.id);
        let seen = &customer.timeline(&ticket).await[1];
        assert_eq!((&seen["kind"], &seen["text"]), (&json!("CHARGES_ALLOWED"), &Value::Null));
    })
    .await;
}
