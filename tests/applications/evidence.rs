//! Evidence, brokers' reports, and what they do to the rule (F7).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use test_case::test_case;

use super::deciding::on;
use crate::support::app::{App, product, with};
use crate::support::applications::{broker, deposit, free_advisor, more_advisors};

const HEADING: &str = "account,period_from,period_to,trades,deposit,currency,last_trade\n";

fn report(lines: &str) -> Value {
    json!({ "brokerId": broker("partner_broker"), "csv": format!("{HEADING}{lines}") })
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_line_of_a_report_is_accounted_for_and_the_same_lines_do_nothing_again(
    system: System,
) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let lines = "7,2024-12-01,2024-12-31,3,500.00,USD,2024-12-30T10:00:00Z\n\
                     8,2024-12-01,2024-12-31,0,45000,RUB,\n\
                     12-34,2024-12-01,2024-12-31,1,5.00,USD,\n\
                     9,2024-12-01,2024-12-31,many,5.00,USD,\n\
                     9,2024-12-01,2024-12-31,1,five,USD,\n\
                     9,2024-12-31,2024-12-01,1,5.00,USD,\n\
                     9,2024-12-01\n\
                     9,2025-01-01,2025-02-01,1,5.00,USD,\n\
                     7,2024-12-01,2024-12-31,3,500.00,USD,2024-12-30T10:00:00Z\n";
        let first = agent.expect_done("importBrokerReport", report(lines)).await;
        assert_eq!((&first["recorded"], &first["repeated"]), (&json!(2), &json!(1)), "{first}");
        let refused: Vec<(i64, &str)> = first["refused"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| (one["line"].as_i64().expect("a line"), one["code"].as_str().expect("a code")))
            .collect();
        assert_eq!(
            refused,
            [
                (4, "BAD_ACCOUNT_NUMBER"),
                (5, "UNREADABLE"),
                (6, "BAD_AMOUNT"),
                (7, "PERIOD_OUT_OF_ORDER"),
                (8, "UNREADABLE"),
                (9, "EVIDENCE_OUT_OF_RANGE"),
            ]
        );
        let head = app.head().await;
        let again = agent.expect_done("importBrokerReport", report(lines)).await;
        assert_eq!((&again["recorded"], &again["repeated"]), (&json!(0), &json!(3)));
        assert_eq!(app.head().await, head);
        app.settle().await;
        let query = "query($b: ID!) { tradingAccount(brokerId: $b, number: \"7\") { deposit { source \
                     amount { amount } } trading { trades lastTradeAt } } }";
        let found = agent.ask(query, json!({ "b": broker("partner_broker") })).await;
        assert_eq!(found.payload()["deposit"]["source"], "BROKER_REPORT", "{}", found.text);
        assert_eq!(found.payload()["trading"][0]["trades"], 3);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_quote_that_is_not_closed_swallows_no_line_of_a_report(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let lines = "7,2024-12-01,2024-12-31,3,500.00,USD,\n\
                     \"8,2024-12-01,2024-12-31,0,400.00,USD,\n\
                     9,2024-12-01,2024-12-31,1,5.00,USD,\n\
                     10,2024-12-01,2024-12-31,1,5.00,USD,\n";
        let done = agent.expect_done("importBrokerReport", report(lines)).await;
        assert_eq!(done["recorded"], json!(1), "{done}");
        let refused = done["refused"].as_array().expect("a list");
        let refused: Vec<_> = refused.iter().map(|one| (&one["line"], &one["code"])).collect();
        let unreadable = json!("UNREADABLE");
        let numbers = [json!(3), json!(4), json!(5)];
        let expected: Vec<_> = numbers.iter().map(|line| (line, &unreadable)).collect();
        assert_eq!(refused, expected);
        let lines = "7,2024-11-01,2024-11-30,3,\"500.00\",\"USD\",\n\
                     8,2024-11-01,2024-11-30,3,\"5\"00.00,USD,\n";
        let done = agent.expect_done("importBrokerReport", report(lines)).await;
        assert_eq!(done["recorded"], json!(1), "{done}");
        assert_eq!(done["refused"][0]["line"], json!(3), "{done}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn evidence_that_was_wrong_is_retracted_and_rewrites_no_decision(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let auditor =
            app.staff("Auditor", servicedesk_domain::staff::Role::Auditor, &[]).await;
        let first = customer.expect_applied(&agent, "7", "trading_robot").await;
        let account = agent.expect_done("recordDeposit", deposit("7", "800.00")).await;
        agent.expect_done("approveApplication", on(&first)).await;
        let before = app.clock.now();
        let retract = json!({ "reason": "Another account", "evidenceId": account["deposit"]["id"] });
        let account = agent.expect_done("retractEvidence", retract).await;
        assert_eq!(account["deposit"], Value::Null, "{account}");
        assert_eq!(account["grants"][0]["ground"], "FIRST");
        assert_eq!(account["grants"][0]["held"][0]["code"], "trading_robot");
        let second = customer.expect_applied(&agent, "7", "second").await;
        let refused = agent.act("approveApplication", on(&second)).await;
        assert_eq!(refused.refusal(), Some("MONTH_NOT_PASSED"));
        // An auditor sees how it stood, and what has changed since.
        let query = "query($id: ID!, $at: DateTime) { tradingAccount(id: $id, asOf: $at) { deposit { \
                     amount { amount } } history { nodes { kind text actor { name } } } } }";
        let ask = async |at: Value| {
            let answer = auditor.ask(query, json!({ "id": account["id"], "at": at })).await;
            assert!(answer.body["errors"].is_null(), "{}", answer.text);
            answer.payload().clone()
        };
        let kinds = |account: &Value| -> Vec<String> {
            let nodes = account["history"]["nodes"].as_array().expect("entries").iter();
            nodes.map(|node| node["kind"].as_str().expect("a kind").to_owned()).collect()
        };
        let then = ask(json!(before)).await;
        assert_eq!(then["deposit"]["amount"]["amount"], "800.00", "{then}");
        assert!(!kinds(&then).contains(&"EVIDENCE_RETRACTED".to_owned()), "{then}");
        let now = ask(Value::Null).await;
        assert_eq!(now["deposit"], Value::Null);
        let kinds = kinds(&now);
        assert_eq!(kinds[0], "REGISTERED");
        assert!(kinds.contains(&"ADVISORS_GRANTED".to_owned()), "{now}");
        assert!(kinds.contains(&"EVIDENCE_RETRACTED".to_owned()), "{now}");
        let long_ago = json!(before - TimeDelta::days(400));
        assert_eq!(ask(long_ago).await, Value::Null);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_learns_the_rules_verdict_and_nothing_of_others(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let (owner, other) = (app.customer("Owner").await, app.customer("Other").await);
        let agent = app.agent("Licenser", &["licensing"]).await;
        let query = "query($b: ID!, $p: [ID!]!, $d: MoneyInput) { freeAdvisorEligibility(brokerId: \
                     $b, accountNumber: \"7\", productIds: $p, deposit: $d) { isAllowed branch \
                     mayApply code retryAt missing { kind needed { amount } shortBy { amount } } \
                     evidence { id source isCounted } } }";
        let ask = async |by: &crate::support::app::Person, amount: Option<&str>| {
            let stated = amount.map(|amount| json!({ "amount": amount, "currency": "USD" }));
            let variables = json!({ "b": broker("partner_broker"), "p": [product("second")],
                                    "d": stated });
            let answer = by.ask(query, variables).await;
            assert!(answer.body["errors"].is_null(), "{}", answer.text);
            answer.payload().clone()
        };
        let fresh = ask(&owner, Some("100.00")).await;
        assert_eq!(
            (&fresh["mayApply"], &fresh["code"]),
            (&json!(false), &json!("DEPOSIT_TOO_SMALL"))
        );
        assert_eq!(fresh["missing"][0]["shortBy"]["amount"], "200.00");
        assert_eq!(ask(&owner, Some("300.00")).await["mayApply"], true);
        let first = owner.expect_applied(&agent, "7", "trading_robot").await;
        // What is shown of an account on which nothing was granted is nobody's to learn.
        agent.expect_done("recordDeposit", deposit("7", "100.00")).await;
        let unknown = ask(&other, None).await;
        assert_eq!(unknown["code"], "DEPOSIT_TOO_SMALL", "{unknown}");
        assert_eq!(unknown["missing"][0]["shortBy"], Value::Null, "{unknown}");
        assert_eq!(unknown["missing"][0]["needed"], Value::Null, "{unknown}");
        agent.expect_done("recordDeposit", deposit("7", "600.00")).await;
        agent.expect_done("approveApplication", on(&first)).await;
        app.settle().await;
        let hers = ask(&owner, Some("600.00")).await;
        let others = ask(&other, Some("600.00")).await;
        assert_eq!(hers["missing"][2]["shortBy"]["amount"], "200.00", "{hers}");
        assert_eq!(others["missing"][2]["shortBy"], Value::Null, "{others}");
        assert_eq!(others["missing"][2]["needed"], Value::Null);
        for seen in [&hers, &others] {
            assert_eq!(seen["code"], "MONTH_NOT_PASSED");
            assert!(seen["retryAt"].is_string(), "{seen}");
        }
        assert_eq!(ask(&other, Some("800.00")).await["mayApply"], true);
        assert_eq!(hers["evidence"], json!([]));
        // What they are refused when they apply says no more.
        let wish = with(
            free_advisor("7"),
            &json!({ "productIds": [product("second")],
                     "deposit": { "amount": "600.00", "currency": "USD" } }),
        );
        let refused = other.act("applyForFreeAdvisor", wish).await;
        let error = &refused.payload()["userErrors"][0];
        assert_eq!(error["missing"][2]["shortBy"], Value::Null, "{}", refused.text);
        agent.expect_done("recordDeposit", deposit("7", "800.00")).await;
        let allowed = ask(&agent, None).await;
        assert_eq!((&allowed["isAllowed"], &allowed["branch"]), (&json!(true), &json!("DEPOSIT")));
        assert_eq!(allowed["evidence"].as_array().expect("ids").len(), 1);
    })
    .await;
}

/// The lines of another report are not taken for those that came first under the key.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_key_that_was_used_for_another_report_records_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        let key = json!({ "idempotencyKey": "6f9619ff-8b86-d011-b42d-00cf4fc964ff" });
        let first = with(report("7,2024-12-01,2024-12-31,3,500.00,USD,\n"), &key);
        let recorded = agent.expect_done("importBrokerReport", first.clone()).await;
        assert_eq!(recorded["recorded"], 1);
        let head = app.head().await;
        let again = agent.expect_done("importBrokerReport", first).await;
        assert_eq!(again, recorded, "the first answer");
        let lines = "9,2024-12-01,2024-12-31,3,500.00,USD,\n8,2024-12-01,2024-12-31,3,1.00,USD,\n";
        let other = agent.act("importBrokerReport", with(report(lines), &key)).await;
        assert_eq!(other.error(), Some("BAD_USER_INPUT"), "{}", other.text);
        let used = json!({ "idempotencyKey": "7f9619ff-8b86-d011-b42d-00cf4fc964ff" });
        agent.expect_done("recordDeposit", with(deposit("7", "600.00"), &used)).await;
        let after_deposit = app.head().await;
        assert!(after_deposit > head);
        let refused = agent.act("importBrokerReport", with(report(lines), &used)).await;
        assert_eq!(refused.error(), Some("BAD_USER_INPUT"), "{}", refused.text);
        assert_eq!(app.head().await, after_deposit);
    })
    .await;
}
