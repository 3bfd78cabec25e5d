//! Work that crosses the end of a licence or of a month is split there (B3).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::kernel::{Moment, Month};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::{account, agreed_ticket};
use crate::support::app::{App, Person, licence, with};

const ENTRY: &str = "query($id: ID!) { ticket(id: $id) { timeEntries(last: 1) { nodes { id minutes \
     parts { workedAt creditedIn settlement { freeMinutes chargeableMinutes billedIn \
     price { amount } } } } } } }";

const STATEMENT: &str = "query($month: Month!, $at: EventPosition) { statement(month: $month, \
     consistentWith: $at) { totals { freeMinutes chargeableMinutes amount { amount } } \
     lines { totalCount } } }";

/// The last entry on a ticket.
async fn entry(app: &App, person: &Person, ticket: &Value) -> Value {
    app.settle().await;
    app.settle().await;
    let answer = person.ask(ENTRY, json!({ "id": ticket["id"] })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload()["timeEntries"]["nodes"][0].clone()
}

/// What a month's statement comes to: free minutes, charged ones, the amount, and how many lines.
async fn statement(app: &App, customer: &Person, month: Month) -> Value {
    let at = app.head().await.to_string();
    let answer = customer.ask(STATEMENT, json!({ "month": month.to_string(), "at": at })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    let of = answer.payload();
    let totals = &of["totals"];
    json!([
        totals["freeMinutes"],
        totals["chargeableMinutes"],
        totals["amount"]["amount"],
        of["lines"]["totalCount"]
    ])
}

fn part(worked_at: Moment, free: u32, charged: u32, price: &str, billed_in: Month) -> Value {
    let settlement = json!({ "freeMinutes": free, "chargeableMinutes": charged,
                             "billedIn": billed_in.to_string(), "price": { "amount": price } });
    json!({ "workedAt": worked_at, "creditedIn": null, "settlement": settlement })
}

/// The licence ends twenty minutes before the month does, in the vendor's time zone; the work goes
/// on for an hour in the next one.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn one_entry_is_on_two_statements_and_is_given_back_on_both(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let zone = chrono_tz::Europe::Moscow;
        let first = Month::of(app.clock.now(), zone);
        let (next, midnight) = (first.next(), first.ends_at(zone));
        let licence_ends = midnight - TimeDelta::minutes(20);
        let rented = json!({ "kind": "RENTAL", "validUntil": licence_ends });
        manager.expect_done("grantLicence", with(licence(&customer), &rented)).await;
        let ticket = agreed_ticket(&customer).await;
        let worked_at = midnight + TimeDelta::hours(1);
        app.advance(worked_at + TimeDelta::hours(1) - app.clock.now());
        app.settle().await;
        let work = json!({ "ticketId": ticket["id"], "minutes": 90, "workedAt": worked_at });
        agent.expect_done("logTime", work.clone()).await;

        let logged = entry(&app, &customer, &ticket).await;
        assert_eq!(logged["minutes"], 90);
        let expected = json!([
            part(licence_ends, 10, 0, "0.00", first),
            part(midnight, 0, 20, "1.67", first),
            part(worked_at, 0, 60, "5.00", next),
        ]);
        assert_eq!(normal(&logged["parts"]), normal(&expected));
        assert_eq!(statement(&app, &customer, first).await, json!([10, 20, "1.67", 2]));
        assert_eq!(statement(&app, &customer, next).await, json!([0, 60, "5.00", 1]));
        assert_eq!(account(&app, &customer).await["packages"][0]["usedMinutes"], 10);

        // B4: every part comes back, on the statement that it is on.
        let correct = json!({ "ticketId": ticket["id"], "timeEntryId": logged["id"],
                              "reason": "Another ticket's" });
        agent.expect_done("correctTime", correct).await;
        assert_eq!(statement(&app, &customer, first).await, json!([0, 0, "0.00", 4]));
        assert_eq!(statement(&app, &customer, next).await, json!([0, 0, "0.00", 2]));
        assert_eq!(account(&app, &customer).await["packages"][0]["usedMinutes"], 0);

        // B3: a courtesy likewise, but the closed statement stays as it is.
        agent.expect_done("logTime", work).await;
        let accountant = app.agent("Accountant", &["accounting"]).await;
        let close = json!({ "customerId": customer.id, "month": first.to_string() });
        accountant.expect_done("closeStatement", close).await;
        let logged = entry(&app, &agent, &ticket).await;
        let mark = json!({ "ticketId": ticket["id"], "timeEntryId": logged["id"],
                           "reason": "Our fault" });
        agent.expect_done("markCourtesy", mark).await;
        assert_eq!(statement(&app, &customer, first).await, json!([10, 20, "1.67", 6]));
        assert_eq!(statement(&app, &customer, next).await, json!([-10, -20, "-1.67", 6]));
        let marked = entry(&app, &agent, &ticket).await;
        let parts = marked["parts"].as_array().expect("parts");
        let credited: Vec<_> = parts.iter().map(|part| &part["creditedIn"]).collect();
        assert_eq!(credited, [&json!(next.to_string()); 3]);
    })
    .await;
}

/// Beyond what is free of the work itself, the customer must agree: what is free after the licence
/// has ended helps nobody.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_not_free_of_the_work_needs_agreement(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ends = app.clock.now() + TimeDelta::hours(1);
        let rented = json!({ "kind": "RENTAL", "validUntil": ends });
        manager.expect_done("grantLicence", with(licence(&customer), &rented)).await;
        let ticket = customer.expect_opened("bug_report").await;
        app.advance(TimeDelta::hours(2));
        app.settle().await;
        let until = |minutes| {
            json!({ "ticketId": ticket["id"], "minutes": 60,
                    "workedAt": ends + TimeDelta::minutes(minutes) })
        };
        let refused = agent.act("logTime", until(15)).await;
        assert_eq!(refused.refusal(), Some("CHARGES_NOT_AGREED"), "{}", refused.text);
        assert_eq!(refused.payload()["userErrors"][0]["limit"], 45);
        agent.expect_done("logTime", until(0)).await;
        let logged = entry(&app, &customer, &ticket).await;
        assert_eq!(logged["parts"][0]["settlement"]["freeMinutes"], 60);
    })
    .await;
}

/// The same with moments written in one way.
fn normal(parts: &Value) -> Value {
    let parts = parts.as_array().expect("parts").iter().map(|part| {
        let worked_at: Moment =
            part["workedAt"].as_str().expect("a moment").parse().expect("a moment");
        with(part.clone(), &json!({ "workedAt": worked_at.to_rfc3339() }))
    });
    parts.collect()
}
