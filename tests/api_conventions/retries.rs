//! Safe retries: under one idempotency key a command is carried out once, and `expectedVersion`
//! keeps an update from being lost.

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::desk::own_context;
use servicedesk_domain::catalogue::{Catalogue, Command, DepartmentId, catalogue_id};
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::staff::Role;
use uuid::Uuid;

use crate::support::app::{App, Person, calendar_called, department, level_of, opening, with};
use crate::support::introspection::Types;
use crate::support::on_both;

/// Every mutation with the steps that make it possible.
const MUTATIONS: [(&str, &[&str]); 22] = [
    ("acceptTicket", &[]),
    ("addNote", &[]),
    ("addReply", &[]),
    ("assessPriority", &[]),
    ("assignTicket", &[]),
    ("awaitCustomer", &["acceptTicket"]),
    ("closeTicket", &["acceptTicket", "resolveTicket"]),
    ("correctTime", &[]),
    ("defineCalendar", &[]),
    ("defineServiceLevel", &[]),
    ("endShift", &["startShift"]),
    ("joinCollaborator", &[]),
    ("leaveTicket", &["joinCollaborator"]),
    ("logTime", &[]),
    ("openTicket", &[]),
    ("promiseResolution", &[]),
    ("remeasureTicket", &[]),
    ("reopenTicket", &["acceptTicket", "resolveTicket"]),
    ("resolveTicket", &["acceptTicket"]),
    ("resumeTicket", &["acceptTicket", "awaitCustomer"]),
    ("startShift", &["endShift"]),
    ("transferTicket", &[]),
];

/// Whether doing it again changes nothing, whoever does.
fn is_done_once(mutation: &str) -> bool {
    ["endShift", "defineCalendar", "defineServiceLevel", "remeasureTicket"].contains(&mutation)
}

