//! Every mutation in every state: what is accepted, and by which code the rest is refused. What is
//! refused leaves nothing in the log.

mod applications;
mod books;
mod service_levels;
mod staff;
mod time;

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use std::collections::BTreeSet;
use test_case::test_case;

use crate::support::app::{Answer, App, Person, category, department, opening, product, with};
use crate::support::payloads::about;

const STATES: [&str; 7] =
    ["NEW", "ASSIGNED", "IN_PROGRESS", "WAITING_ON_CUSTOMER", "RESOLVED", "CLOSED", "REOPENED"];

/// What the responsible agent gets in each of the states.
const BY_AGENT: [(&str, [&str; 7]); 21] = [
    (
        "acceptTicket",
        [
            "ok",
            "ok",
            "ALREADY_ACCEPTED",
            "TICKET_WAITING",
            "TICKET_RESOLVED",
            "TICKET_CLOSED",
            "ok",
        ],
    ),
    ("assignTicket", ["ok", "ok", "ok", "ok", "TICKET_RESOLVED", "TICKET_CLOSED", "ok"]),
    ("transferTicket", ["ok", "ok", "ok", "ok", "TICKET_RESOLVED", "TICKET_CLOSED", "ok"]),
    ("joinCollaborator", ["ok", "ok", "ok", "ok", "TICKET_RESOLVED", "TICKET_CLOSED", "ok"]),
    (
        "leaveTicket",
        [
            "NOT_JOINED",
            "ASSIGNEE_MUST_HAND_OVER",
            "ASSIGNEE_MUST_HAND_OVER",
            "ASSIGNEE_MUST_HAND_OVER",
            "TICKET_RESOLVED",
            "TICKET_CLOSED",
            "ASSIGNEE_MUST_HAND_OVER",
        ],
    ),
    ("addReply", ["ok", "ok", "ok", "ok", "ok", "TICKET_CLOSED", "ok"]),
    ("acknowledgeAnswer", ["NO_UNSEEN_ANSWER"; 7]),
    ("addNote", ["ok", "ok", "ok", "ok", "ok", "ok", "ok"]),
    ("logTime", ["ok", "ok", "ok", "ok", "ok", "TICKET_CLOSED", "ok"]),
    // What is corrected where there is an entry: see `time`.
    ("correctTime", ["TIME_ENTRY_NOT_FOUND"; 7]),
    ("markCourtesy", ["TIME_ENTRY_NOT_FOUND"; 7]),
    ("askForAgreement", ["ok", "ok", "ok", "ok", "ok", "TICKET_CLOSED", "ok"]),
    ("allowCharges", ["MANAGER_NEEDED"; 7]),
    // A timer that was started is discarded: see `expect`.
    ("startTimer", ["ok", "ok", "ok", "ok", "ok", "TICKET_CLOSED", "ok"]),
    ("assessPriority", ["ok", "ok", "ok", "ok", "TICKET_RESOLVED", "TICKET_CLOSED", "ok"]),
    ("promiseResolution", ["ok", "ok", "ok", "ok", "TICKET_RESOLVED", "TICKET_CLOSED", "ok"]),
    (
        "awaitCustomer",
        [
            "TICKET_NOT_ACCEPTED",
            "TICKET_NOT_ACCEPTED",
            "ok",
            "TICKET_WAITING",
            "TICKET_RESOLVED",
            "TICKET_CLOSED",
            "TICKET_NOT_ACCEPTED",
        ],
    ),
    (
        "resumeTicket",
        [
            "TICKET_NOT_WAITING",
            "TICKET_NOT_WAITING",
            "TICKET_NOT_WAITING",
            "ok",
            "TICKET_RESOLVED",
            "TICKET_CLOSED",
            "TICKET_NOT_WAITING",
        ],
    ),
    (
        "resolveTicket",
        [
            "TICKET_NOT_ACCEPTED",
            "TICKET_NOT_ACCEPTED",
            "ok",
            "ok",
            "TICKET_RESOLVED",
            "TICKET_CLOSED",
            "TICKET_NOT_ACCEPTED",
        ],
    ),
    (
        "closeTicket",
        [
            "TICKET_NOT_RESOLVED",
            "TICKET_NOT_RESOLVED",
            "TICKET_NOT_RESOLVED",
            "TICKET_NOT_RESOLVED",
            "ok",
            "TICKET_CLOSED",
            "TICKET_NOT_RESOLVED",
        ],
    ),
    (
        "reopenTicket",
        [
            "TICKET_STILL_OPEN",
            "TICKET_STILL_OPEN",
            "TICKET_STILL_OPEN",
            "TICKET_STILL_OPEN",
            "ok",
            "ok",
            "TICKET_STILL_OPEN",
        ],
    ),
];

