//! Internal notes never reach a customer, whatever they ask, do or watch (T5).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use servicedesk::config::Config;
use test_case::test_case;

use crate::support::app::{App, Person, config, department};
use crate::support::introspection::Types;
use crate::support::watch::{Watcher, Way};

const NOTE: &str = "An internal remark on this person";

fn generous() -> Config {
    let mut config = config();
    config.limits.depth = 32;
    config.limits.document_bytes = 1 << 20;
    config.limits.document_tokens = 1 << 18;
    config.limits.query_cost = usize::MAX >> 32;
    config.limits.bucket_cost = 1e15;
    config
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn no_answer_to_a_customer_holds_a_note(system: System) {
    with_database(system, |database| async move {
        let app = App::start_with(&database, generous()).await;
        let customer = app.customer("Customer").await;
        let stranger = app.customer("Other customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let types = Types::of(&customer).await;
        let address = app.listen().await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &ticket).await;

        let whole = types.everything("TicketChange", 5);
        let watch = format!("subscription($id: ID!) {{ ticketChanged(ticketId: $id){whole} }}");
        let mut watchers = Vec::new();
        for way in [Way::Events, Way::Socket(address)] {
            let variables = json!({ "id": ticket["id"] });
            let mut watcher = Watcher::begin(&app, way, &customer, &watch, variables).await;
            assert!(!watcher.next().await.expect("a snapshot").to_string().contains(NOTE));
            watchers.push(watcher);
        }
        let note = json!({ "ticketId": ticket["id"], "text": NOTE });
        agent.expect_done("addNote", note).await;
        let reply = json!({ "ticketId": ticket["id"], "text": "A public answer" });
        agent.expect_done("addReply", reply).await;
        for watcher in &mut watchers {
            let next = watcher.next().await.expect("the reply").to_string();
            assert!(next.contains("A public answer") && !next.contains(NOTE), "{next}");
        }

        for (name, arguments) in [
            ("viewer", String::new()),
            ("catalogue", String::new()),
            ("tickets", "(first: 5)".to_owned()),
            ("staffMembers", String::new()),
            ("departmentQueue", format!("(departmentId: \"{}\")", department("technical"))),
            ("ticket", format!("(id: {})", ticket["id"])),
            ("node", format!("(id: {})", ticket["id"])),
            ("nodes", format!("(ids: [{}])", ticket["id"])),
        ] {
            let field = types.fields("Query").into_iter().find(|field| field["name"] == name);
            let type_name = crate::support::introspection::named_type(&field.expect(name)["type"]);
            let query = format!("{{ {name}{arguments}{} }}", types.everything(&type_name, 5));
            for person in [&customer, &stranger] {
                let answer = person.ask(&query, json!({})).await;
                assert!(!answer.text.contains(NOTE), "{name}: {}", answer.text);
            }
            let is_for_staff = ["viewer", "catalogue", "staffMembers"].contains(&name);
            let seen = agent.ask(&query, json!({})).await;
            assert!(is_for_staff || seen.text.contains(NOTE), "{query}: {}", seen.text);
        }

        for (name, further) in [
            ("addReply", json!({ "text": "Thanks" })),
            ("closeTicket", json!({})),
            ("reopenTicket", json!({})),
        ] {
            let text = whole_payload(&customer, &types, name, &ticket["id"], further).await;
            assert!(!text.contains(NOTE), "{name}: {text}");
        }
        for watcher in &mut watchers {
            for _ in 0..3 {
                let next = watcher.next().await.expect("what the customer did").to_string();
                assert!(!next.contains(NOTE), "{next}");
            }
        }
        // From the beginning, too.
        let again = watch.replace("ticketId: $id", "ticketId: $id, afterPosition: \"0\"");
        let variables = json!({ "id": ticket["id"] });
        let mut resumed = Watcher::begin(&app, Way::Events, &customer, &again, variables).await;
        for _ in 0..6 {
            let next = resumed.next().await.expect("an entry").to_string();
            assert!(!next.contains(NOTE), "{next}");
        }
    })
    .await;
}

async fn whole_payload(
    person: &Person,
    types: &Types,
    name: &str,
    ticket_id: &serde_json::Value,
    further: serde_json::Value,
) -> String {
    let mut type_name = name.to_owned();
    type_name[..1].make_ascii_uppercase();
    let shown = types.everything(&format!("{type_name}Payload"), 5);
    let query = format!("mutation($i: {type_name}Input!) {{ {name}(input: $i){shown} }}");
    let input = crate::support::app::with(json!({ "ticketId": ticket_id }), &further);
    let answer = person.ask(&query, json!({ "i": input })).await;
    assert!(answer.payload()["ticket"]["id"] == *ticket_id, "{}", answer.text);
    answer.text
}
