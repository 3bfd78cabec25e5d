//! Monthly statements, payments, and what managers read (B5).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{account, agreed_ticket};
use crate::support::app::{App, Person, product, terms, with};

const STATEMENT: &str = "query($id: ID, $month: Month!, $at: EventPosition) { \
     statement(customerId: $id, month: $month, consistentWith: $at) { isClosed closedAt \
     totals { freeMinutes chargeableMinutes amount { amount } } openingBalance { amount } \
     paid { amount } closingBalance { amount } lines { totalCount totalAmount { amount } \
     nodes { kind minutes freeMinutes chargeableMinutes amount { amount } } } csv html } }";

fn month_of(app: &App) -> String {
    app.clock.now().format("%Y-%m").to_string()
}

async fn statement(app: &App, reader: &Person, customer: &Person, month: &str) -> Value {
    let at = app.head().await.to_string();
    let variables = json!({ "id": customer.id, "month": month, "at": at });
    let answer = reader.ask(STATEMENT, variables).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload().clone()
}

/// What was owed before, what it comes to, what was paid, and what is owed after.
fn amounts(statement: &Value) -> [&str; 4] {
    [
        &statement["openingBalance"],
        &statement["totals"]["amount"],
        &statement["paid"],
        &statement["closingBalance"],
    ]
    .map(|money| money["amount"].as_str().expect("an amount"))
}

