//! Free time, charges, statements and timers (B1 to B5), through the API on both databases.

mod drawing;
mod model;
mod overlaps;
mod racing;
mod splitting;
mod statements;
mod timers;
mod visibility;

use serde_json::{Value, json};

use crate::support::app::{App, Person};

/// What tests ask of an account.
const ACCOUNT: &str = "query($id: ID, $at: EventPosition) { supportAccount(customerId: $id, \
     consistentWith: $at) { balance { amount } chargedSoFar { minutes amount { amount } } \
     packages { id totalMinutes usedMinutes leftMinutes usedPercent warning isValid \
     chargedSoFar { minutes } licence { id } } } }";

/// The account as the customer sees it, when everything is settled.
async fn account(app: &App, customer: &Person) -> Value {
    let at = app.head().await.to_string();
    let answer = customer.ask(ACCOUNT, json!({ "at": at })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload().clone()
}

/// A ticket of the customer's on which work may be charged.
async fn agreed_ticket(customer: &Person) -> Value {
    let ticket = customer.expect_opened("bug_report").await;
    customer.expect_done_on("agreeToCharges", &ticket).await;
    ticket
}

/// How the last time entry was settled on a ticket, as this person sees it.
async fn last_entry(app: &App, person: &Person, ticket: &Value) -> Value {
    app.settle().await;
    app.settle().await;
    let query = "query($id: ID!) { ticket(id: $id) { timeEntries(last: 1) { nodes { id minutes \
         isReversed creditedIn settlement { freeMinutes chargeableMinutes price { amount } \
         draws { minutes licence { id } } } } } } }";
    let answer = person.ask(query, json!({ "id": ticket["id"] })).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.payload()["timeEntries"]["nodes"][0].clone()
}