fn key(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

struct Desk {
    app: App,
    customer: Person,
    agent: Person,
    colleague: Person,
    manager: Person,
    other_manager: Person,
}

impl Desk {
    async fn of(app: App) -> Self {
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical", "sales"]).await;
        let colleague = app.agent("Colleague", &["technical", "sales"]).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let other_manager = app.staff("Other manager", Role::Manager, &[]).await;
        Self { app, customer, agent, colleague, manager, other_manager }
    }

    /// Two who may do it.
    fn who(&self, mutation: &str) -> (&Person, &Person) {
        match mutation {
            "defineCalendar" | "defineServiceLevel" | "remeasureTicket" => {
                (&self.manager, &self.other_manager)
            }
            _ => (&self.agent, &self.colleague),
        }
    }

    /// An input that is accepted after the steps.
    async fn prepared(&self, mutation: &str, steps: &[&str]) -> Value {
        let ticket = self.customer.opens("bug_report").await;
        let on_ticket = json!({ "ticketId": ticket["id"] });
        for step in steps {
            let input = if step.ends_with("Shift") { json!({}) } else { on_ticket.clone() };
            self.agent.done(step, input).await;
        }
        let further = match mutation {
            "openTicket" => {
                return with(opening("bug_report"), &json!({ "customerId": self.customer.id }));
            }
            "startShift" | "endShift" => return json!({}),
            "defineCalendar" => return calendar_called("Another"),
            "defineServiceLevel" => return level_of(77),
            "remeasureTicket" => {
                let another = self.app.clock.now().timestamp_micros() % 100_000 + 1;
                self.manager.act("defineServiceLevel", level_of(another)).await;
                json!({ "reason": "A reason" })
            }
            "assignTicket" => json!({ "assigneeId": self.agent.id }),
            "transferTicket" => json!({ "departmentId": department("sales") }),
            "addReply" | "addNote" => json!({ "text": "A text" }),
            "assessPriority" => json!({ "priority": "HIGH" }),
            "logTime" => json!({ "minutes": 5 }),
            "correctTime" => {
                let entry_id = self.agent.logs(&ticket, 30).await;
                json!({ "timeEntryId": entry_id, "reason": "A reason" })
            }
            "promiseResolution" => {
                json!({ "promisedFor": self.app.clock.now() + TimeDelta::days(1) })
            }
            _ => json!({}),
        };
        with(on_ticket, &further)
    }
}

#[tokio::test]
async fn a_repeat_of_any_mutation_gets_the_first_answer_and_records_nothing() {
    on_both(|database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let other_process = App::start(&database).await;
        for (mutation, steps) in MUTATIONS {
            let input = desk.prepared(mutation, steps).await;
            let input = with(input, &json!({ "idempotencyKey": key(mutation) }));
            let (who, colleague) = desk.who(mutation);
            let first = who.act(mutation, input.clone()).await;
            assert_eq!(first.outcome(), "ok", "{mutation}: {}", first.text);
            let head = desk.app.head().await;
            assert_eq!(first.position(), head, "{mutation}");
            for agent in [who, &who.at(&other_process)] {
                let again = agent.act(mutation, input.clone()).await;
                assert_eq!(again.body["data"], first.body["data"], "{mutation}: {}", again.text);
            }
            // The same key of somebody else is another command.
            let others = colleague.act(mutation, input.clone()).await;
            assert_eq!(others.error(), None, "{mutation}: {}", others.text);
            assert_ne!(others.position(), 0);
            assert_eq!(
                desk.app.head().await > head,
                others.outcome() == "ok" && !is_done_once(mutation)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_repeated_even_where_the_command_would_be_accepted_by_now() {
    on_both(|database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let ticket = desk.customer.opens("bug_report").await;
        let input = json!({ "ticketId": ticket["id"], "idempotencyKey": key("resolve") });
        let head = desk.app.head().await;
        let first = desk.agent.act("resolveTicket", input.clone()).await;
        assert_eq!(first.refusal(), Some("TICKET_NOT_ACCEPTED"));
        assert_eq!(desk.app.head().await, head);
        desk.agent.does("acceptTicket", &ticket).await;
        let again = desk.agent.act("resolveTicket", input.clone()).await;
        assert_eq!(again.payload()["userErrors"], first.payload()["userErrors"]);
        let fresh = with(input, &json!({ "idempotencyKey": key("resolve again") }));
        assert_eq!(desk.agent.act("resolveTicket", fresh).await.outcome(), "ok");
    })
    .await;
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_although_the_catalogue_has_changed_since() {
    on_both(|database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let ticket = desk.customer.opens("bug_report").await;
        let moved = json!({ "ticketId": ticket["id"], "departmentId": department("licensing"),
                            "idempotencyKey": key("transfer") });
        let opened = with(opening("licence"), &json!({ "idempotencyKey": key("open") }));
        let first = desk.agent.act("transferTicket", moved.clone()).await;
        assert_eq!(first.outcome(), "ok", "{}", first.text);
        let first_opened = desk.customer.act("openTicket", opened.clone()).await;
        for command in [
            Command::RetireCategory(servicedesk_domain::catalogue::CategoryId::named("licence")),
            Command::RetireDepartment(DepartmentId::named("licensing")),
        ] {
            let context = own_context(Actor::Operator, desk.app.clock.now());
            let id = catalogue_id().uuid();
            desk.app.log().execute::<Catalogue>(id, command, context).await.expect("retired");
        }
        let head = desk.app.head().await;
        let again = desk.agent.act("transferTicket", moved.clone()).await;
        assert_eq!(again.outcome(), "ok", "{}", again.text);
        assert_eq!(again.position(), first.position());
        let again = desk.customer.act("openTicket", opened.clone()).await;
        assert_eq!(again.body["data"], first_opened.body["data"]);
        // As commands of their own, they are refused.
        for (who, name, input) in
            [(&desk.agent, "transferTicket", moved), (&desk.customer, "openTicket", opened)]
        {
            let fresh = with(input, &json!({ "idempotencyKey": key("another") }));
            let refused = who.act(name, fresh).await;
            assert!(
                refused.refusal().expect("refused").ends_with("_NOT_FOUND"),
                "{}",
                refused.text
            );
        }
        assert_eq!(desk.app.head().await, head);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_used_for_another_request_is_refused() {
    on_both(|database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let ticket = desk.customer.opens("bug_report").await;
        let other = desk.customer.opens("bug_report").await;
        let input =
            json!({ "ticketId": ticket["id"], "text": "One", "idempotencyKey": key("one") });
        desk.agent.done("addReply", input.clone()).await;
        let head = desk.app.head().await;
        for (mutation, further) in [
            ("addReply", json!({ "text": "Another" })),
            ("addReply", json!({ "ticketId": other["id"] })),
            ("addReply", json!({ "expectedVersion": 2 })),
            ("addNote", json!({})),
        ] {
            let answer = desk.agent.act(mutation, with(input.clone(), &further)).await;
            assert_eq!(
                answer.error(),
                Some("BAD_USER_INPUT"),
                "{mutation} {further}: {}",
                answer.text
            );
        }
        assert_eq!(desk.app.head().await, head);
    })
    .await;
}

#[tokio::test]
async fn an_update_of_what_has_changed_since_is_a_conflict_and_names_the_version() {
    on_both(|database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        for (mutation, steps) in MUTATIONS {
            let is_of_ticket = mutation != "openTicket" && !mutation.starts_with("define");
            if !is_of_ticket || mutation.ends_with("Shift") {
                continue;
            }
            let input = desk.prepared(mutation, steps).await;
            let seen = desk.agent.sees(&json!({ "id": input["ticketId"] })).await;
            let version = seen["version"].as_i64().expect("a version");
            let head = desk.app.head().await;
            for wrong in [version - 1, version + 1, 0, -1, i64::MAX] {
                let stale = with(input.clone(), &json!({ "expectedVersion": wrong }));
                let answer = desk.who(mutation).0.act(mutation, stale).await;
                let error = &answer.body["errors"][0]["extensions"];
                assert_eq!(error["code"], "CONFLICT", "{mutation} {wrong}: {}", answer.text);
                assert_eq!(error["currentVersion"], version);
                assert_eq!(answer.status, 409);
            }
            assert_eq!(desk.app.head().await, head);
            let right = json!({ "expectedVersion": version, "idempotencyKey": key(mutation) });
            let right = with(input.clone(), &right);
            let who = desk.who(mutation).0;
            let first = who.act(mutation, right.clone()).await;
            assert_eq!(first.outcome(), "ok", "{mutation}: {}", first.text);
            // Its own first coming has made the version stale, and yet it is a repeat.
            let again = who.act(mutation, right).await;
            assert_eq!(again.body["data"], first.body["data"]);
        }
    })
    .await;
}

#[tokio::test]
async fn every_mutation_takes_the_keys() {
    on_both(|database| async move {
        let app = App::start(&database).await;
        let types = Types::of(&app.customer("Customer").await).await;
        let tested: Vec<_> = MUTATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(types.field_names("Mutation"), tested);
        for mutation in types.fields("Mutation") {
            let arguments = mutation["args"].as_array().expect("arguments");
            assert_eq!((arguments.len(), &arguments[0]["name"]), (1, &json!("input")));
            let input = crate::support::introspection::named_type(&arguments[0]["type"]);
            let fields = types.0[&input]["inputFields"].as_array().expect("fields").clone();
            let takes = |name: &str| fields.iter().any(|field| field["name"] == name);
            assert!(takes("idempotencyKey"), "{input}");
            assert_eq!(takes("expectedVersion"), takes("ticketId"), "{input}");
        }
    })
    .await;
}
