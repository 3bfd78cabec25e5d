//! One ticket from its opening to its end, and the queue that it waits in.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use test_case::test_case;

use super::{departments, kinds};
use crate::support::app::{App, Person, TICKET, department, opening, with};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_ticket_lives_from_opening_to_closing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let seller = app.agent("Seller", &["sales"]).await;

        let opened = customer.expect_opened("bug_report").await;
        assert_eq!((&opened["number"], &opened["status"]), (&json!("SD-000001"), &json!("NEW")));
        assert_eq!((departments(&opened), &opened["assignee"]), (vec!["technical"], &Value::Null));
        assert_eq!(queue(&agent, "technical").await, ["SD-000001"]);

        let accepted = agent.expect_done_on("acceptTicket", &opened).await;
        assert_eq!(accepted["status"], "IN_PROGRESS");
        assert_eq!(accepted["assignee"], json!({ "id": agent.id, "name": "Agent" }));

        let input = json!({ "ticketId": opened["id"], "text": "Which version is it?" });
        let replied = agent.expect_done("addReply", input).await;
        assert_eq!(replied["replyCount"], 1);
        assert!(replied["firstRepliedAt"].is_string());
        let input = json!({ "ticketId": opened["id"], "text": "Looks like the old fault." });
        assert_eq!(agent.expect_done("addNote", input).await["replyCount"], 1);

        let waiting = agent.expect_done_on("awaitCustomer", &opened).await;
        assert_eq!(waiting["status"], "WAITING_ON_CUSTOMER");
        let input = json!({ "ticketId": opened["id"], "text": "The newest." });
        let answered = customer.expect_done("addReply", input).await;
        assert_eq!(
            (&answered["status"], &answered["replyCount"]),
            (&json!("IN_PROGRESS"), &json!(2))
        );
        agent.expect_done_on("awaitCustomer", &opened).await;
        assert_eq!(agent.expect_done_on("resumeTicket", &opened).await["status"], "IN_PROGRESS");

        let input = json!({ "ticketId": opened["id"], "staffMemberId": seller.id });
        let joined = agent.expect_done("joinCollaborator", input).await;
        assert_eq!(joined["collaborators"], json!([{ "id": seller.id }]));
        seller.expect_done_on("leaveTicket", &opened).await;
        assert_eq!(agent.sees(&opened).await["collaborators"], json!([]));

        let input = json!({ "ticketId": opened["id"], "priority": "HIGH" });
        assert_eq!(agent.expect_done("assessPriority", input).await["priority"], "HIGH");
        let by = app.clock.now() + TimeDelta::days(2);
        let input = json!({ "ticketId": opened["id"], "promisedFor": by });
        let promised = agent.expect_done("promiseResolution", input).await;
        assert_eq!(moment(&promised["promisedFor"]), by);

        let to = json!({ "ticketId": opened["id"], "departmentId": department("sales"),
                         "reason": "A question of price" });
        agent.expect_done("transferTicket", to).await;
        let moved = seller.sees(&opened).await;
        assert_eq!((departments(&moved), &moved["status"]), (vec!["sales"], &json!("NEW")));
        assert_eq!(moved["assignee"], Value::Null);
        assert!(queue(&agent, "technical").await.is_empty());
        assert_eq!(queue(&seller, "sales").await, ["SD-000001"]);
        let input = json!({ "ticketId": opened["id"], "assigneeId": seller.id });
        assert_eq!(seller.expect_done("assignTicket", input).await["status"], "ASSIGNED");
        seller.expect_done_on("acceptTicket", &opened).await;

        let input =
            json!({ "ticketId": opened["id"], "outcome": "SOLVED", "summary": "Replaced." });
        let resolved = seller.expect_done("resolveTicket", input).await;
        assert_eq!(
            (&resolved["status"], &resolved["outcome"]),
            (&json!("RESOLVED"), &json!("SOLVED"))
        );
        assert_eq!(resolved["summary"], "Replaced.");
        assert!(queue(&seller, "sales").await.is_empty());
        let input = json!({ "ticketId": opened["id"], "reason": "It is back." });
        assert_eq!(customer.expect_done("reopenTicket", input).await["status"], "REOPENED");
        assert_eq!(queue(&seller, "sales").await, ["SD-000001"]);
        seller.expect_done_on("acceptTicket", &opened).await;
        seller.expect_done_on("resolveTicket", &opened).await;
        let closed = customer.expect_done_on("closeTicket", &opened).await;
        assert_eq!(closed["status"], "CLOSED");
        assert!(closed["closedAt"].is_string());

        let timeline = seller.timeline(&opened).await;
        let expected = [
            "OPENED",
            "ACCEPTED",
            "REPLY_ADDED",
            "NOTE_ADDED",
            "WAITING_STARTED",
            "REPLY_ADDED",
            "WAITING_ENDED",
            "WAITING_STARTED",
            "WAITING_ENDED",
            "COLLABORATOR_JOINED",
            "COLLABORATOR_LEFT",
            "PRIORITY_ASSESSED",
            "RESOLUTION_PROMISED",
            "TRANSFERRED",
            "ASSIGNED",
            "ACCEPTED",
            "RESOLVED",
            "REOPENED",
            "ACCEPTED",
            "RESOLVED",
            "CLOSED",
        ];
        assert_eq!(kinds(&timeline), expected);
        let versions: Vec<_> = timeline.iter().map(|entry| entry["version"].as_i64()).collect();
        // What follows for the ticket's clocks has versions of its own, and no entry.
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_queue_shows_the_most_urgent_first_and_then_the_oldest(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let mut opened = Vec::new();
        for _ in 0..5 {
            app.advance(TimeDelta::minutes(1));
            opened.push(customer.expect_opened("bug_report").await);
        }
        for (ticket, priority) in [(1, "LOW"), (2, "HIGH"), (3, "URGENT"), (4, "HIGH")] {
            let input = json!({ "ticketId": opened[ticket]["id"], "priority": priority });
            agent.expect_done("assessPriority", input).await;
        }
        let expected = ["SD-000004", "SD-000003", "SD-000005", "SD-000001", "SD-000002"];
        assert_eq!(queue(&agent, "technical").await, expected);

        agent.expect_done_on("acceptTicket", &opened[2]).await;
        agent.expect_done_on("acceptTicket", &opened[3]).await;
        agent.expect_done_on("awaitCustomer", &opened[3]).await;
        let cases = [
            (json!({ "isUnassigned": true }), vec!["SD-000005", "SD-000001", "SD-000002"]),
            (json!({ "assigneeId": agent.id }), vec!["SD-000004", "SD-000003"]),
            (json!({ "status": ["WAITING_ON_CUSTOMER"] }), vec!["SD-000004"]),
            (
                json!({ "status": ["NEW", "IN_PROGRESS"], "assigneeId": agent.id }),
                vec!["SD-000003"],
            ),
        ];
        for (filter, expected) in cases {
            assert_eq!(filtered(&agent, "technical", &filter).await, expected, "{filter}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn staff_finds_tickets_by_what_they_are_and_in_the_order_asked_for(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other customer").await;
        let agent = app.agent("Agent", &["technical", "sales"]).await;
        let subject = |subject: &str| json!({ "subject": subject });
        let first = with(opening("bug_report"), &subject("Робот НЕ запускается"));
        let first = customer.expect_done("openTicket", first).await;
        let second = with(opening("purchase"), &subject("100% off_er"));
        other.expect_done("openTicket", second).await;
        customer.expect_opened("finance").await;
        agent.expect_done_on("acceptTicket", &first).await;
        let found = |filter: Value| {
            let agent = agent.clone();
            async move {
                let query = "query($filter: TicketsFilter, $by: TicketsOrder) { \
                     tickets(filter: $filter, orderBy: $by) { nodes { number } \
                     totalCount } }";
                let answer = agent.ask(query, filter).await;
                let list = numbers(&answer.payload()["nodes"]);
                assert_eq!(answer.payload()["totalCount"], list.len(), "{}", answer.text);
                list
            }
        };
        // The third is another department's, so this agent does not find it.
        assert_eq!(found(json!({})).await, ["SD-000002", "SD-000001"]);
        assert_eq!(found(json!({ "by": "NUMBER_ASC" })).await, ["SD-000001", "SD-000002"]);
        assert_eq!(found(json!({ "by": "UPDATED_AT_DESC" })).await, ["SD-000001", "SD-000002"]);
        assert_eq!(found(json!({ "by": "UPDATED_AT_ASC" })).await, ["SD-000002", "SD-000001"]);
        assert_eq!(
            found(json!({ "filter": { "text": "запускается робот" } })).await,
            ["SD-000001"]
        );
        assert_eq!(found(json!({ "filter": { "text": "100% _" } })).await, ["SD-000002"]);
        assert!(found(json!({ "filter": { "text": "%запуск" } })).await.is_empty());
        let one = ["SD-000001"];
        for filter in [
            json!({ "status": ["IN_PROGRESS"] }),
            json!({ "customerId": customer.id }),
            json!({ "assigneeId": agent.id }),
            json!({ "departmentId": department("technical") }),
            json!({ "categoryId": crate::support::app::category("bug_report") }),
        ] {
            assert_eq!(found(json!({ "filter": filter })).await, one, "{filter}");
        }
        assert!(found(json!({ "filter": { "isOpen": false } })).await.is_empty());
    })
    .await;
}

async fn queue(agent: &Person, code: &str) -> Vec<String> {
    filtered(agent, code, &json!({})).await
}

async fn filtered(agent: &Person, code: &str, filter: &Value) -> Vec<String> {
    let query = format!(
        "query($id: ID!, $filter: DepartmentQueueFilter) {{ \
         departmentQueue(departmentId: $id, filter: $filter) {{ nodes {{ {TICKET} }} totalCount }} }}"
    );
    let answer = agent.ask(&query, json!({ "id": department(code), "filter": filter })).await;
    let list = numbers(&answer.payload()["nodes"]);
    assert_eq!(answer.payload()["totalCount"], list.len(), "{}", answer.text);
    list
}

fn numbers(nodes: &Value) -> Vec<String> {
    let nodes = nodes.as_array().expect("a list of tickets").iter();
    nodes.map(|ticket| ticket["number"].as_str().expect("a number").to_owned()).collect()
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a moment").parse().expect("in ISO 8601")
}