/// What the ticket's customer gets in each of the states.
const BY_CUSTOMER: [(&str, [&str; 7]); 4] = [
    ("agreeToCharges", ["ok", "ok", "ok", "ok", "ok", "TICKET_CLOSED", "ok"]),
    ("addReply", ["ok", "ok", "ok", "ok", "ok", "TICKET_CLOSED", "ok"]),
    ("closeTicket", ["ok", "ok", "ok", "ok", "ok", "TICKET_CLOSED", "ok"]),
    (
        "reopenTicket",
        [
            "TICKET_STILL_OPEN",
            "TICKET_STILL_OPEN",
            "TICKET_STILL_OPEN",
            "TICKET_STILL_OPEN",
            "ok",
            "ok",
            "TICKET_STILL_OPEN",
        ],
    ),
];

/// No caller of the API can bring these about: a ticket's id follows from the command's, and a
/// token of somebody unknown is worth nothing.
const UNREACHABLE: [(&str, &str); 2] =
    [("openTicket", "ALREADY_OPENED"), ("startShift", "STAFF_MEMBER_NOT_FOUND")];

struct Desk {
    app: App,
    customer: Person,
    agent: Person,
    colleague: Person,
    seen: BTreeSet<(String, String)>,
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_a_state_forbids_is_refused_by_name_and_recorded_nowhere(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut desk = Desk {
            customer: app.licensed("Customer").await,
            agent: app.agent("Agent", &["technical"]).await,
            colleague: app.agent("Colleague", &["technical"]).await,
            app,
            seen: BTreeSet::new(),
        };
        desk.every_state().await;
        desk.responsibility().await;
        desk.what_there_is_not().await;
        desk.texts().await;
        desk.moments().await;
        desk.time().await;
        desk.charges().await;
        desk.timers().await;
        desk.books().await;
        desk.applications().await;
        desk.service_levels().await;
        desk.shifts().await;
        desk.every_code_was_met().await;
    })
    .await;
}

impl Desk {
    /// A ticket in this state; the agent is responsible, but where nobody is.
    async fn ticket_in(&self, state: &str) -> Value {
        let ticket = self.customer.expect_opened("bug_report").await;
        if state == "ASSIGNED" {
            let input = json!({ "ticketId": ticket["id"], "assigneeId": self.agent.id });
            self.colleague.expect_done("assignTicket", input).await;
        } else if state != "NEW" {
            self.agent.expect_done_on("acceptTicket", &ticket).await;
        }
        let then: &[&str] = match state {
            "WAITING_ON_CUSTOMER" => &["awaitCustomer"],
            "RESOLVED" => &["resolveTicket"],
            "CLOSED" => &["resolveTicket", "closeTicket"],
            "REOPENED" => &["resolveTicket", "reopenTicket"],
            _ => &[],
        };
        for step in then {
            self.agent.expect_done_on(step, &ticket).await;
        }
        let seen = self.agent.sees(&ticket).await;
        assert_eq!(seen["status"], state);
        seen
    }

