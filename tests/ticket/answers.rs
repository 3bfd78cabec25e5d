//! What customers answer after a resolution waits in the queue until somebody has looked (T4).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use test_case::test_case;

use super::kinds;
use crate::support::app::{App, Person, department};

/// The numbers of the tickets in the technical queue that this filter leaves.
async fn queue(agent: &Person, filter: Value) -> Vec<String> {
    let query = "query($d: ID!, $f: DepartmentQueueFilter) { \
         departmentQueue(departmentId: $d, filter: $f) { nodes { number } } }";
    let variables = json!({ "d": department("technical"), "f": filter });
    let answer = agent.ask(query, variables).await;
    let rows = answer.payload()["nodes"].as_array().expect("a queue").clone();
    rows.iter().map(|row| row["number"].as_str().expect("a number").to_owned()).collect()
}

async fn has_unseen_answer(agent: &Person, ticket: &Value) -> Value {
    let query = "query($id: ID!) { ticket(id: $id) { hasUnseenAnswer } }";
    agent.ask(query, json!({ "id": ticket["id"] })).await.payload()["hasUnseenAnswer"].clone()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_answer_to_a_resolved_ticket_is_in_the_queue_until_it_is_looked_at(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let waiting = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        agent.expect_done_on("resolveTicket", &ticket).await;
        let (first, second) = (json!([ticket["number"]]), json!([waiting["number"]]));
        assert_eq!(json!(queue(&agent, json!({})).await), second);

        let answer = json!({ "ticketId": ticket["id"], "text": "Still broken" });
        let answered = customer.expect_done("addReply", answer.clone()).await;
        assert_eq!(answered["status"], "RESOLVED");
        assert_eq!(has_unseen_answer(&agent, &ticket).await, true);
        assert_eq!(queue(&agent, json!({})).await.len(), 2);
        assert_eq!(json!(queue(&agent, json!({ "hasUnseenAnswer": true })).await), first);
        assert_eq!(json!(queue(&agent, json!({ "hasUnseenAnswer": false })).await), second);
        assert_eq!(json!(queue(&agent, json!({ "status": ["RESOLVED"] })).await), first);

        agent.expect_done_on("acknowledgeAnswer", &ticket).await;
        assert_eq!(has_unseen_answer(&agent, &ticket).await, false);
        assert_eq!(json!(queue(&agent, json!({})).await), second);
        let again = agent.act("acknowledgeAnswer", json!({ "ticketId": ticket["id"] })).await;
        assert_eq!(again.refusal(), Some("NO_UNSEEN_ANSWER"));

        // Another answer waits again; to reply to it shows that it was seen.
        customer.expect_done("addReply", answer).await;
        assert_eq!(has_unseen_answer(&agent, &ticket).await, true);
        let reply = json!({ "ticketId": ticket["id"], "text": "Please open it again." });
        agent.expect_done("addReply", reply).await;
        assert_eq!(json!(queue(&agent, json!({})).await), second);

        // Who looked is for staff.
        let entries = agent.timeline(&ticket).await;
        assert_eq!(kinds(&entries).iter().filter(|kind| **kind == "ANSWER_SEEN").count(), 2);
        let entries = customer.timeline(&ticket).await;
        let shown = kinds(&entries);
        assert!(!shown.iter().any(|kind| kind.contains("ANSWER")), "{shown:?}");
    })
    .await;
}
