//! What `viewerActions` says of a ticket is what the mutations then do, in every state, for every
//! kind of caller.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::access::Scope;
use servicedesk_domain::staff::Role;
use servicedesk_service::sla::timers;
use servicedesk_service::ticket::expiry;
use test_case::test_case;

use crate::support::app::{App, Person, department, with};

/// Each action, and the mutation that it is.
const ACTIONS: [(&str, &str); 22] = [
    ("ACCEPT", "acceptTicket"),
    ("ASSIGN", "assignTicket"),
    ("TRANSFER", "transferTicket"),
    ("JOIN", "joinCollaborator"),
    ("JOIN_COLLABORATOR", "joinCollaborator"),
    ("LEAVE", "leaveTicket"),
    ("ADD_REPLY", "addReply"),
    ("ADD_NOTE", "addNote"),
    ("LOG_TIME", "logTime"),
    ("START_TIMER", "startTimer"),
    ("ASK_FOR_AGREEMENT", "askForAgreement"),
    ("AGREE_TO_CHARGES", "agreeToCharges"),
    ("ALLOW_CHARGES", "allowCharges"),
    ("ASSESS_PRIORITY", "assessPriority"),
    ("PROMISE_RESOLUTION", "promiseResolution"),
    ("AWAIT_CUSTOMER", "awaitCustomer"),
    ("RESUME", "resumeTicket"),
    ("ACKNOWLEDGE_ANSWER", "acknowledgeAnswer"),
    ("RESOLVE", "resolveTicket"),
    ("CLOSE", "closeTicket"),
    ("REOPEN", "reopenTicket"),
    ("REMEASURE", "remeasureTicket"),
];

/// Each state, and how the agent brings a ticket there. `answer` is the customer's.
const STATES: [(&str, &[&str]); 9] = [
    ("new", &[]),
    ("assigned", &["assign"]),
    ("in progress", &["acceptTicket", "join"]),
    ("waiting", &["acceptTicket", "awaitCustomer"]),
    ("resolved", &["acceptTicket", "resolveTicket"]),
    ("answered", &["acceptTicket", "resolveTicket", "answer"]),
    ("reopened", &["acceptTicket", "resolveTicket", "reopenTicket"]),
    ("closed", &["acceptTicket", "resolveTicket", "closeTicket"]),
    ("too old", &["acceptTicket", "resolveTicket", "closeTicket", "wait"]),
];

struct Cast {
    app: App,
    owner: Person,
    agent: Person,
    helper: Person,
    spare: Person,
}

impl Cast {
    async fn ticket(&self, steps: &[&str]) -> Value {
        let ticket = self.owner.expect_opened("bug_report").await;
        for step in steps {
            match *step {
                "assign" => {
                    let to = json!({ "ticketId": ticket["id"], "assigneeId": self.agent.id });
                    self.agent.expect_done("assignTicket", to).await;
                }
                "join" => {
                    let to = json!({ "ticketId": ticket["id"], "staffMemberId": self.helper.id });
                    self.agent.expect_done("joinCollaborator", to).await;
                }
                "answer" => {
                    let answer = json!({ "ticketId": ticket["id"], "text": "Still broken" });
                    self.owner.expect_done("addReply", answer).await;
                }
                "wait" => self.let_days_pass().await,
                step => drop(self.agent.expect_done_on(step, &ticket).await),
            }
        }
        ticket
    }

    /// Lets the period for reopening pass, and leaves nothing for the service's own tasks to record
    /// meanwhile.
    async fn let_days_pass(&self) {
        self.app.advance(TimeDelta::days(20));
        let desk = &self.app.service.app.desk;
        while expiry::close_due(desk).await.expect("closed") > 0 {}
        while timers::record_due(desk).await.expect("recorded") > 0 {}
        self.app.settle().await;
    }

    fn input(&self, action: &str, ticket: &Value) -> Value {
        let further = match action {
            "ASSIGN" => json!({ "assigneeId": self.spare.id }),
            "JOIN_COLLABORATOR" => json!({ "staffMemberId": self.spare.id }),
            "TRANSFER" => json!({ "departmentId": department("accounting") }),
            "ADD_REPLY" | "ADD_NOTE" => json!({ "text": "A text" }),
            "LOG_TIME" => json!({ "minutes": 1, "courtesyReason": "A reason",
                                  "overlapReason": "The clock stands still" }),
            "ALLOW_CHARGES" | "REMEASURE" => json!({ "reason": "A reason" }),
            "ASSESS_PRIORITY" => json!({ "priority": "HIGH" }),
            "PROMISE_RESOLUTION" => {
                json!({ "promisedFor": self.app.clock.now() + TimeDelta::days(1) })
            }
            _ => json!({}),
        };
        with(json!({ "ticketId": ticket["id"] }), &further)
    }
}