    /// A sound input.
    fn input(&self, mutation: &str, ticket: &Value) -> Value {
        let further = match mutation {
            "assignTicket" => json!({ "assigneeId": self.colleague.id }),
            "transferTicket" => json!({ "departmentId": department("sales") }),
            "joinCollaborator" => json!({ "staffMemberId": self.colleague.id }),
            "addReply" | "addNote" => json!({ "text": "A text" }),
            "assessPriority" => json!({ "priority": "HIGH" }),
            "logTime" => json!({ "minutes": 5, "overlapReason": "The clock stands still" }),
            "allowCharges" => json!({ "reason": "A reason" }),
            "correctTime" | "markCourtesy" => {
                json!({ "timeEntryId": time::no_entry(), "reason": "A reason" })
            }
            "promiseResolution" => {
                json!({ "promisedFor": self.app.clock.now() + TimeDelta::days(1) })
            }
            _ => json!({}),
        };
        with(json!({ "ticketId": ticket["id"] }), &further)
    }

    /// Sends it; what is not accepted must leave nothing, and say why.
    async fn expect(&mut self, by: &Person, mutation: &str, input: Value, code: &str) -> Answer {
        let head = self.app.head().await;
        let answer = by.act(mutation, input.clone()).await;
        assert_eq!(answer.outcome(), code, "{mutation} {input}: {}", answer.text);
        assert_eq!(answer.status, 200);
        let now = self.app.head().await;
        if code == "ok" {
            assert!(now > head, "{mutation} {input} recorded nothing");
            // What follows from it may be recorded behind it.
            assert!((head + 1..=now).contains(&answer.position()));
            if mutation == "startTimer" {
                by.expect_done("discardTimer", json!({})).await;
                self.app.settle().await;
            }
            return answer;
        }
        assert_eq!(now, head, "{mutation} {input} recorded something");
        let error = &answer.payload()["userErrors"][0];
        assert!(!error["message"].as_str().expect("a message").is_empty());
        assert_eq!(answer.position(), head);
        assert_eq!(answer.payload()[about(mutation).0], Value::Null);
        self.seen.insert((mutation.to_owned(), code.to_owned()));
        answer
    }

    async fn every_state(&mut self) {
        let (agent, customer) = (self.agent.clone(), self.customer.clone());
        let by_agent = BY_AGENT.iter().map(|row| (&agent, row));
        let rows: Vec<_> = by_agent.chain(BY_CUSTOMER.iter().map(|row| (&customer, row))).collect();
        for (column, state) in STATES.iter().enumerate() {
            let kept = self.ticket_in(state).await;
            for (by, (mutation, codes)) in &rows {
                let code = codes[column];
                // A refusal leaves the ticket as it is, so one ticket serves them all.
                let ticket = if code == "ok" { self.ticket_in(state).await } else { kept.clone() };
                let input = self.input(mutation, &ticket);
                self.expect(by, mutation, input, code).await;
            }
            assert_eq!(self.agent.sees(&kept).await, kept);
        }
    }

    async fn responsibility(&mut self) {
        let (agent, colleague) = (self.agent.clone(), self.colleague.clone());
        let elsewhere = self.app.agent("Elsewhere", &["sales"]).await;
        let stranger = self.app.customer("Other customer").await;
        let assigned = self.ticket_in("ASSIGNED").await;
        let input = json!({ "ticketId": assigned["id"] });
        self.expect(&colleague, "acceptTicket", input.clone(), "ASSIGNED_TO_ANOTHER").await;
        let to_agent = with(input.clone(), &json!({ "assigneeId": agent.id }));
        self.expect(&colleague, "assignTicket", to_agent, "ALREADY_ASSIGNED").await;
        let join = |id: &str| with(input.clone(), &json!({ "staffMemberId": id }));
        self.expect(&colleague, "joinCollaborator", join(&agent.id), "ALREADY_JOINED").await;
        self.expect(&agent, "joinCollaborator", join(&colleague.id), "ok").await;
        self.expect(&agent, "joinCollaborator", join(&colleague.id), "ALREADY_JOINED").await;
        let same = with(input.clone(), &json!({ "departmentId": department("technical") }));
        self.expect(&agent, "transferTicket", same, "ALREADY_IN_DEPARTMENT").await;
        for (mutation, _) in BY_AGENT {
            let sound = self.input(mutation, &assigned);
            self.expect(&elsewhere, mutation, sound, "NOT_IN_DEPARTMENT").await;
        }
        for (mutation, _) in BY_CUSTOMER {
            let sound = self.input(mutation, &assigned);
            self.expect(&stranger, mutation, sound, "TICKET_NOT_FOUND").await;
        }
        // A collaborator may work on it, whatever the department.
        self.expect(&agent, "joinCollaborator", join(&elsewhere.id), "ok").await;
        let reply = self.input("addReply", &assigned);
        self.expect(&elsewhere, "addReply", reply, "ok").await;
    }

