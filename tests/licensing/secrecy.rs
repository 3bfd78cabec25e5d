//! Keys and download links work for anybody who has them, so only their customer and licensing see
//! them.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, Person, rental};

/// The first licence in the list, which is given without an error.
async fn listed(person: &Person) -> Value {
    let query = "{ licences { nodes { state key { key } keys { number } downloadLink { url } } } }";
    let answer = person.ask(query, json!({})).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.text);
    answer.body["data"]["licences"]["nodes"][0].clone()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn staff_of_other_departments_see_a_licence_without_its_keys_and_link(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let licenser = app.agent("Licenser", &["licensing"]).await;
        let granted =
            licenser.expect_done("grantLicence", rental(&customer, app.clock.now())).await;
        let on = json!({ "licenceId": granted["id"] });
        licenser.expect_done("issueDownloadLink", on).await;
        app.settle().await;
        let auditor = app.staff("Auditor", Role::Auditor, &[]).await;
        for person in [&customer, &licenser, &auditor] {
            let licence = listed(person).await;
            assert!(licence["key"]["key"].is_string(), "{licence}");
            assert_eq!(licence["keys"], json!([{ "number": 1 }]));
            assert!(licence["downloadLink"]["url"].is_string(), "{licence}");
        }
        for department in ["technical", "sales", "accounting"] {
            let agent = app.agent(department, &[department]).await;
            let hidden =
                json!({ "state": "VALID", "key": null, "keys": null, "downloadLink": null });
            assert_eq!(listed(&agent).await, hidden, "{department}");
        }
    })
    .await;
}
