//! Safe retries: under one idempotency key a command is carried out once, and `expectedVersion`
//! keeps an update from being lost.

mod table;

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use async_graphql::ID;
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::relay::parse_id;
use servicedesk_domain::access::Principal;
use servicedesk_domain::catalogue::{Catalogue, Command, DepartmentId, catalogue_id};
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::staff::Role;
use servicedesk_service::desk::own_context;
use test_case::test_case;
use uuid::Uuid;

use self::table::{IS_DONE_ONCE, MUTATIONS, WITHOUT_KEYS};
use crate::support::app::{
    App, Person, calendar_called, department, level_of, licence, opening, rental, terms, with,
};
use crate::support::applications;
use crate::support::browser::{Browser, PASSWORD, begin_session};
use crate::support::introspection::Types;
use crate::support::payloads::erasure_of;
use crate::support::releases::release;
use crate::support::{settings, staff};

fn key(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

struct Desk {
    app: App,
    customer: Person,
    stranger: Person,
    /// A customer who has registered.
    member: Person,
    agent: Person,
    colleague: Person,
}

impl Desk {
    async fn of(app: App) -> Self {
        let customer = app.licensed("Customer").await;
        let agent = app.staff("Agent", Role::Admin, &["technical", "sales"]).await;
        let colleague = app.staff("Colleague", Role::Admin, &["technical", "sales"]).await;
        let stranger = app.customer("Stranger").await;
        let confirmed = Browser::open(&app).await.join(&app, "member@example.com").await;
        let id = ID(confirmed.payload()["customer"]["id"].as_str().expect("an id").to_owned());
        let principal = Principal::Customer(parse_id(&id).expect("a customer"));
        let member = app.person(id.0, principal).await;
        Self { app, customer, stranger, member, agent, colleague }
    }

    /// Who can do it, and somebody else.
    fn callers(&self, mutation: &str) -> (&Person, &Person) {
        let is_hers = mutation.starts_with("applyFor") || mutation == "withdrawApplication";
        if ["changePassword", "revokeSession", "revokeOtherSessions"].contains(&mutation) {
            (&self.member, &self.stranger)
        } else if is_hers || mutation == "agreeToCharges" {
            (&self.customer, &self.stranger)
        } else {
            (&self.agent, &self.colleague)
        }
    }

    fn payment(&self) -> Value {
        json!({ "customerId": self.customer.id, "reference": "Transfer",
                "amount": { "amount": "5.00", "currency": "USD" },
                "receivedOn": self.app.clock.now().date_naive() })
    }

    /// An input that is accepted after the steps.
    fn tomorrow(&self) -> Moment {
        self.app.clock.now() + TimeDelta::days(1)
    }

    async fn prepared(&self, mutation: &str, steps: &[&str]) -> Value {
        if settings::is_about(mutation) {
            return settings::prepared(&self.agent, mutation).await;
        }
        if staff::is_about(mutation) {
            return staff::prepared(&self.app, &self.agent, mutation).await;
        }
        let ticket = self.customer.expect_opened("bug_report").await;
        let on_ticket = json!({ "ticketId": ticket["id"] });
        if mutation.ends_with("Timer") {
            // Whether one runs from before or not.
            self.agent.act("discardTimer", json!({})).await;
        }
        for step in steps {
            let input = if step.ends_with("Shift") { json!({}) } else { on_ticket.clone() };
            self.agent.expect_done(step, input).await;
        }
        if mutation == "acknowledgeAnswer" {
            let answer = with(on_ticket.clone(), &json!({ "text": "Still broken" }));
            self.customer.expect_done("addReply", answer).await;
        }
        let further = match mutation {
            "openTicket" => {
                return with(opening("bug_report"), &json!({ "customerId": self.customer.id }));
            }
            "startShift" | "endShift" | "discardTimer" => return json!({}),
            // The clock stands still, so the least of a minute is never over.
            "stopTimer" => return json!({ "overlapReason": "A reason" }),
            "revokeOtherSessions" => {
                begin_session(&self.app, &self.member).await;
                return json!({});
            }
            "changePassword" => {
                return json!({ "currentPassword": PASSWORD, "newPassword": "another of mine" });
            }
            "revokeSession" => {
                return json!({ "sessionId": begin_session(&self.app, &self.member).await });
            }
            "defineCalendar" => return calendar_called("Another"),
            "defineServiceLevel" => return level_of(77),
            "remeasureTicket" => {
                // By what is in force when it was opened, it is measured already.
                let another = self.app.clock.now().timestamp_micros() % 100_000 + 1;
                self.agent.act("defineServiceLevel", level_of(another)).await;
                json!({ "reason": "A reason" })
            }
            "grantLicence" => return licence(&self.customer),
            "issueDownloadLink" => {
                let granted = self.agent.expect_done("grantLicence", licence(&self.customer)).await;
                return json!({ "licenceId": granted["id"] });
            }
            "requestUpload" => return json!({ "name": "a.log", "size": 1 }),
            "publishRelease" => return release("1.0", b"file"),
            "withdrawRelease" => {
                let version = self.app.clock.now().timestamp_micros().to_string();
                let published = self.app.publish(&self.agent, &version, b"file").await;
                return json!({ "releaseId": published["id"], "reason": "A reason" });
            }
            "rebindLicence" | "renewLicence" => {
                let input = rental(&self.customer, self.app.clock.now());
                let granted = self.agent.expect_done("grantLicence", input).await;
                let licence_id = &granted["id"];
                return if mutation == "renewLicence" {
                    json!({ "licenceId": licence_id, "months": 1 })
                } else {
                    json!({ "licenceId": licence_id, "accountNumbers": ["7654321"],
                            "reason": "A reason" })
                };
            }
            "revokeLicence" => {
                let granted = self.agent.expect_done("grantLicence", licence(&self.customer)).await;
                return json!({ "licenceId": granted["id"], "reason": "A reason" });
            }
            "closeStatement" => {
                return json!({ "customerId": self.customer.id, "month": "2020-01" });
            }
            "eraseCustomer" => return erasure_of(&self.app.customer("Anna").await, "Anna"),
            "recordPayment" => return self.payment(),
            "reversePayment" => {
                let paid = self.agent.expect_done("recordPayment", self.payment()).await;
                let payments = paid["payments"].as_array().expect("payments");
                let last = payments.last().expect("a payment");
                return json!({ "paymentId": last["id"], "reason": "A reason" });
            }
            "defineSupportTerms" => return terms(301),
            _ if applications::is_about(mutation) => {
                return applications::prepared(&self.customer, &self.agent, mutation).await;
            }
            "assignTicket" => json!({ "assigneeId": self.agent.id }),
            "transferTicket" => json!({ "departmentId": department("sales") }),
            "addReply" | "addNote" => json!({ "text": "A text" }),
            "assessPriority" => json!({ "priority": "HIGH" }),
            "logTime" => json!({ "minutes": 5 }),
            "allowCharges" => json!({ "reason": "A reason" }),
            "correctTime" | "markCourtesy" => {
                let entry_id = self.agent.expect_logged(&ticket, 30).await;
                json!({ "timeEntryId": entry_id, "reason": "A reason" })
            }
            "promiseResolution" => json!({ "promisedFor": self.tomorrow() }),
            _ => json!({}),
        };
        with(on_ticket, &further)
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_repeat_of_any_mutation_gets_the_first_answer_and_records_nothing(system: System) {
    with_database(system, |database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let other_process = App::start(&database).await;
        for (mutation, steps) in MUTATIONS {
            let input = desk.prepared(mutation, steps).await;
            let input = with(input, &json!({ "idempotencyKey": key(mutation) }));
            let (by, other) = desk.callers(mutation);
            let first = by.act(mutation, input.clone()).await;
            assert_eq!(first.outcome(), "ok", "{mutation}: {}", first.text);
            let head = desk.app.head().await;
            assert!(first.position() <= head, "{mutation}");
            for by in [by, &by.at(&other_process)] {
                let again = by.act(mutation, input.clone()).await;
                assert_eq!(again.body["data"], first.body["data"], "{mutation}: {}", again.text);
            }
            // The same key of somebody else is another command.
            let others = other.act(mutation, input.clone()).await;
            assert_eq!(others.error(), None, "{mutation}: {}", others.text);
            assert_ne!(others.position(), 0);
            // What is so already is neither refused nor recorded.
            let is_news = !IS_DONE_ONCE.contains(&mutation);
            let is_recorded = desk.app.head().await > head;
            assert_eq!(is_recorded, others.outcome() == "ok" && is_news, "{mutation}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_refusal_is_repeated_even_where_the_command_would_be_accepted_by_now(system: System) {
    with_database(system, |database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let ticket = desk.customer.expect_opened("bug_report").await;
        let input = json!({ "ticketId": ticket["id"], "idempotencyKey": key("resolve") });
        let head = desk.app.head().await;
        let first = desk.agent.act("resolveTicket", input.clone()).await;
        assert_eq!(first.refusal(), Some("TICKET_NOT_ACCEPTED"));
        assert_eq!(desk.app.head().await, head);
        desk.agent.expect_done_on("acceptTicket", &ticket).await;
        let again = desk.agent.act("resolveTicket", input.clone()).await;
        assert_eq!(again.payload()["userErrors"], first.payload()["userErrors"]);
        let fresh = with(input, &json!({ "idempotencyKey": key("resolve again") }));
        assert_eq!(desk.agent.act("resolveTicket", fresh).await.outcome(), "ok");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_repeat_gets_the_first_answer_although_the_catalogue_has_changed_since(system: System) {
    with_database(system, |database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let ticket = desk.customer.expect_opened("bug_report").await;
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

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_key_that_was_used_for_another_request_is_refused(system: System) {
    with_database(system, |database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        let ticket = desk.customer.expect_opened("bug_report").await;
        let other = desk.customer.expect_opened("bug_report").await;
        let input =
            json!({ "ticketId": ticket["id"], "text": "One", "idempotencyKey": key("one") });
        desk.agent.expect_done("addReply", input.clone()).await;
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

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_update_of_what_has_changed_since_is_a_conflict_and_names_the_version(system: System) {
    with_database(system, |database| async move {
        let desk = Desk::of(App::start(&database).await).await;
        for (mutation, steps) in MUTATIONS {
            if mutation.ends_with("Shift") || mutation.ends_with("Timer") {
                continue;
            }
            let input = desk.prepared(mutation, steps).await;
            if input["ticketId"].is_null() {
                continue;
            }
            let (by, _) = desk.callers(mutation);
            let seen = by.sees(&json!({ "id": input["ticketId"] })).await;
            let version = seen["version"].as_i64().expect("a version");
            let head = desk.app.head().await;
            for wrong in [version - 1, version + 1, 0, -1, i32::MAX.into()] {
                let stale = with(input.clone(), &json!({ "expectedVersion": wrong }));
                let answer = by.act(mutation, stale).await;
                let error = &answer.body["errors"][0]["extensions"];
                assert_eq!(error["code"], "CONFLICT", "{mutation} {wrong}: {}", answer.text);
                assert_eq!(error["currentVersion"], version);
                assert_eq!(answer.status, 409);
            }
            assert_eq!(desk.app.head().await, head);
            let right = json!({ "expectedVersion": version, "idempotencyKey": key(mutation) });
            let right = with(input.clone(), &right);
            let first = by.act(mutation, right.clone()).await;
            assert_eq!(first.outcome(), "ok", "{mutation}: {}", first.text);
            // Its own first coming has made the version stale, and yet it is a repeat.
            let again = by.act(mutation, right).await;
            assert_eq!(again.body["data"], first.body["data"]);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_mutation_takes_the_keys(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let types = Types::of(&app.customer("Customer").await).await;
        let named = MUTATIONS.iter().map(|(name, _)| *name).chain(WITHOUT_KEYS);
        let mut tested: Vec<_> = named.map(str::to_owned).collect();
        tested.sort();
        assert_eq!(types.field_names("Mutation"), tested);
        for mutation in types.fields("Mutation") {
            if WITHOUT_KEYS.contains(&mutation["name"].as_str().expect("a name")) {
                continue;
            }
            let arguments = mutation["args"].as_array().expect("arguments");
            assert_eq!((arguments.len(), &arguments[0]["name"]), (1, &json!("input")));
            let input = crate::support::introspection::named_type(&arguments[0]["type"]);
            let fields = types.0[&input]["inputFields"].as_array().expect("fields").clone();
            let takes = |name: &str| fields.iter().any(|field| field["name"] == name);
            assert!(takes("idempotencyKey"), "{input}");
            // A timer is the agent's; the ticket does not change when it is started.
            let changes_a_ticket = takes("ticketId") && input != "StartTimerInput";
            assert_eq!(takes("expectedVersion"), changes_a_ticket, "{input}");
        }
    })
    .await;
}
