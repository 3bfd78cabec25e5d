//! What follows of applications: tickets, live changes, revoked licences, released grants.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use super::deciding::on;
use crate::support::app::{App, category, product, with};
use crate::support::applications::{deposit, more_advisors};
use crate::support::watch::{Watcher, Way};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_application_turns_into_a_conversation_that_both_sides_see(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let application = customer.expect_applied(&agent, "7", "trading_robot").await;
        let words = json!({ "categoryId": category("licence"), "subject": "About my application",
                            "text": "What is missing?" });
        let opened =
            customer.expect_done("openApplicationTicket", with(on(&application), &words)).await;
        assert_eq!(opened["ticket"]["subject"], "About my application", "{opened}");
        let query = "query($id: ID!) { ticket(id: $id) { number application { number } \
                     customer { id } timeline { nodes { kind text actor { name } } } } }";
        for by in [&customer, &agent] {
            let answer = by.ask(query, json!({ "id": opened["ticket"]["id"] })).await;
            let ticket = answer.payload();
            assert_eq!(ticket["application"]["number"], application["number"], "{}", answer.text);
            let first = &ticket["timeline"]["nodes"][0];
            assert_eq!(
                (&first["kind"], &first["actor"]["name"]),
                (&json!("OPENED"), &json!("Customer"))
            );
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_application_is_followed_live_and_has_its_own_timeline(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let application = customer.expect_applied(&agent, "7", "trading_robot").await;
        app.settle().await;
        let query = "subscription($id: ID!) { applicationChanged(applicationId: $id) { entry { kind \
                     text } application { status } } }";
        let variables = json!({ "id": application["id"] });
        let mut watcher = Watcher::begin(&app, Way::Events, &customer, query, variables).await;
        let first = watcher.next().await.expect("a snapshot");
        let change = |item: &Value| item["data"]["applicationChanged"].clone();
        assert_eq!(change(&first)["application"]["status"], "TAKEN", "{first}");
        agent.expect_done("declineApplication", with(on(&application), &json!({ "reason": "No" }))).await;
        let second = watcher.next().await.expect("a change");
        assert_eq!(change(&second)["entry"], json!({ "kind": "DECLINED", "text": "No" }));
        assert_eq!(change(&second)["application"]["status"], "DECLINED");
        let query = "query($id: ID!) { application(id: $id) { timeline { totalCount nodes { kind \
                     actor { name } } } } }";
        let answer = customer.ask(query, json!({ "id": application["id"] })).await;
        let nodes = &answer.payload()["timeline"]["nodes"];
        let kinds: Vec<_> = nodes.as_array().expect("entries").iter().collect();
        let kinds: Vec<_> = kinds.iter().map(|one| one["kind"].as_str().expect("a kind")).collect();
        assert_eq!(kinds, ["SUBMITTED", "TAKEN", "DECLINED"]);
        assert_eq!(nodes[1]["actor"]["name"], "Licenser");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_revoked_licence_is_held_no_more_on_its_account(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let first = customer.expect_applied(&agent, "7", "trading_robot").await;
        agent.expect_done("recordDeposit", deposit("7", "500.00")).await;
        let approved = agent.expect_done("approveApplication", on(&first)).await;
        let second = customer.expect_applied(&agent, "7", "second").await;
        let refused = agent.act("approveApplication", on(&second)).await;
        assert_eq!(refused.refusal(), Some("MONTH_NOT_PASSED"));
        let revoke = json!({ "licenceId": approved["licences"][0]["id"], "reason": "Misused" });
        agent.expect_done("revokeLicence", revoke).await;
        app.settle().await;
        // The deposit is there for the next; by the month it would still have to wait.
        let granted = agent.expect_done("approveApplication", on(&second)).await;
        assert_eq!(granted["ground"], "DEPOSIT");
        app.settle().await;
        let query = "{ tradingAccounts { nodes { grants { held { code } revoked { code } } } } }";
        let found = agent.ask(query, json!({})).await;
        let grants = &found.payload()["nodes"][0]["grants"];
        assert_eq!(grants[0]["revoked"], json!([{ "code": "trading_robot" }]), "{}", found.text);
        assert_eq!(grants[1]["held"], json!([{ "code": "second" }]));
    })
    .await;
}

/// As if the process had died between the account's grant and the application, and the customer had
/// been faster then.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_grant_whose_application_was_withdrawn_meanwhile_is_released(system: System) {
    use servicedesk_domain::catalogue::{BrokerId, ProductId};
    use servicedesk_domain::kernel::{Currency, Money};
    use servicedesk_domain::licensing::trading_account::decide::GrantAdvisors;
    use servicedesk_domain::licensing::trading_account::events::Advisor;
    use servicedesk_domain::licensing::trading_account::{Command, TradingAccount};
    use servicedesk_domain::licensing::{AccountNumber, trading_account_of};

    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let application = customer.expect_applied(&agent, "7", "trading_robot").await;
        agent.expect_done("recordDeposit", deposit("7", "500.00")).await;
        customer.expect_done("withdrawApplication", on(&application)).await;
        let number = AccountNumber::parse("7").expect("a number");
        let account_id = trading_account_of(BrokerId::named("partner_broker"), &number);
        let minimum = Money { cents: 50_000, currency: Currency::USD };
        let id = application["id"].as_str().expect("an id");
        let command = Command::GrantAdvisors(GrantAdvisors {
            application_id: servicedesk::graphql::relay::parse_id(&id.into()).expect("an id"),
            customer_id: servicedesk_domain::customer::CustomerId::named("customer"),
            advisors: Ok(vec![Advisor {
                product_id: ProductId::named("trading_robot"),
                minimum_deposits: vec![minimum],
            }]),
            staff_member_id: servicedesk_domain::staff::StaffMemberId::named("agent"),
            against_rule: None,
            at: app.clock.now(),
            policy: servicedesk_domain::catalogue::LicensingPolicy::default(),
        });
        let actor = servicedesk_domain::kernel::Actor::Operator;
        let context = servicedesk_service::desk::own_context(actor, app.clock.now());
        let done = app.log().execute::<TradingAccount>(account_id.uuid(), command, context).await;
        done.expect("it is granted");
        app.settle().await;
        app.settle().await;
        let query = "{ licences { totalCount } tradingAccounts { nodes { grants { ground } history { \
                     nodes { kind } } } } }";
        let found = agent.ask(query, json!({})).await;
        let account = &found.body["data"]["tradingAccounts"]["nodes"][0];
        assert_eq!(account["grants"], json!([]), "{}", found.text);
        assert_eq!(found.body["data"]["licences"]["totalCount"], 0);
        let last = account["history"]["nodes"].as_array().expect("entries").last().cloned();
        assert_eq!(last, Some(json!({ "kind": "GRANT_RELEASED" })));
        // The next one is the first.
        let next = customer.expect_applied(&agent, "7", "trading_robot").await;
        let granted = agent.expect_done("approveApplication", on(&next)).await;
        assert_eq!((&granted["ground"], product("trading_robot").is_empty()), (&json!("FIRST"), false));
    })
    .await;
}
