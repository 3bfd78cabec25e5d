//! What happens at the same time as an erasure, or comes after it.

use serde_json::json;
use servicedesk_domain::Event;
use servicedesk_domain::customer::{self, Customer, CustomerId};
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::staff::Role;
use servicedesk_domain::ticket::TicketEvent;
use servicedesk_eventlog::reader;
use servicedesk_service::desk::own_context;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, opening, with};
use crate::support::database::opened;
use crate::support::payloads::erasure_of;
use crate::support::{System, with_database};

const WITHOUT_KEY: &str = "SELECT COUNT(*) FROM person_keys WHERE wrapped = ''";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn replies_while_somebody_is_erased_are_recorded_unreadably_or_refused(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let other_process = App::start(&database).await;
        let admin = app.staff("Admin", Role::Admin, &["technical"]).await;
        let anna = app.customer("Anna").await;
        let ticket = anna.expect_opened("bug_report").await;
        let first = json!({ "ticketId": ticket["id"], "text": "medovukha",
                            "idempotencyKey": uuid::Uuid::from_u128(7) });
        let answer = admin.act("addReply", first.clone()).await;
        assert_eq!(answer.outcome(), "ok", "{}", answer.text);
        let erasing = admin.act("eraseCustomer", erasure_of(&anna, "Anna"));
        let replies = (0..40).map(|number| {
            let of = if number % 2 == 0 { &app } else { &other_process };
            let admin = admin.at(of);
            let text = format!("medovukha {number}");
            let input = json!({ "ticketId": ticket["id"], "text": text });
            async move { admin.act("addReply", input).await }
        });
        let (erased, replies) = tokio::join!(erasing, futures::future::join_all(replies));
        assert_eq!(erased.outcome(), "ok", "{}", erased.text);
        for reply in &replies {
            assert!(reply.outcome() == "ok" || reply.error() == Some("ERASED"), "{}", reply.text);
        }
        app.settle().await;
        let shown = admin.timeline(&ticket).await;
        assert!(!json!(shown).to_string().contains("medovukha"), "{shown:?}");
        assert_eq!(database.number(WITHOUT_KEY).await, 1);
        let again = admin.at(&other_process).act("addReply", first).await;
        assert_eq!(again.position(), answer.position(), "{}", again.text);
        // No process has another key.
        let late = json!({ "ticketId": ticket["id"], "text": "medovukha" });
        for app in [&app, &other_process] {
            let refused = admin.at(app).act("addReply", late.clone()).await;
            assert_eq!(refused.error(), Some("ERASED"), "{}", refused.text);
        }
        assert_eq!(database.number(WITHOUT_KEY).await, 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_an_operator_or_the_program_records_late_is_recorded_without_its_text(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let customer_id = CustomerId::named("Anna");
        // The key is gone before the first event about her, as after a lost race.
        let erase = format!(
            "INSERT INTO person_keys (person, kek, wrapped) VALUES ('{customer_id}', '', '')"
        );
        database.run(&erase).await.expect("her key is gone");
        let register = customer::Command::Register { customer_id, name: "Anna".to_owned() };
        let context = own_context(Actor::Operator, database.clock.now());
        log.execute::<Customer>(customer_id.uuid(), register, context).await.expect("recorded");
        let stored = database.texts("SELECT CAST(payload AS TEXT) FROM events").await;
        assert!(!format!("{stored:?}").contains("Anna"), "{stored:?}");
        let read = reader::read_after(log.db(), 0, 10).await.expect("a sound log");
        let [event] = &opened(log.db(), read).await[..] else { panic!("one event") };
        let Event::Customer(customer::CustomerEvent::Registered { name, .. }) = &event.event else {
            panic!("{event:?}");
        };
        assert_eq!(name.reveal(), None);
        assert_eq!(database.number(WITHOUT_KEY).await, 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_value_that_was_moved_in_the_database_is_damage(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let anna = app.customer("Anna").await;
        let words = json!({ "subject": "One", "text": "Other" });
        let ticket = anna.expect_done("openTicket", with(opening("finance"), &words)).await;
        let id = app.head().await;
        let read = || reader::read_after(app.log().db(), 0, 10_000);
        let is_opening = |event: &&servicedesk_eventlog::Recorded| {
            matches!(event.event.as_ticket(), Some(TicketEvent::Opened { .. }))
        };
        let events = read().await.expect("a sound log");
        let opening = events.iter().find(is_opening).expect("the opening");
        let position = opening.position;
        assert!(position <= id && ticket["number"] == "SD-000001");
        let payload =
            format!("SELECT CAST(payload AS TEXT) FROM events WHERE position = {position}");
        let payload = database.texts(&payload).await.remove(0).expect("a payload");
        let swapped = payload
            .replace("\"subject\":", "\"swapped\":")
            .replace("\"text\":", "\"subject\":")
            .replace("\"swapped\":", "\"text\":");
        assert_ne!(payload, swapped);
        let update = format!("UPDATE events SET payload = '{swapped}' WHERE position = {position}");
        let update = if database.is_postgres() {
            format!(
                "ALTER TABLE events DISABLE TRIGGER events_append_only; {update}; \
                 ALTER TABLE events ENABLE TRIGGER events_append_only"
            )
        } else {
            format!("DROP TRIGGER events_no_update; {update}")
        };
        database.run(&update).await.expect("the owner can");
        let read = read().await;
        let error = read.expect_err("the values are not where they belong").to_string();
        assert!(error.contains("belongs elsewhere"), "{error}");
        assert!(!error.contains("One") && !error.contains("Other"));
    })
    .await;
}
