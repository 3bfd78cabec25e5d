//! From an application to a licence, or to the reason why not.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use async_graphql::ID;
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::relay::parse_id;
use servicedesk_domain::Event;
use servicedesk_domain::licensing::{Licence, LicenceEvent};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, Person, product, with};
use crate::support::applications::{broker, deposit, free_advisor, more_advisors};

pub(super) fn on(application: &Value) -> Value {
    json!({ "applicationId": application["id"] })
}

async fn granted(customer: &Person, agent: &Person, account: &str) -> Value {
    let application = customer.expect_applied(agent, account, "trading_robot").await;
    agent.expect_done("recordDeposit", deposit(account, "500.00")).await;
    agent.expect_done("approveApplication", on(&application)).await
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_first_advisor_is_granted_and_a_second_refused_until_the_rule_allows_it(
    system: System,
) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let approved = granted(&customer, &agent, "123456").await;
        let granted_at = app.clock.now();
        assert_eq!(approved["number"], "AP-000001");
        assert_eq!(
            (&approved["status"], &approved["ground"]),
            (&json!("APPROVED"), &json!("FIRST"))
        );
        assert_eq!(approved["licences"][0]["kind"], "AFFILIATE");
        assert_eq!(approved["licences"][0]["product"]["code"], "trading_robot");

        // They are told at once what they would be refused for, and from when not.
        let second = json!({ "productIds": [product("second")] });
        let wish = with(free_advisor("123456"), &second);
        let refused = customer.act("applyForFreeAdvisor", wish.clone()).await;
        assert_eq!(refused.refusal(), Some("MONTH_NOT_PASSED"), "{}", refused.text);
        let error = &refused.payload()["userErrors"][0];
        let retry_at: chrono::DateTime<chrono::Utc> =
            error["retryAt"].as_str().expect("a moment").parse().expect("a moment");
        assert!(retry_at > granted_at + TimeDelta::days(27), "{retry_at}");
        assert!(retry_at <= granted_at + TimeDelta::days(31), "{retry_at}");
        let kinds: Vec<_> = error["missing"].as_array().expect("a list").iter().collect();
        let kinds: Vec<_> = kinds.iter().map(|one| one["kind"].as_str().expect("a kind")).collect();
        assert_eq!(kinds, ["MONTH", "TRADING", "DEPOSIT"]);

        // A second before, and then.
        let stated = json!({ "deposit": { "amount": "800.00", "currency": "USD" } });
        let application = customer.expect_done("applyForFreeAdvisor", with(wish, &stated)).await;
        agent.expect_done("takeApplication", on(&application)).await;
        let shown = json!({ "brokerId": broker("partner_broker"), "accountNumber": "123456",
                            "from": granted_at, "trades": 3 });
        app.advance(retry_at - app.clock.now() - TimeDelta::seconds(1));
        agent.expect_done("recordTradingActivity", shown).await;
        let early = agent.act("approveApplication", on(&application)).await;
        assert_eq!(early.refusal(), Some("MONTH_NOT_PASSED"), "{}", early.text);
        let error = &early.payload()["userErrors"][0];
        assert_eq!(error["retryAt"], json!(retry_at.to_rfc3339()));
        assert_eq!(error["missing"][1]["needed"]["amount"], "800.00", "{}", early.text);
        assert_eq!(error["missing"][1]["shortBy"]["amount"], "300.00");
        app.advance(TimeDelta::seconds(1));
        let approved = agent.expect_done("approveApplication", on(&application)).await;
        assert_eq!(approved["ground"], "MONTH_AND_TRADING");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_deposit_for_all_needs_no_month_and_a_customers_word_grants_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let (customer, other) = (app.customer("Customer").await, app.customer("Other").await);
        let agent = app.agent("Licenser", &["licensing"]).await;
        let application = customer.expect_applied(&agent, "77", "trading_robot").await;
        let unseen = agent.act("approveApplication", on(&application)).await;
        assert_eq!(unseen.refusal(), Some("DEPOSIT_NOT_SHOWN"), "{}", unseen.text);
        agent.expect_done("recordDeposit", deposit("77", "500.00")).await;
        agent.expect_done("approveApplication", on(&application)).await;
        // The rule is the account's: it is the same for another customer, and with zeros before it.
        let second = other.expect_applied(&agent, "00077", "second").await;
        let refused = agent.act("approveApplication", on(&second)).await;
        assert_eq!(refused.refusal(), Some("MONTH_NOT_PASSED"), "{}", refused.text);
        agent.expect_done("recordDeposit", deposit("77", "799.99")).await;
        let refused = agent.act("approveApplication", on(&second)).await;
        let missing = &refused.payload()["userErrors"][0]["missing"];
        assert_eq!(missing[2]["shortBy"]["amount"], "0.01", "{}", refused.text);
        agent.expect_done("recordDeposit", deposit("77", "800.00")).await;
        let approved = agent.expect_done("approveApplication", on(&second)).await;
        assert_eq!(approved["ground"], "DEPOSIT");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn rentals_and_purchases_come_to_licences(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let start = app.clock.now().date_naive() + TimeDelta::days(2);
        let rental = json!({ "productId": product("utility"), "startsOn": start, "months": 3 });
        let rental = customer.expect_done("applyForRentalDownload", rental).await;
        agent.expect_done("takeApplication", on(&rental)).await;
        let approved = agent.expect_done("approveApplication", on(&rental)).await;
        let licence = &approved["licences"][0];
        assert_eq!((&approved["ground"], &licence["kind"]), (&json!("IN_ORDER"), &json!("RENTAL")));
        let from = licence["validFrom"].as_str().expect("a moment");
        let midnight = format!("{}T21:00:00+00:00", start - TimeDelta::days(1));
        assert_eq!(from, midnight, "a day begins at midnight in Moscow");

        let bought = json!({ "productId": product("indicator"), "purchasedOn": "2024-12-01",
                             "seller": "A shop", "reference": "Order 7" });
        let mut ids = Vec::new();
        for _ in 0..2 {
            let update = customer.expect_done("applyForLicenceUpdate", bought.clone()).await;
            agent.expect_done("takeApplication", on(&update)).await;
            let approved = agent.expect_done("approveApplication", on(&update)).await;
            assert_eq!(approved["licences"][0]["kind"], "UNLIMITED");
            ids.push(approved["licences"][0]["id"].clone());
        }
        assert_eq!(ids[0], ids[1], "what she holds already is not granted again");
        // Each time there is a link, the later in place of the earlier (R2).
        app.settle().await;
        let query = "query($id: ID!) { licence(id: $id) { downloadLink { uses isValid } } }";
        let held = customer.ask(query, json!({ "id": ids[1] })).await;
        let link = json!({ "uses": 0, "isValid": true });
        assert_eq!(held.payload()["downloadLink"], link, "{}", held.text);
        let of = parse_id::<Licence>(&ID::from(ids[1].as_str().expect("an id"))).expect("an id");
        let events = app.log().read_aggregate("licence", of.uuid(), 0, 100).await.expect("events");
        let links = events
            .iter()
            .filter(|event| matches!(event.event, Event::Licence(LicenceEvent::LinkIssued { .. })));
        assert_eq!(links.count(), 2);
        let query = "{ licences { totalCount } supportPackages { id } }";
        let found = customer.ask(query, json!({})).await.body["data"].clone();
        assert_eq!(found["licences"]["totalCount"], 2);
        assert_eq!(found["supportPackages"].as_array().expect("packages").len(), 2);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn purchases_that_are_approved_at_once_come_to_one_licence_and_one_package(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let bought = json!({ "productId": product("indicator"), "purchasedOn": "2024-12-01",
                             "seller": "A shop", "reference": "Order 7" });
        let mut updates = Vec::new();
        for _ in 0..5 {
            let update = customer.expect_done("applyForLicenceUpdate", bought.clone()).await;
            agent.expect_done("takeApplication", on(&update)).await;
            updates.push(update);
        }
        let approving =
            updates.iter().map(|update| agent.expect_done("approveApplication", on(update)));
        let approved = futures::future::join_all(approving).await;
        app.settle().await;
        let query = "{ licences { nodes { id downloadLink { isValid } } } supportPackages { id } }";
        let found = customer.ask(query, json!({})).await.body["data"].clone();
        let licences = found["licences"]["nodes"].as_array().expect("licences");
        assert_eq!(licences.len(), 1, "{found}");
        assert_eq!(found["supportPackages"].as_array().map(Vec::len), Some(1), "{found}");
        assert_eq!(licences[0]["downloadLink"]["isValid"], true);
        for one in approved {
            assert_eq!(one["licences"][0]["id"], licences[0]["id"]);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_manager_overrides_with_a_reason_and_it_is_listed(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        granted(&customer, &agent, "5").await;
        let second = customer.expect_applied(&agent, "5", "trading_robot").await;
        let reason = json!({ "reason": "Not yours" });
        let declined = agent.expect_done("declineApplication", with(on(&second), &reason)).await;
        assert_eq!(declined["declineReason"], "Not yours");
        let reason = json!({ "reason": "Our mistake" });
        let approved = manager.expect_done("overrideDecision", with(on(&second), &reason)).await;
        assert_eq!(
            (&approved["status"], &approved["ground"]),
            (&json!("APPROVED"), &json!("OVERRIDE"))
        );
        assert_eq!(approved["licences"].as_array().expect("licences").len(), 1);
        let query = "{ applications(filter: { isOverride: true }) { totalCount nodes { id \
                     overrideReason decidedBy { name } } } tradingAccounts(filter: { hasOverride: \
                     true }) { nodes { number grants { ground overrideReason } } } }";
        let found = manager.ask(query, json!({})).await;
        let listed = &found.body["data"]["applications"];
        assert_eq!(listed["totalCount"], 1, "{}", found.text);
        assert_eq!(listed["nodes"][0]["overrideReason"], "Our mistake");
        assert_eq!(listed["nodes"][0]["decidedBy"]["name"], "Manager");
        let grants = &found.body["data"]["tradingAccounts"]["nodes"][0]["grants"];
        assert_eq!(grants[1]["ground"], "OVERRIDE", "{}", found.text);
        // It counts for the month like any other.
        let third = customer.expect_applied(&agent, "5", "trading_robot").await;
        let refused = agent.act("approveApplication", on(&third)).await;
        assert_eq!(refused.refusal(), Some("MONTH_NOT_PASSED"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_repeated_approval_gets_the_first_answer(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let application = customer.expect_applied(&agent, "9", "trading_robot").await;
        agent.expect_done("recordDeposit", deposit("9", "500.00")).await;
        let key = json!({ "idempotencyKey": "6f9619ff-8b86-d011-b42d-00cf4fc964ff" });
        let input = with(on(&application), &key);
        let first = agent.act("approveApplication", input.clone()).await;
        assert_eq!(first.outcome(), "ok", "{}", first.text);
        let head = app.head().await;
        let again = agent.act("approveApplication", input).await;
        assert_eq!(again.body["data"], first.body["data"]);
        let fresh = agent.act("approveApplication", on(&application)).await;
        assert_eq!(fresh.refusal(), Some("APPLICATION_APPROVED"));
        assert_eq!(app.head().await, head);
    })
    .await;
}

/// The account grants first and the application follows, so the key is looked at before the grant.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_key_that_was_used_for_another_request_grants_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let application = customer.expect_applied(&agent, "9", "trading_robot").await;
        let key = json!({ "idempotencyKey": "6f9619ff-8b86-d011-b42d-00cf4fc964ff" });
        agent.expect_done("recordDeposit", with(deposit("9", "500.00"), &key)).await;
        let head = app.head().await;
        let refused = agent.act("approveApplication", with(on(&application), &key)).await;
        assert_eq!(refused.error(), Some("BAD_USER_INPUT"), "{}", refused.text);
        assert_eq!(app.head().await, head, "nothing was granted");
    })
    .await;
}