/// The first of the next month at noon.
fn to_next_month(app: &App) {
    let now = app.clock.now();
    let days = i64::from(32 - now.day());
    app.advance(TimeDelta::days(days));
    let over = app.clock.now().day() - 1;
    app.advance(TimeDelta::days(-i64::from(over)));
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_month_is_billed_closed_paid_and_corrected_on_the_next_statement(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Ivan =1+1", &["technical"]).await;
        let accountant = app.agent("Accountant", &["accounting"]).await;
        let ticket = agreed_ticket(&customer).await;
        let first = month_of(&app);
        let entry = agent.expect_logged(&ticket, 330).await;
        let open = statement(&app, &customer, &customer, &first).await;
        assert_eq!(open["isClosed"], false);
        assert_eq!(open["totals"]["freeMinutes"], 300);
        assert_eq!(amounts(&open), ["0.00", "2.50", "0.00", "2.50"]);
        assert!(open["html"].as_str().expect("a page").contains("Not final"));

        to_next_month(&app);
        let close = json!({ "customerId": customer.id, "month": first });
        let closed = accountant.expect_done("closeStatement", close).await;
        assert_eq!(closed["isClosed"], true);
        let pay = json!({ "customerId": customer.id, "reference": "Transfer 1",
            "receivedOn": app.clock.now().date_naive(),
            "amount": { "amount": "2.00", "currency": "USD" } });
        let paid = accountant.expect_done("recordPayment", pay).await;
        assert_eq!(paid["balance"]["amount"], "0.50");

        // The entry was wrong: its credit stands on the next statement, the closed one is final.
        let correct = json!({ "ticketId": ticket["id"], "timeEntryId": entry, "reason": "A typo",
            "instead": { "minutes": 312, "workedAt": app.clock.now() - TimeDelta::days(3) } });
        agent.expect_done("correctTime", correct).await;
        let second = month_of(&app);
        let final_one = statement(&app, &accountant, &customer, &first).await;
        assert_eq!(amounts(&final_one), ["0.00", "2.50", "0.00", "2.50"]);
        assert!(!final_one["html"].as_str().expect("a page").contains("Not final"));
        let next = statement(&app, &accountant, &customer, &second).await;
        // 2.50 given back, 12 minutes beyond the free time charged: a dollar.
        assert_eq!(amounts(&next), ["2.50", "-1.50", "2.00", "-1.00"]);
        let lines = next["lines"]["nodes"].as_array().expect("lines");
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line["kind"].as_str(), line["amount"]["amount"].as_str()))
            .collect();
        assert_eq!(told, [(Some("REVERSAL"), Some("-2.50")), (Some("WORK"), Some("1.00"))]);
        assert_eq!(next["lines"]["totalAmount"]["amount"], "-1.50");

        let csv = next["csv"].as_str().expect("values");
        let mut rows = csv::Reader::from_reader(csv.as_bytes());
        let headings = rows.headers().expect("headings").clone();
        assert_eq!(headings.iter().next(), Some("worked_at"));
        let rows: Vec<_> = rows.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(&rows[0][2], ticket["number"].as_str().expect("a number"));
        let figures: Vec<&str> = rows[0].iter().skip(5).collect();
        assert_eq!(figures, ["-330", "-300", "-30", "-2.50", "USD"]);
        assert_eq!(&rows[0][4], "Ivan =1+1", "a name that is no formula stays as it is");
        let html = next["html"].as_str().expect("a page");
        for shown in ["<!DOCTYPE html>", "Customer", "-2.50", "Balance due"] {
            assert!(html.contains(shown), "{shown} is missing in {html}");
        }
        let account = account(&app, &customer).await;
        assert_eq!(account["balance"]["amount"], "0.50", "the open month is not owed yet");
        assert_eq!(account["chargedSoFar"]["amount"]["amount"], "-1.50");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_page_escapes_names_and_speaks_the_readers_language(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("<script>alert(1)</script>").await;
        let agent = app.agent("=HYPERLINK(1)", &["technical"]).await;
        let ticket = agreed_ticket(&customer).await;
        agent.expect_logged(&ticket, 5).await;
        app.settle().await;
        app.settle().await;
        let request = json!({ "query": "query($month: Month!) { statement(month: $month) { csv html } }",
                              "variables": { "month": month_of(&app) } });
        let answer = customer.send(request, &[("accept-language", "ru")]).await;
        let html = answer.payload()["html"].as_str().expect("a page");
        assert!(!html.contains("<script>") && html.contains("&lt;script&gt;"), "{html}");
        assert!(html.contains("Выписка") && html.contains("Торговый робот"), "{html}");
        let csv = answer.payload()["csv"].as_str().expect("values");
        assert!(csv.contains("'=HYPERLINK(1)"), "{csv}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn accounting_finds_what_is_to_be_closed_and_what_is_charged(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let accountant = app.agent("Accountant", &["accounting"]).await;
        let agent = app.agent("Agent", &["technical"]).await;
        let month = month_of(&app);
        let mut customers = Vec::new();
        for (number, minutes) in [(1, 60), (2, 30), (3, 90)] {
            let customer = app.customer(&format!("Customer {number}")).await;
            agent.expect_logged(&agreed_ticket(&customer).await, minutes).await;
            customers.push(customer);
        }
        let free = app.licensed("Customer with a licence").await;
        agent.expect_logged(&free.expect_opened("bug_report").await, 30).await;
        to_next_month(&app);
        let close = json!({ "customerId": customers[0].id, "month": month });
        accountant.expect_done("closeStatement", close).await;
        app.settle().await;
        app.settle().await;
        let query = "query($month: Month!) { open: statements(filter: { month: $month, \
             isClosed: false }) { totalCount nodes { customer { name } } } \
             chargeableWork(month: $month) { totalCount totalChargeableMinutes \
             totalAmount { amount } nodes { customer { name } chargeableMinutes } } }";
        let answer = accountant.ask(query, json!({ "month": month })).await;
        let found = &answer.body["data"];
        assert_eq!(found["open"]["totalCount"], 3, "{}", answer.text);
        assert_eq!(found["open"]["nodes"][0]["customer"]["name"], "Customer 2");
        let work = &found["chargeableWork"];
        assert_eq!(
            (&work["totalCount"], &work["totalChargeableMinutes"]),
            (&json!(3), &json!(180))
        );
        assert_eq!(work["totalAmount"]["amount"], "15.00");
    })
    .await;
}

