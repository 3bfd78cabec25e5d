//! Global ids, and what is found by them.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use crate::support::app::{App, Person, category, department, product};

const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename \
     ... on Ticket { id number } ... on Customer { id name } ... on StaffMember { id name } \
     ... on Department { id code } ... on Category { id code } ... on Product { id code } } }";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn whatever_has_a_global_id_is_found_by_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let expected = json!([
            { "__typename": "Product", "id": product("utility"), "code": "utility" },
            { "__typename": "Ticket", "id": ticket["id"], "number": "SD-000001" },
            { "__typename": "Customer", "id": customer.id, "name": "Customer" },
            { "__typename": "StaffMember", "id": agent.id, "name": "Agent" },
            { "__typename": "Department", "id": department("sales"), "code": "sales" },
            { "__typename": "Category", "id": category("finance"), "code": "finance" },
        ]);
        let ids: Vec<&Value> =
            expected.as_array().expect("a list").iter().map(|node| &node["id"]).collect();
        for person in [&customer, &agent] {
            assert_eq!(*person.ask(NODES, json!({ "ids": ids })).await.payload(), expected);
            for (id, node) in ids.iter().zip(expected.as_array().expect("a list")) {
                let query = NODES
                    .replace("ids: [ID!]!", "id: ID!")
                    .replace("nodes(ids: $ids)", "node(id: $id)");
                assert_eq!(person.ask(&query, json!({ "id": id })).await.payload(), node);
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_list_of_ids_keeps_its_order_and_has_a_gap_for_what_is_not_the_callers(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other customer").await;
        let own = customer.expect_opened("finance").await;
        let others = other.expect_opened("finance").await;
        let missing = servicedesk::graphql::relay::global_id(
            servicedesk_domain::ticket::TicketId::named("none"),
        );
        let ids = json!([others["id"], own["id"], missing.0, own["id"], other.id]);
        let shown = |id: &Value| json!({ "__typename": "Ticket", "id": id, "number": "SD-000001" });
        let answer = customer.ask(NODES, json!({ "ids": ids })).await;
        let expected = json!([null, shown(&own["id"]), null, shown(&own["id"]), null]);
        assert_eq!(*answer.payload(), expected, "{}", answer.text);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_no_global_id_is_refused_and_so_are_too_many(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for id in ["", "x", "VGlja2V0", "Ticket:1", "VGlja2V0OnRoaXM", "OnRoaXM", "Rm9vOjEyMw"] {
            assert_eq!(
                refusal(&customer, &json!([id])).await.as_deref(),
                Some("BAD_USER_INPUT"),
                "{id}"
            );
        }
        let many = |count: usize| json!(vec![department("sales"); count]);
        assert_eq!(refusal(&customer, &many(100)).await, None);
        assert_eq!(refusal(&customer, &many(101)).await.as_deref(), Some("BAD_USER_INPUT"));
    })
    .await;
}

async fn refusal(person: &Person, ids: &Value) -> Option<String> {
    person.ask(NODES, json!({ "ids": ids })).await.error().map(str::to_owned)
}
