//! What a customer sees of their ticket (T5): everything that concerns them, and nothing internal.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_projections::ticket::timeline::Reader;
use test_case::test_case;

use super::kinds;
use crate::support::app::{App, department};
use crate::support::samples::samples;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_sees_who_took_it_what_was_answered_and_by_when_it_will_be_solved(
    system: System,
) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        let input = json!({ "ticketId": ticket["id"], "text": "On Friday." });
        agent.expect_done("addReply", input).await;
        let by = app.clock.now() + TimeDelta::days(3);
        let input = json!({ "ticketId": ticket["id"], "promisedFor": by });
        agent.expect_done("promiseResolution", input).await;
        let input = json!({ "ticketId": ticket["id"], "outcome": "DUPLICATE", "summary": "Told." });
        agent.expect_done("resolveTicket", input).await;

        let seen = customer.sees(&ticket).await;
        assert_eq!(seen["assignee"]["name"], "Agent");
        assert_eq!((&seen["summary"], &seen["outcome"]), (&json!("Told."), &json!("DUPLICATE")));
        let timeline = customer.timeline(&ticket).await;
        let expected = ["OPENED", "ACCEPTED", "REPLY_ADDED", "RESOLUTION_PROMISED", "RESOLVED"];
        assert_eq!(kinds(&timeline), expected);
        assert_eq!(timeline[1]["staffMember"]["id"], agent.id);
        assert_eq!(timeline[2]["text"], "On Friday.");
        assert_eq!(timeline[2]["actor"], json!({ "kind": "STAFF", "name": "Agent" }));
        assert_eq!(timeline[3]["promisedFor"], seen["promisedFor"]);
        assert_eq!(timeline[4]["text"], "Told.");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn notes_are_not_in_a_customers_timeline_and_do_not_move_its_time(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let other = customer.expect_opened("finance").await;
        let input = json!({ "ticketId": ticket["id"], "text": "A public answer" });
        agent.expect_done("addReply", input).await;
        let before = customer.sees(&ticket).await;
        app.advance(TimeDelta::hours(1));
        let reply = json!({ "ticketId": other["id"], "text": "More" });
        customer.expect_done("addReply", reply).await;
        app.advance(TimeDelta::hours(1));
        let input = json!({ "ticketId": ticket["id"], "text": "An internal remark" });
        let noted = agent.expect_done("addNote", input).await;

        let seen = customer.sees(&ticket).await;
        assert_eq!(seen["updatedAt"], before["updatedAt"]);
        assert!(noted["updatedAt"].as_str() > seen["updatedAt"].as_str());
        assert_eq!(kinds(&customer.timeline(&ticket).await), ["OPENED", "REPLY_ADDED"]);
        assert_eq!(kinds(&agent.timeline(&ticket).await), ["OPENED", "REPLY_ADDED", "NOTE_ADDED"]);
        let query = "query($id: ID) { ticket(id: $id) { timeline(last: 1) { totalCount \
             nodes { kind } pageInfo { hasPreviousPage } } } }";
        for (who, total, last) in [(&customer, 2, "REPLY_ADDED"), (&agent, 3, "NOTE_ADDED")] {
            let answer = who.ask(query, json!({ "id": ticket["id"] })).await;
            let timeline = &answer.payload()["timeline"];
            assert_eq!(timeline["totalCount"], total);
            assert_eq!(timeline["nodes"], json!([{ "kind": last }]));
        }
        // A note does not put the ticket at the top of the customer's list either.
        let query = "{ tickets { nodes { number } } }";
        let listed = customer.ask(query, json!({})).await;
        let expected = json!([{ "number": other["number"] }, { "number": ticket["number"] }]);
        assert_eq!(listed.payload()["nodes"], expected);
    })
    .await;
}

