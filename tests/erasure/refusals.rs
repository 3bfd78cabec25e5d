//! Whom the API does not erase, and why.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;
use servicedesk::graphql::refusals::table;
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, with};
use crate::support::payloads::erasure_of;
use crate::support::{System, with_database};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn nobody_is_erased_by_a_slip_or_before_they_have_paid(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let admin = app.staff("Admin", Role::Admin, &["technical"]).await;
        let anna = app.customer("Anna").await;
        let mut met = BTreeSet::new();
        let nobody = json!({ "customerId": global_id(CustomerId::named("nobody")) });
        for (input, code) in [
            (with(erasure_of(&anna, "Anna"), &nobody), "CUSTOMER_NOT_FOUND"),
            (erasure_of(&anna, "anna"), "CONFIRMATION_WRONG"),
            (erasure_of(&anna, ""), "CONFIRMATION_WRONG"),
        ] {
            let answer = admin.act("eraseCustomer", input).await;
            assert_eq!(answer.refusal(), Some(code), "{}", answer.text);
            met.insert(code);
        }
        // Work that is charged, on a statement that is open and then closed.
        let ticket = anna.expect_opened("bug_report").await;
        anna.expect_done_on("agreeToCharges", &ticket).await;
        admin.expect_logged(&ticket, 60).await;
        let unpaid = || async {
            let head = app.head().await;
            let answer = admin.act("eraseCustomer", erasure_of(&anna, "Anna")).await;
            assert_eq!(answer.refusal(), Some("CHARGES_UNPAID"), "{}", answer.text);
            assert_eq!(app.head().await, head);
        };
        unpaid().await;
        let month = app.clock.now().format("%Y-%m").to_string();
        app.advance(TimeDelta::days(35));
        let closing = json!({ "customerId": anna.id, "month": month });
        admin.expect_done("closeStatement", closing).await;
        unpaid().await;
        met.insert("CHARGES_UNPAID");
        let payment = json!({ "customerId": anna.id, "reference": "Transfer",
                              "amount": { "amount": "5.00", "currency": "USD" },
                              "receivedOn": app.clock.now().date_naive() });
        admin.expect_done("recordPayment", payment).await;
        admin.expect_done("eraseCustomer", erasure_of(&anna, " Anna ")).await;
        let answer = admin.act("eraseCustomer", erasure_of(&anna, "Anna")).await;
        assert_eq!(answer.refusal(), Some("ALREADY_ERASED"), "{}", answer.text);
        met.insert("ALREADY_ERASED");
        let declared = table().into_iter().filter(|row| row.error == "CustomerError");
        let declared: BTreeSet<&str> = declared.flat_map(|row| row.codes).collect();
        assert_eq!(met, declared);
    })
    .await;
}
