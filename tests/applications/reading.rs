//! The queue of applications, and the accounts on which one more can be granted.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use test_case::test_case;

use super::deciding::on;
use crate::support::app::{App, Person, product};
use crate::support::applications::{broker, deposit, more_advisors};

async fn numbers(by: &Person, arguments: &str) -> Vec<String> {
    let query = format!("{{ applications({arguments}) {{ totalCount nodes {{ number }} }} }}");
    let answer = by.ask(&query, json!({})).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    let nodes = answer.payload()["nodes"].as_array().expect("a list").clone();
    assert_eq!(answer.payload()["totalCount"], nodes.len(), "{}", answer.text);
    nodes.iter().map(|node| node["number"].as_str().expect("a number").to_owned()).collect()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_queue_is_filtered_by_kind_state_due_and_what_the_rule_says(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let (customer, other) = (app.customer("Customer").await, app.customer("Other").await);
        let agent = app.agent("Licenser", &["licensing"]).await;
        let one = customer.expect_applied(&agent, "1", "trading_robot").await;
        let two = other.expect_applied(&agent, "2", "trading_robot").await;
        let rental = json!({ "productId": product("utility"), "months": 1,
                             "startsOn": app.clock.now().date_naive() });
        customer.expect_done("applyForRentalDownload", rental).await;
        agent.expect_done("recordDeposit", deposit("2", "500.00")).await;
        app.settle().await;
        app.settle().await;
        let all = ["AP-000001", "AP-000002", "AP-000003"];
        assert_eq!(numbers(&agent, "first: 100").await, all);
        assert_eq!(numbers(&agent, "last: 100").await, all);
        assert_eq!(numbers(&agent, "filter: { kind: RENTAL_DOWNLOAD }").await, all[2..]);
        assert_eq!(numbers(&agent, "filter: { status: TAKEN }").await, all[..2]);
        assert_eq!(numbers(&agent, "filter: { isEligible: true }").await, all[1..2]);
        assert_eq!(numbers(&agent, "filter: { isEligible: false }").await, all[..1]);
        // The rental is due within two working hours, the others within a day.
        let by_due = numbers(&agent, "orderBy: DUE").await;
        assert_eq!(by_due, [all[2], all[0], all[1]]);
        let soon = app.clock.now() + TimeDelta::hours(23);
        assert_eq!(numbers(&agent, &format!("filter: {{ dueBefore: \"{}\" }}", soon.to_rfc3339())).await, all[2..]);
        agent.expect_done("approveApplication", on(&two)).await;
        app.settle().await;
        assert_eq!(numbers(&agent, "filter: { isOpen: false }").await, all[1..2]);
        assert_eq!(numbers(&customer, "first: 100").await, [all[0], all[2]]);
        assert_eq!(numbers(&other, "first: 100").await, all[1..2]);
        let refused = customer.ask("{ applications(filter: { isEligible: true }) { totalCount } }", json!({})).await;
        assert_eq!(refused.error(), Some("FORBIDDEN"));
        // Pages in both directions, whatever the order.
        for order in ["SUBMITTED", "DUE"] {
            let query = format!(
                "query($after: String) {{ applications(orderBy: {order}, first: 1, after: $after) {{ \
                 edges {{ cursor node {{ number }} }} pageInfo {{ hasNextPage }} }} }}"
            );
            let (mut seen, mut after) = (Vec::new(), Value::Null);
            loop {
                let answer = agent.ask(&query, json!({ "after": after })).await;
                let page = answer.payload().clone();
                let edge = &page["edges"][0];
                seen.push(edge["node"]["number"].clone());
                after = edge["cursor"].clone();
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
            }
            assert_eq!(seen.len(), 3, "{order}: {seen:?}");
        }
        assert_eq!(one["number"], all[0]);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_accounts_on_which_one_more_can_be_granted_are_found(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        more_advisors(&app).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Licenser", &["licensing"]).await;
        // One with too little, one with enough, one that holds an advisor.
        agent.expect_done("recordDeposit", deposit("1", "199.99")).await;
        agent.expect_done("recordDeposit", deposit("2", "200.00")).await;
        let held = customer.expect_applied(&agent, "3", "trading_robot").await;
        agent.expect_done("recordDeposit", deposit("3", "500.00")).await;
        agent.expect_done("approveApplication", on(&held)).await;
        let since = app.clock.now();
        let find = async |further: &str| -> Vec<String> {
            app.settle().await;
            let query = format!(
                "{{ tradingAccounts(filter: {{ canBeGrantedNow: true {further} }}) {{ totalCount \
                 nodes {{ number nextGrantAt }} }} }}"
            );
            let answer = agent.ask(&query, json!({})).await;
            assert!(answer.body["errors"].is_null(), "{}", answer.text);
            let nodes = answer.payload()["nodes"].as_array().expect("a list").clone();
            nodes.iter().map(|node| node["number"].as_str().expect("a number").to_owned()).collect()
        };
        assert_eq!(find("").await, ["2"]);
        let for_robot = format!("productId: \"{}\"", product("trading_robot"));
        assert_eq!(find(&for_robot).await, [""; 0]);
        let traded = json!({ "brokerId": broker("partner_broker"), "accountNumber": "3",
                             "from": since, "trades": 1 });
        agent.expect_done("recordTradingActivity", traded).await;
        assert_eq!(find("").await, ["2"]);
        app.advance(TimeDelta::days(32));
        assert_eq!(find("").await, ["2", "3"]);
        assert_eq!(find(&for_robot).await, ["3"]);
    })
    .await;
}