/// Free against chargeable by agent, customer, product and month, without what was taken back.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn managers_see_utilisation_by_whatever_they_group(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let (one, two) =
            (app.agent("One", &["technical"]).await, app.agent("Two", &["technical"]).await);
        let licensed = app.licensed("Licensed").await;
        let plain = app.customer("Plain").await;
        let (free, charged) =
            (licensed.expect_opened("bug_report").await, agreed_ticket(&plain).await);
        one.expect_logged(&free, 100).await;
        two.expect_logged(&charged, 30).await;
        let wrong = two.expect_logged(&charged, 500).await;
        let reverse = json!({ "ticketId": charged["id"], "timeEntryId": wrong, "reason": "Wrong" });
        two.expect_done("correctTime", reverse).await;
        let courtesy = one.expect_logged(&free, 20).await;
        let mark = json!({ "ticketId": free["id"], "timeEntryId": courtesy, "reason": "Our bug" });
        one.expect_done("markCourtesy", mark).await;
        // A courtesy that was never worked is no work at all.
        let never = one.expect_logged(&free, 40).await;
        let mark = json!({ "ticketId": free["id"], "timeEntryId": never, "reason": "Our bug" });
        one.expect_done("markCourtesy", mark).await;
        let reverse = json!({ "ticketId": free["id"], "timeEntryId": never, "reason": "Wrong" });
        one.expect_done("correctTime", reverse).await;
        let month = month_of(&app);
        let at = app.head().await.to_string();
        let query = "query($g: UtilisationGroupBy!, $m: Month!, $f: UtilisationFilter, \
             $at: EventPosition) { utilisation(from: $m, to: $m, groupBy: $g, filter: $f, \
             consistentWith: $at) { month staffMember { name } customer { name } product { code } \
             minutes freeMinutes chargeableMinutes waivedMinutes amount { amount } } }";
        let ask = |group: &'static str, filter: Value| {
            let variables = json!({ "g": group, "m": month, "f": filter, "at": at });
            let manager = &manager;
            async move {
                let answer = manager.ask(query, variables).await;
                assert!(answer.body["errors"].is_null(), "{}", answer.text);
                answer.payload().as_array().expect("groups").clone()
            }
        };
        let figures = |row: &Value| {
            ["minutes", "freeMinutes", "chargeableMinutes", "waivedMinutes"]
                .map(|name| row[name].as_i64().expect("a number"))
        };
        let all = ask("MONTH", json!({})).await;
        assert_eq!(all.len(), 1);
        assert_eq!(figures(&all[0]), [150, 100, 30, 20]);
        assert_eq!(
            (&all[0]["month"], &all[0]["amount"]["amount"]),
            (&json!(month), &json!("2.50"))
        );
        let of = |rows: &[Value], what: &str, name: &str| {
            let row = rows.iter().find(|row| row[what]["name"] == name).expect("a group");
            figures(row)
        };
        let agents = ask("STAFF_MEMBER", json!({})).await;
        assert_eq!(of(&agents, "staffMember", "One"), [120, 100, 0, 20]);
        assert_eq!(of(&agents, "staffMember", "Two"), [30, 0, 30, 0]);
        let customers = ask("CUSTOMER", json!({ "staffMemberId": two.id })).await;
        assert_eq!(customers.len(), 1);
        assert_eq!(of(&customers, "customer", "Plain"), [30, 0, 30, 0]);
        let products = ask("PRODUCT", json!({ "productId": product("trading_robot") })).await;
        assert_eq!(products[0]["product"]["code"], "trading_robot");
        assert_eq!(ask("PRODUCT", json!({ "productId": product("utility") })).await.len(), 0);
    })
    .await;
}

/// On a fresh desk the vendor chooses the currency; once something was charged, it is fixed.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_currency_can_be_chosen_until_something_is_charged(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let agent = app.agent("Agent", &["technical"]).await;
        let price = |currency| json!({ "hourlyPrice": { "amount": "400", "currency": currency } });
        let roubles = with(terms(300), &price("RUB"));
        manager.expect_done("defineSupportTerms", roubles).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("bug_report").await;
        customer.expect_done_on("agreeToCharges", &ticket).await;
        agent.expect_logged(&ticket, 5).await;
        app.settle().await;
        let dollars = with(terms(300), &price("USD"));
        let refused = manager.act("defineSupportTerms", dollars).await;
        assert_eq!(refused.refusal(), Some("CURRENCY_FIXED"), "{}", refused.text);
    })
    .await;
}