    async fn what_there_is_not(&mut self) {
        let agent = self.agent.clone();
        let auditor = self.app.staff("Auditor", Role::Auditor, &[]).await;
        let ticket = self.ticket_in("NEW").await;
        let nowhere = json!({ "id": servicedesk::graphql::relay::global_id(
            servicedesk_domain::ticket::TicketId::named("none")).0 });
        for (mutation, _) in BY_AGENT {
            let sound = self.input(mutation, &nowhere);
            let answer = self.expect(&agent, mutation, sound, "TICKET_NOT_FOUND").await;
            let field = &answer.payload()["userErrors"][0]["field"];
            assert_eq!(*field, json!(["input", "ticketId"]));
        }
        let nobody = servicedesk::graphql::relay::global_id(
            servicedesk_domain::staff::StaffMemberId::named("none"),
        )
        .0;
        for id in [&nobody, &auditor.id] {
            let input = json!({ "ticketId": ticket["id"], "assigneeId": id });
            self.expect(&agent, "assignTicket", input, "AGENT_NOT_FOUND").await;
            let input = json!({ "ticketId": ticket["id"], "staffMemberId": id });
            self.expect(&agent, "joinCollaborator", input, "AGENT_NOT_FOUND").await;
        }
        let to = json!({ "ticketId": ticket["id"], "departmentId": department("none") });
        self.expect(&agent, "transferTicket", to, "DEPARTMENT_NOT_FOUND").await;
        let nobody = servicedesk::graphql::relay::global_id(
            servicedesk_domain::customer::CustomerId::named("none"),
        )
        .0;
        for (further, code, field) in [
            (json!({ "categoryId": category("none") }), "CATEGORY_NOT_FOUND", "categoryId"),
            (json!({ "productId": product("none") }), "PRODUCT_NOT_FOUND", "productId"),
            (json!({ "customerId": nobody }), "CUSTOMER_NOT_FOUND", "customerId"),
        ] {
            let own = json!({ "customerId": self.customer.id });
            let input = with(with(opening("finance"), &own), &further);
            let answer = self.expect(&agent, "openTicket", input, code).await;
            assert_eq!(answer.payload()["userErrors"][0]["field"], json!(["input", field]));
        }
    }

    async fn texts(&mut self) {
        let agent = self.agent.clone();
        let ticket = self.ticket_in("IN_PROGRESS").await;
        let closed = self.ticket_in("CLOSED").await;
        let own = json!({ "customerId": self.customer.id });
        for (mutation, input, field, most) in [
            ("openTicket", with(opening("finance"), &own), "subject", 200),
            ("openTicket", with(opening("finance"), &own), "text", 20_000),
            ("addReply", self.input("addReply", &ticket), "text", 20_000),
            ("addNote", self.input("addNote", &ticket), "text", 20_000),
            ("assignTicket", self.input("assignTicket", &ticket), "reason", 2_000),
            ("transferTicket", self.input("transferTicket", &ticket), "reason", 2_000),
            ("resolveTicket", self.input("resolveTicket", &ticket), "summary", 20_000),
            ("reopenTicket", self.input("reopenTicket", &closed), "reason", 2_000),
            ("logTime", self.input("logTime", &ticket), "note", 2_000),
            ("logTime", self.input("logTime", &ticket), "courtesyReason", 2_000),
            ("logTime", self.input("logTime", &ticket), "overlapReason", 2_000),
            ("correctTime", self.corrected(&ticket).await, "reason", 2_000),
            ("markCourtesy", self.corrected(&ticket).await, "reason", 2_000),
        ] {
            let long = "ж".repeat(most + 1);
            for (text, code) in [
                ("", "TEXT_EMPTY"),
                (" \t\r\n\u{a0}", "TEXT_EMPTY"),
                (long.as_str(), "TEXT_TOO_LONG"),
                ("a\u{0}b", "TEXT_UNPRINTABLE"),
                ("a\u{1b}[2Jb", "TEXT_UNPRINTABLE"),
                ("a\u{7f}b", "TEXT_UNPRINTABLE"),
                ("a\u{85}b", "TEXT_UNPRINTABLE"),
            ] {
                let input = with(input.clone(), &json!({ field: text }));
                let answer = self.expect(&agent, mutation, input, code).await;
                let error = &answer.payload()["userErrors"][0];
                assert_eq!(error["field"], json!(["input", field]));
                let limit = if code == "TEXT_TOO_LONG" { json!(most) } else { Value::Null };
                assert_eq!(error["limit"], limit);
            }
        }
        // The most that is allowed is allowed.
        for (mutation, most) in [("addReply", 20_000), ("addNote", 20_000)] {
            let input = json!({ "ticketId": ticket["id"], "text": "ж".repeat(most) });
            self.expect(&agent, mutation, input, "ok").await;
        }
    }

