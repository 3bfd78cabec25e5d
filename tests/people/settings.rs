//! An administrator runs the desk through the API alone: what they define holds at once.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, category, department, opening, product, with};
use crate::support::settings::entry;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_desk_is_set_up_without_a_file(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let admin = app.staff("Admin", Role::Admin, &[]).await;
        let customer = app.customer("Customer").await;
        admin.expect_done("defineDepartment", entry("training")).await;
        let input = with(entry("courses"), &json!({ "departmentIds": [department("training")] }));
        admin.expect_done("defineCategory", input).await;
        let input = with(
            entry("course"),
            &json!({ "kind": "UTILITY", "minimumDeposits":
            [{ "amount": "10.00", "currency": "EUR" }] }),
        );
        admin.expect_done("defineProduct", input).await;
        let ticket = json!({ "categoryId": category("courses"), "productId": product("course") });
        let opened = customer.expect_done("openTicket", with(opening("finance"), &ticket)).await;
        assert_eq!(opened["departments"], json!([{ "code": "training" }]));

        admin.expect_done("changeTicketPolicy", json!({ "subjectCharacters": 5 })).await;
        let refused = customer.act("openTicket", with(opening("finance"), &ticket)).await;
        assert_eq!(refused.outcome(), "TEXT_TOO_LONG");
        let limits = "{ desk { limits { subjectCharacters textCharacters } } }";
        let told = customer.ask(limits, json!({})).await;
        let expected = json!({ "subjectCharacters": 5, "textCharacters": 20_000 });
        assert_eq!(told.payload()["limits"], expected, "what is not given stays as it is");

        admin.expect_done("retireCatalogueEntry", json!({ "id": product("course") })).await;
        let refused = customer.act("openTicket", with(opening("finance"), &ticket)).await;
        assert_eq!(refused.outcome(), "PRODUCT_NOT_FOUND");

        let query = "{ catalogue { changes { kind code actor { kind name isViewer } } } }";
        let answer = admin.ask(query, json!({})).await;
        let changes = answer.payload()["changes"].as_array().expect("changes");
        let kinds: Vec<&Value> = changes[..5].iter().map(|change| &change["kind"]).collect();
        let expected = [
            "catalogue.product_retired",
            "catalogue.ticket_policy_defined",
            "catalogue.product_defined",
            "catalogue.category_defined",
            "catalogue.department_defined",
        ];
        assert_eq!(kinds, expected);
        assert_eq!(changes[4]["code"], "training");
        let actor = json!({ "kind": "STAFF", "name": "Admin", "isViewer": true });
        assert_eq!(changes[0]["actor"], actor);
        assert_eq!(changes.last().expect("the first")["actor"]["kind"], "OPERATOR");
    })
    .await;
}