/// What is said of each action: `ok`, a refusal's code, or nothing.
async fn said(who: &Person, ticket: &Value) -> Vec<(String, String)> {
    let query = "query($id: ID!) { ticket(id: $id) { viewerActions { action isAllowed refusal { \
         ... on TicketError { code message } ... on StaffError { further: code message } } } } }";
    let answer = who.ask(query, json!({ "id": ticket["id"] })).await;
    assert_eq!(answer.error(), None, "{}", answer.text);
    let list = answer.payload()["viewerActions"].as_array().cloned().unwrap_or_default();
    let read = |one: &Value| {
        let refusal = &one["refusal"];
        let code = refusal["code"].as_str().or(refusal["further"].as_str());
        let outcome = code.unwrap_or("ok").to_owned();
        assert_eq!(one["isAllowed"], outcome == "ok");
        (one["action"].as_str().expect("an action").to_owned(), outcome)
    };
    list.iter().map(read).collect()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_said_of_an_action_is_what_the_mutation_does(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let owner = app.licensed("Owner").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let helper = app.agent("Helper", &["sales"]).await;
        let spare = app.agent("Spare", &["sales"]).await;
        let read_only = app.with_token(&agent, &[Scope::Read], 3_000).await;
        let callers = [
            ("owner", owner.clone()),
            ("agent", agent.clone()),
            ("colleague", app.agent("Colleague", &["technical"]).await),
            ("helper", helper.clone()),
            ("manager", app.staff("Manager", Role::Manager, &[]).await),
            ("auditor", app.staff("Auditor", Role::Auditor, &[]).await),
            ("read-only", read_only),
        ];
        let cast = Cast { app, owner, agent, helper, spare };
        let mut met = std::collections::BTreeSet::new();
        for (state, steps) in STATES {
            let kept = cast.ticket(steps).await;
            for (caller, who) in &callers {
                if who.sees(&kept).await.is_null() {
                    continue;
                }
                let said = said(who, &kept).await;
                for (action, mutation) in ACTIONS {
                    let expected = said.iter().find(|(name, _)| name == action);
                    let expected = expected.map_or("FORBIDDEN", |(_, outcome)| outcome);
                    let ticket =
                        if expected == "ok" { cast.ticket(steps).await } else { kept.clone() };
                    let head = cast.app.head().await;
                    let answer = who.act(mutation, cast.input(action, &ticket)).await;
                    let place = format!("{action} by {caller}, {state}");
                    assert_eq!(answer.outcome(), expected, "{place}: {}", answer.text);
                    if expected != "ok" {
                        assert_eq!(cast.app.head().await, head, "{place} recorded something");
                    } else if action == "START_TIMER" {
                        assert_eq!(said_of(who, &kept, "START_TIMER").await, "TIMER_RUNNING");
                        who.expect_done("discardTimer", json!({})).await;
                    }
                    met.insert(expected.to_owned());
                }
            }
        }
        // So that nothing above is true for want of cases.
        for code in [
            "ok",
            "FORBIDDEN",
            "ASSIGNED_TO_ANOTHER",
            "ASSIGNEE_MUST_HAND_OVER",
            "ALREADY_JOINED",
            "MANAGER_NEEDED",
            "NO_UNSEEN_ANSWER",
            "REOPEN_PERIOD_OVER",
            "TICKET_CLOSED",
            "TICKET_NOT_RESOLVED",
            "TICKET_WAITING",
        ] {
            assert!(met.contains(code), "{code} is not among {met:?}");
        }
    })
    .await;
}

async fn said_of(who: &Person, ticket: &Value, action: &str) -> String {
    let said = said(who, ticket).await;
    said.into_iter()
        .find(|(name, _)| name == action)
        .map(|(_, outcome)| outcome)
        .unwrap_or_default()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_actor_is_told_from_the_viewer(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Same name").await;
        let agent = app.agent("Same name", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        for (who, expected) in [(&customer, [true, false]), (&agent, [false, true])] {
            let query = "query($id: ID!) { ticket(id: $id) { timeline(first: 2) { nodes { actor { \
                 isViewer } } } } }";
            let answer = who.ask(query, json!({ "id": ticket["id"] })).await;
            let nodes = &answer.payload()["timeline"]["nodes"];
            let found = [0, 1].map(|entry| nodes[entry]["actor"]["isViewer"] == true);
            assert_eq!(found, expected, "{}", answer.text);
        }
    })
    .await;
}