    async fn moments(&mut self) {
        let agent = self.agent.clone();
        let ticket = self.ticket_in("NEW").await;
        let now = self.app.clock.now();
        for (promised_for, code) in [
            (json!(now - TimeDelta::seconds(1)), "PROMISE_NOT_IN_FUTURE"),
            (json!(now - TimeDelta::days(400_000)), "PROMISE_NOT_IN_FUTURE"),
            (json!(now + TimeDelta::days(367)), "PROMISE_TOO_FAR"),
            (json!("9999-12-31T23:59:59Z"), "PROMISE_TOO_FAR"),
            (json!("+262142-12-31T23:59:59Z"), "PROMISE_TOO_FAR"),
        ] {
            let input = json!({ "ticketId": ticket["id"], "promisedFor": promised_for });
            let answer = self.expect(&agent, "promiseResolution", input, code).await;
            let error = &answer.payload()["userErrors"][0];
            assert_eq!(error["until"].is_string(), code == "PROMISE_TOO_FAR");
            assert_eq!(error["field"], json!(["input", "promisedFor"]));
        }
        let resolved = self.ticket_in("RESOLVED").await;
        self.app.advance(TimeDelta::days(15));
        let due = servicedesk_service::ticket::expiry::close_due(&self.app.service.app.desk).await;
        due.expect("what is due is closed");
        self.app.settle().await;
        self.record_lines().await;
        let input = json!({ "ticketId": resolved["id"] });
        self.expect(&agent, "reopenTicket", input, "REOPEN_PERIOD_OVER").await;
    }

    /// The codes that the schema names for each mutation are those that are met here: none is
    /// dead, none is untested, and each is in the mutation's description.
    async fn every_code_was_met(&self) {
        let query = "{ __type(name: \"Mutation\") { fields { name description } } }";
        let answer = self.customer.ask(query, json!({})).await;
        let fields = answer.payload()["fields"].as_array().expect("mutations");
        let described = |mutation: &str| {
            let field = fields.iter().find(|field| field["name"] == mutation).expect(mutation);
            field["description"].as_str().expect("a description").to_owned()
        };
        let table = servicedesk::graphql::refusals::table();
        let mut declared = BTreeSet::new();
        let elsewhere = ["AccountError", "CustomerError"];
        for row in table.iter().filter(|row| !elsewhere.contains(&row.error)) {
            let description = described(row.mutation);
            for code in &row.codes {
                assert!(description.contains(&format!("`{code}`")), "{} {code}", row.mutation);
                // Starting and ending a shift share their codes.
                let mutation = row.mutation.replace("endShift", "startShift");
                declared.insert((mutation, (*code).to_owned()));
            }
        }
        for field in fields {
            let name = field["name"].as_str().expect("a name");
            assert!(table.iter().any(|row| row.mutation == name), "{name} names no refusals");
        }
        let mut met = self.seen.clone();
        met.extend(UNREACHABLE.map(|(mutation, code)| (mutation.to_owned(), code.to_owned())));
        assert_eq!(declared, met);
    }
}
