//! Finding customers and members of staff, as people write their names.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, Person, department};
use crate::support::browser::Browser;

async fn found(who: &Person, list: &str, filter: Value) -> Vec<String> {
    let (field, type_name) = list.split_once(' ').expect("a list and its filter");
    let query = format!(
        "query($f: {type_name}) {{ {field}(filter: $f) {{ totalCount nodes {{ name }} }} }}"
    );
    let answer = who.ask(&query, json!({ "f": filter })).await;
    assert_eq!(answer.error(), None, "{}", answer.text);
    let nodes = answer.payload()["nodes"].as_array().expect("a list");
    assert_eq!(answer.payload()["totalCount"], nodes.len());
    let mut names: Vec<String> =
        nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn customers_are_found_by_name_and_address(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        for name in ["Фёдор Королёв", "Анна Королева", "100% Sure_Ltd", "Сергеи\u{306} Петров"]
        {
            app.customer(name).await;
        }
        let mut browser = Browser::open(&app).await;
        browser.join(&app, "Fox.Smith@Example.com").await;
        app.settle().await;
        let agent = app.agent("Agent", &["sales"]).await;
        let customers = |text: &str| json!({ "text": text });
        for (text, expected) in [
            ("федор", vec!["Фёдор Королёв"]),
            ("КОРОЛЕВ", vec!["Анна Королева", "Фёдор Королёв"]),
            ("королёв анна", vec!["Анна Королева"]),
            ("сергей", vec!["Сергей Петров"]),
            ("100%", vec!["100% Sure_Ltd"]),
            ("e_l", vec!["100% Sure_Ltd"]),
            ("e%l", vec![]),
            ("fox.smith@", vec!["Anna"]),
            ("anna example.com", vec!["Anna"]),
            ("nobody", vec![]),
        ] {
            let names = found(&agent, "customers CustomersFilter", customers(text)).await;
            assert_eq!(names, expected, "{text}");
        }
        let with_login = json!({ "hasLogin": true });
        assert_eq!(found(&agent, "customers CustomersFilter", with_login).await, ["Anna"]);
        let without = json!({ "hasLogin": false, "text": "анна" });
        let names = found(&agent, "customers CustomersFilter", without).await;
        assert_eq!(names, ["Анна Королева"]);
        let query = "{ customers(filter: { text: \"smith\" }) { nodes { email } } }";
        let answer = agent.ask(query, json!({})).await;
        assert_eq!(answer.payload()["nodes"][0]["email"], "fox.smith@example.com");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn staff_are_found_by_department_role_and_availability(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let busy = app.agent_on_shift("Busy", &["technical", "sales"]).await;
        app.agent("Off", &["technical"]).await;
        app.agent_on_shift("Seller", &["sales"]).await;
        app.staff("Пётр", Role::Manager, &[]).await;
        let customer = app.customer("Customer").await;
        for _ in 0..2 {
            customer.expect_opened("bug_report").await;
        }
        app.settle().await;
        let list = "staffMembers StaffMembersFilter";
        let technical = department("technical");
        for (filter, expected) in [
            (json!({ "departmentId": technical }), vec!["Busy", "Off"]),
            (json!({ "departmentId": technical, "isAvailable": true }), vec!["Busy"]),
            (json!({ "isAvailable": true }), vec!["Busy", "Seller"]),
            (json!({ "role": "MANAGER" }), vec!["Пётр"]),
            (json!({ "text": "петр" }), vec!["Пётр"]),
            (json!({ "departmentId": technical, "role": "MANAGER" }), vec![]),
        ] {
            assert_eq!(found(&busy, list, filter.clone()).await, expected, "{filter}");
        }
        let query =
            "{ staffMembers(filter: { isAvailable: true }) { nodes { name openTicketCount } } }";
        let nodes = busy.ask(query, json!({})).await.payload()["nodes"].clone();
        for node in nodes.as_array().expect("a list") {
            let expected = if node["name"] == "Busy" { 2 } else { 0 };
            assert_eq!(node["openTicketCount"], expected, "{node}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn pages_of_found_customers_make_up_the_whole(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        for number in 0..5 {
            app.customer(&format!("Customer {number}")).await;
        }
        app.customer("Somebody").await;
        app.settle().await;
        let agent = app.agent("Agent", &["sales"]).await;
        let mut all = Vec::new();
        let mut after = Value::Null;
        loop {
            let query = "query($a: String) { customers(filter: { text: \"customer\" }, first: 2, \
                 after: $a) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }";
            let page = agent.ask(query, json!({ "a": after })).await.payload().clone();
            assert_eq!(page["totalCount"], 5);
            all.extend(page["nodes"].as_array().expect("a page").clone());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let names: Vec<_> = all.iter().map(|node| node["name"].as_str().expect("a name")).collect();
        assert_eq!(names.len(), 5);
        for number in 0..5 {
            assert!(names.contains(&format!("Customer {number}").as_str()), "{names:?}");
        }
    })
    .await;
}
