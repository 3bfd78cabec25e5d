//! Global ids, and what is found by them.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use servicedesk_domain::staff::Role;

use crate::support::app::{App, Person, category, department, product};
use crate::support::applications::{deposit, trading};
use crate::support::introspection::Types;

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

/// Whatever has a global id can be asked for by it, as Relay's clients do.
#[tokio::test]
async fn every_type_with_an_id_is_a_node() {
    with_database(Sqlite, |database| async move {
        let app = App::start(&database).await;
        let types = Types::of(&app.customer("Customer").await).await;
        let nodes = types.0["Node"]["possibleTypes"].as_array().expect("types").clone();
        let mut with_id = 0;
        for (name, found) in &types.0 {
            if found["kind"] == "OBJECT" && types.field_names(name).iter().any(|one| one == "id") {
                with_id += 1;
                assert!(nodes.iter().any(|node| node["name"] == *name), "{name} is not a node");
            }
        }
        assert_eq!(with_id, nodes.len());
    })
    .await;
}

/// A client need not ask again for what it has just made.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_payload_shows_what_was_made_and_node_gives_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ticket = customer.expect_opened("bug_report").await;
        app.publish(&manager, "1.0", b"file").await;
        let owned = customer.ask("{ licences { nodes { id } } }", json!({})).await;
        let licence_id = owned.payload()["nodes"][0]["id"].clone();
        let text = json!({ "ticketId": ticket["id"], "text": "A text" });
        let payment = json!({ "customerId": customer.id, "reference": "Transfer",
            "receivedOn": app.clock.now().date_naive(),
            "amount": { "amount": "5.00", "currency": "USD" } });
        let made = [
            ("addReply", "AddReply", "entry { id kind text }", text.clone()),
            ("addNote", "AddNote", "entry { id kind text }", text),
            ("logTime", "LogTime", "timeEntry { id minutes }",
             json!({ "ticketId": ticket["id"], "minutes": 5 })),
            ("recordPayment", "RecordPayment", "payment { id isReversed }", payment),
            ("recordDeposit", "RecordDeposit", "evidence { id isCounted }", deposit("1", "5.00")),
            ("recordTradingActivity", "RecordTradingActivity", "evidence { id isCounted }",
             trading("1")),
        ];
        let mut ids = Vec::new();
        for (verb, name, asked, input) in made {
            let query = format!(
                "mutation($input: {name}Input!) {{ {verb}(input: $input) {{ {asked} userErrors \
                 {{ message }} }} }}"
            );
            let answer = manager.ask(&query, json!({ "input": input })).await;
            let field = asked.split_once(' ').expect("fields").0;
            let shown = answer.payload()[field].clone();
            assert!(shown["id"].is_string(), "{verb}: {}", answer.text);
            let by_id = "query($id: ID!) { node(id: $id) { id __typename ... on TimelineEntry { kind \
                 text } ... on TimeEntry { minutes } ... on Payment { isReversed } \
                 ... on Evidence { isCounted } } }";
            let mut found = manager.ask(by_id, json!({ "id": shown["id"] })).await.payload().clone();
            found.as_object_mut().expect("a node").remove("__typename");
            assert_eq!(found, shown, "{verb}");
            ids.push(shown["id"].clone());
        }
        // What was taken back is still what it was.
        let reverse = json!({ "input": { "paymentId": ids[3], "reason": "Bounced" } });
        let query = "mutation($input: ReversePaymentInput!) { reversePayment(input: $input) { \
             payment { id isReversed } } }";
        let reversed = manager.ask(query, reverse).await;
        let expected = json!({ "id": ids[3], "isReversed": true });
        assert_eq!(reversed.payload()["payment"], expected, "{}", reversed.text);
        let retract = json!({ "input": { "evidenceId": ids[4], "reason": "Another account" } });
        let query = "mutation($input: RetractEvidenceInput!) { retractEvidence(input: $input) { \
             evidence { id isCounted } tradingAccount { deposits { id } } } }";
        let retracted = manager.ask(query, retract).await;
        let expected = json!({ "evidence": { "id": ids[4], "isCounted": false },
                               "tradingAccount": { "deposits": [] } });
        assert_eq!(*retracted.payload(), expected, "{}", retracted.text);
        let link = json!({ "input": { "licenceId": licence_id } });
        let query = "mutation($input: IssueDownloadLinkInput!) { issueDownloadLink(input: $input) { \
             downloadLink { isValid } licence { id } } }";
        let issued = customer.ask(query, link).await;
        let expected = json!({ "downloadLink": { "isValid": true }, "licence": { "id": licence_id } });
        assert_eq!(*issued.payload(), expected, "{}", issued.text);
    })
    .await;
}

/// From a person to what is theirs, from a licence to its application, from a product to its
/// releases; nobody comes to more on this way than on another.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_leads_to_what_is_theirs(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let other = app.customer("Other customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ticket = customer.expect_opened("bug_report").await;
        customer.expect_opened("finance").await;
        other.expect_opened("bug_report").await;
        let applied = customer.expect_applied(&manager, "1", "trading_robot").await;
        manager.expect_done("recordDeposit", deposit("1", "500.00")).await;
        let approve = json!({ "applicationId": applied["id"] });
        manager.expect_done("approveApplication", approve).await;
        app.publish(&manager, "1.0", b"file").await;
        app.settle().await;
        app.settle().await;
        let query = "query($id: ID!) { node(id: $id) { ... on Customer { \
             tickets { totalCount nodes { number } } applications { totalCount } \
             licences(filter: { state: VALID }) { totalCount nodes { application { number } \
             product { releases { version } } } } supportAccount { packages { id } } } } }";
        let of = async |who: &Person| who.ask(query, json!({ "id": customer.id })).await;
        for (who, tickets, applications) in
            [(&customer, 2, json!(1)), (&agent, 1, Value::Null), (&manager, 2, json!(1))]
        {
            let answer = of(who).await;
            let found = answer.payload();
            assert_eq!(found["tickets"]["totalCount"], tickets, "{}", answer.text);
            assert_eq!(found["applications"]["totalCount"], applications, "{}", answer.text);
            assert_eq!(found["licences"]["totalCount"], 2, "{}", answer.text);
            let granted = &found["licences"]["nodes"][1];
            let number = if applications.is_null() { &Value::Null } else { &applied["number"] };
            assert_eq!(granted["application"]["number"], *number, "{}", answer.text);
            assert_eq!(granted["product"]["releases"], json!([{ "version": "1.0" }]));
            assert_eq!(found["supportAccount"]["packages"].as_array().map(Vec::len), Some(2));
        }
        assert!(of(&other).await.payload().is_null());
        let filter = "query($id: ID!) { tickets(filter: { customerId: $id }) { totalCount } }";
        let own = customer.ask(filter, json!({ "id": customer.id })).await;
        assert_eq!(own.payload()["totalCount"], 2, "{}", own.text);
        let others = customer.ask(filter, json!({ "id": other.id })).await;
        assert_eq!(others.error(), Some("FORBIDDEN"), "{}", others.text);
        assert!(ticket["id"].is_string());
    })
    .await;
}