/// T5: the version and the position of a ticket tell the customer nothing of hidden notes, and a
/// note does not make the version stale that they have seen.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_note_moves_neither_version_nor_position_for_the_customer(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let before = customer.sees(&ticket).await;
        let hidden = agent.sees(&ticket).await;
        let note = json!({ "ticketId": ticket["id"], "text": "An internal remark" });
        let noted = agent.expect_done("addNote", note.clone()).await;
        assert!(noted["version"].as_i64() > hidden["version"].as_i64());
        assert_ne!(noted["position"], hidden["position"]);

        let after = customer.sees(&ticket).await;
        assert_eq!(after["version"], before["version"]);
        assert_eq!(after["position"], before["position"]);

        let reply = json!({ "ticketId": ticket["id"], "text": "More",
                            "expectedVersion": after["version"],
                            "idempotencyKey": "00000000-0000-4000-8000-000000000009" });
        let replied = customer.expect_done("addReply", reply.clone()).await;
        assert!(replied["version"].as_i64() > after["version"].as_i64());
        agent.expect_done("addNote", note).await;
        // A repeat gets the first answer; another change on the old version does not.
        assert_eq!(customer.act("addReply", reply).await.refusal(), None);
        let late = json!({ "ticketId": ticket["id"], "text": "And more",
                           "expectedVersion": after["version"] });
        let refused = customer.act("addReply", late).await;
        assert_eq!(refused.error(), Some("CONFLICT"));
        let extensions = &refused.body["errors"][0]["extensions"];
        assert_eq!(extensions["currentVersion"], replied["version"]);
        assert_eq!(customer.sees(&ticket).await["replyCount"], 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn why_staff_handed_a_ticket_on_stays_among_staff(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let colleague = app.agent("Colleague", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let input = json!({ "ticketId": ticket["id"], "assigneeId": colleague.id,
                            "reason": "Knows such people" });
        agent.expect_done("assignTicket", input).await;
        let input = json!({ "ticketId": ticket["id"], "departmentId": department("sales"),
                            "reason": "Never pays" });
        agent.expect_done("transferTicket", input).await;
        let told = |timeline: Vec<Value>| {
            timeline.iter().map(|entry| entry["text"].clone()).collect::<Vec<_>>()
        };
        // The agent's departments have lost it; a manager sees everything.
        let manager = app.staff("Manager", servicedesk_domain::staff::Role::Manager, &[]).await;
        let request = json!("Since this morning.");
        assert_eq!(
            told(manager.timeline(&ticket).await),
            [request.clone(), json!("Knows such people"), json!("Never pays")]
        );
        assert_eq!(told(customer.timeline(&ticket).await), [request, Value::Null, Value::Null]);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customers_list_holds_her_own_tickets_the_last_changed_first(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other customer").await;
        let first = customer.expect_opened("finance").await;
        other.expect_opened("finance").await;
        app.advance(TimeDelta::minutes(1));
        let second = customer.expect_opened("finance").await;
        let listed = |is_open: Value| {
            let customer = customer.clone();
            async move {
                let query = "query($o: Boolean) { tickets(filter: { isOpen: $o }) { \
                     nodes { number } totalCount } }";
                let answer = customer.ask(query, json!({ "o": is_open })).await;
                let nodes = answer.payload()["nodes"].as_array().expect("tickets").clone();
                assert_eq!(answer.payload()["totalCount"], nodes.len());
                nodes.into_iter().map(|node| node["number"].clone()).collect::<Vec<_>>()
            }
        };
        let (one, two) = (first["number"].clone(), second["number"].clone());
        assert_eq!(listed(Value::Null).await, [two.clone(), one.clone()]);
        app.advance(TimeDelta::minutes(1));
        customer.expect_done_on("closeTicket", &first).await;
        assert_eq!(listed(Value::Null).await, [one.clone(), two.clone()]);
        assert_eq!(listed(json!(true)).await, [two]);
        assert_eq!(listed(json!(false)).await, [one]);
    })
    .await;
}

/// T5: what is hidden from a customer's timeline is no news to them, so that neither the version
/// nor the position tells that it was there.
#[test]
fn what_a_customer_is_not_shown_is_no_news_to_them() {
    let (mut hidden, mut news) = (0, 0);
    for (name, sample) in samples() {
        let Some(event) = sample.event.as_ticket() else { continue };
        if !Reader::Customer.sees(event) {
            assert!(!event.is_news_to_customer(), "{name}");
            hidden += 1;
        }
        news += usize::from(event.is_news_to_customer());
    }
    assert!(hidden > 5 && news > 5, "{hidden} are hidden, and {news} are news");
}
