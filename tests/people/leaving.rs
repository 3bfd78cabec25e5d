//! Somebody no longer works here: their tickets return to their queues, and nothing of theirs is good
//! any more.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, Person, department};
use crate::support::browser::{Browser, PASSWORD, code_in};
use crate::support::watch::{Watcher, Way};

async fn brought_to(customer: &Person, agent: &Person, steps: &[&str]) -> Value {
    let ticket = customer.expect_opened("bug_report").await;
    let assign = json!({ "ticketId": ticket["id"], "assigneeId": agent.id });
    agent.expect_done("assignTicket", assign).await;
    for step in steps {
        agent.expect_done_on(step, &ticket).await;
    }
    ticket
}

async fn kinds(who: &Person, ticket: &Value, count: usize) -> Vec<String> {
    let timeline = who.timeline(ticket).await;
    let kind = |entry: &Value| entry["kind"].as_str().expect("a kind").to_owned();
    let kinds: Vec<String> = timeline.iter().map(kind).collect();
    kinds[kinds.len() - count..].to_vec()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn their_tickets_return_to_their_queues(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let leaving = app.agent("Leaving", &["technical"]).await;
        let colleague = app.agent("Colleague", &["technical"]).await;
        let admin = app.staff("Admin", Role::Admin, &[]).await;
        let assigned = brought_to(&customer, &leaving, &[]).await;
        let working = brought_to(&customer, &leaving, &["acceptTicket"]).await;
        let waiting = brought_to(&customer, &leaving, &["acceptTicket", "awaitCustomer"]).await;
        let resolved = brought_to(&customer, &leaving, &["acceptTicket", "resolveTicket"]).await;
        let joined = brought_to(&customer, &colleague, &["acceptTicket"]).await;
        leaving.expect_done_on("joinCollaborator", &joined).await;
        leaving.expect_done_on("startTimer", &working).await;
        leaving.expect_done("startShift", json!({})).await;

        let input = json!({ "staffMemberId": leaving.id });
        let gone = admin.expect_done("deactivateStaffMember", input.clone()).await;
        assert_eq!((&gone["isActive"], &gone["isAvailable"]), (&json!(false), &json!(false)));
        app.settle().await;
        app.settle().await;
        for (ticket, status) in [(&assigned, "NEW"), (&working, "NEW"), (&waiting, "NEW")] {
            let seen = colleague.sees(ticket).await;
            assert_eq!((&seen["status"], &seen["assignee"]), (&json!(status), &Value::Null));
            assert_eq!(kinds(&customer, ticket, 1).await, ["RETURNED_TO_QUEUE"]);
        }
        assert_eq!(kinds(&colleague, &waiting, 2).await, ["WAITING_ENDED", "RETURNED_TO_QUEUE"]);
        let seen = colleague.sees(&joined).await;
        assert_eq!((&seen["status"], &seen["collaborators"]), (&json!("IN_PROGRESS"), &json!([])));
        let query = "query($id: ID!) { departmentQueue(departmentId: $id) { nodes { id } } }";
        let queue = colleague.ask(query, json!({ "id": department("technical") })).await;
        assert_eq!(queue.payload()["nodes"].as_array().map(Vec::len), Some(4), "{}", queue.text);
        colleague.expect_done_on("acceptTicket", &working).await;
        // What was solved stays theirs, until it comes back.
        assert_eq!(colleague.sees(&resolved).await["assignee"]["id"], leaving.id);
        customer.expect_done_on("reopenTicket", &resolved).await;
        app.settle().await;
        app.settle().await;
        let seen = colleague.sees(&resolved).await;
        assert_eq!((&seen["status"], &seen["assignee"]), (&json!("REOPENED"), &Value::Null));
        colleague.expect_done_on("acceptTicket", &resolved).await;
        // Nothing is given to them any more.
        let ticket = customer.expect_opened("bug_report").await;
        let assign = json!({ "ticketId": ticket["id"], "assigneeId": leaving.id });
        assert_eq!(colleague.act("assignTicket", assign).await.outcome(), "AGENT_NOT_FOUND");
        let timer =
            "query($id: ID!) { node(id: $id) { ... on StaffMember { timer { minutes } } } }";
        let answer = colleague.ask(timer, json!({ "id": leaving.id })).await;
        assert_eq!(answer.payload()["timer"], Value::Null);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_an_auditor_had_returns_too(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let admin = app.staff("Admin", Role::Admin, &[]).await;
        let ticket = brought_to(&customer, &agent, &["acceptTicket"]).await;
        let duties =
            |role: &str| json!({ "staffMemberId": agent.id, "role": role, "departmentIds": [] });
        admin.expect_done("changeDuties", duties("MANAGER")).await;
        app.settle().await;
        assert_eq!(admin.sees(&ticket).await["assignee"]["id"], agent.id);
        // The new role holds at once: the token is the same.
        let report =
            "{ utilisation(from: \"2000-01\", to: \"2100-01\", groupBy: MONTH) { minutes } }";
        assert_eq!(agent.ask(report, json!({})).await.error(), None);
        admin.expect_done("changeDuties", duties("AUDITOR")).await;
        app.settle().await;
        app.settle().await;
        assert_eq!(admin.sees(&ticket).await["status"], "NEW");
        let note = json!({ "ticketId": ticket["id"], "text": "x" });
        assert_eq!(agent.act("addNote", note).await.outcome(), "FORBIDDEN");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn their_sessions_tokens_and_watches_end(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let admin = app.staff("Admin", Role::Admin, &[]).await;
        let input = json!({ "email": "boris@example.com", "name": "Boris", "role": "AGENT",
                            "departmentIds": [department("technical")] });
        let member = admin.expect_done("inviteStaffMember", input).await;
        let accept = json!({ "code": code_in(&app.mails()[0]), "password": PASSWORD });
        let mut browser = Browser::open(&app).await;
        assert_eq!(browser.act("acceptInvitation", accept).await.outcome(), "ok");
        let agent = app.agent("Agent", &["technical"]).await;
        let watch = "subscription($id: ID!) { queueChanged(departmentId: $id) { position } }";
        let variables = json!({ "id": department("technical") });
        let mut watcher = Watcher::begin(&app, Way::Events, &agent, watch, variables).await;
        watcher.next().await.expect("a snapshot");
        for id in [&member["id"], &json!(agent.id)] {
            admin.expect_done("deactivateStaffMember", json!({ "staffMemberId": id })).await;
        }
        let last = watcher.next().await.expect("why it ends");
        assert_eq!(last["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{last}");
        assert!(watcher.next().await.is_none(), "it has ended");
        let viewer = "{ viewer { email } }";
        assert_eq!(agent.ask(viewer, json!({})).await.error(), Some("UNAUTHENTICATED"));
        let seen = browser.send(json!({ "query": viewer })).await;
        assert!(seen.payload().is_null(), "{}", seen.text);
        let mut elsewhere = browser.another("192.0.2.9");
        let refused = elsewhere.log_in("boris@example.com", PASSWORD).await;
        assert_eq!(refused.outcome(), "WRONG_CREDENTIALS");
        // Who is back has their password, and nothing else from before.
        app.settle().await;
        for id in [&member["id"], &json!(agent.id)] {
            admin.expect_done("reactivateStaffMember", json!({ "staffMemberId": id })).await;
        }
        app.settle().await;
        assert_eq!(agent.ask(viewer, json!({})).await.error(), Some("UNAUTHENTICATED"));
        let seen = browser.send(json!({ "query": viewer })).await;
        assert!(seen.payload().is_null(), "{}", seen.text);
        assert_eq!(elsewhere.log_in("boris@example.com", PASSWORD).await.outcome(), "ok");
    })
    .await;
}
