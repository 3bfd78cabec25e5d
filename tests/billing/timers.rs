//! Timers of agents (B2): one each, in whole minutes, whatever is restarted.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use futures::future::{join, join_all};
use serde_json::{Value, json};
use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::staff::{StaffMember, StaffMemberId};
use servicedesk_domain::ticket::command::{LogTime, NewEntry, Work};
use servicedesk_domain::ticket::{Ticket, TicketEvent, TimeEntryId};
use servicedesk_eventlog::{CommandId, Origin};
use servicedesk_service::desk::{fingerprint, own_context};
use test_case::test_case;
use uuid::Uuid;

use super::last_entry;
use crate::support::app::{App, Person};
use crate::support::desk;

async fn timer(agent: &Person) -> Value {
    let query = "{ viewer { staffMember { timer { minutes startedAt ticket { id } } } } }";
    agent.ask(query, json!({})).await.payload()["staffMember"]["timer"].clone()
}

/// The input of `stopTimer` as the service reads it.
#[derive(serde::Serialize)]
struct StopTimerInput {
    note: Option<String>,
    courtesy_reason: Option<String>,
    idempotency_key: Uuid,
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_timer_is_stopped_in_whole_minutes(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        // Never less than one, and no minute that has only begun.
        for (seconds, minutes) in [(0, 1), (59, 1), (119, 1), (120, 2), (179, 2), (3_600, 60)] {
            // A timer of less than a minute takes the minute that is logged.
            app.advance(TimeDelta::minutes(1));
            let started =
                agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
            assert_eq!(started["timer"]["ticket"]["id"], ticket["id"]);
            app.advance(TimeDelta::seconds(seconds));
            let query = "mutation { stopTimer(input: { note: \"Looked into it\" }) { \
                 staffMember { timer { minutes } } userErrors { message } \
                 timeEntry { minutes note settlement { freeMinutes } } } }";
            let stopped = agent.ask(query, json!({})).await;
            let payload = stopped.payload();
            assert_eq!(payload["staffMember"]["timer"], Value::Null, "{}", stopped.text);
            let entry = json!({ "minutes": minutes, "note": "Looked into it",
                                "settlement": { "freeMinutes": minutes } });
            assert_eq!(payload["timeEntry"], entry, "{}", stopped.text);
            let entry = last_entry(&app, &agent, &ticket).await;
            assert_eq!(entry["minutes"], minutes, "after {seconds} seconds");
        }
        agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        agent.expect_done("discardTimer", json!({})).await;
        let all = agent.timeline(&ticket).await.len();
        assert_eq!(all, 1 + 6, "what is discarded is not logged");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_timer_runs_on_over_a_restart(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        app.advance(TimeDelta::minutes(10));
        app.stop().await;
        let app = App::start(&database).await;
        let agent = agent.at(&app);
        app.advance(TimeDelta::minutes(10));
        assert_eq!(timer(&agent).await["minutes"], 20);
        let refused = agent.act("startTimer", json!({ "ticketId": ticket["id"] })).await;
        assert_eq!(refused.refusal(), Some("TIMER_RUNNING"));
        agent.expect_done("stopTimer", json!({})).await;
        assert_eq!(last_entry(&app, &agent, &ticket).await["minutes"], 20);
        assert_eq!(timer(&agent).await, Value::Null);
    })
    .await;
}

/// The answer to the first was lost after the time was logged; meanwhile the agent works on.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_repeated_stop_finishes_what_was_begun_and_leaves_the_next_timer_alone(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let (ticket, next) = (
            customer.expect_opened("bug_report").await,
            customer.expect_opened("bug_report").await,
        );
        agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        // What stopping does first, under the id that it gives it, and no more.
        let member_id: StaffMemberId =
            servicedesk::graphql::relay::parse_id(&agent.id.clone().into()).expect("an id");
        let (member, _) =
            app.log().load::<StaffMember>(member_id.uuid()).await.expect("registered");
        let running = member.timer.expect("it runs");
        let (at, by) = (app.clock.now(), member.worker.expect("registered"));
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"stop");
        let command_id = Uuid::new_v5(&member_id.uuid(), key.as_bytes());
        let claimed = Uuid::new_v5(&command_id, b"claimed");
        let id = Uuid::new_v5(&claimed, b"log time");
        let mut context = own_context(Actor::Staff(member_id), at);
        context.command_id = CommandId { id, origin: Origin::Repeatable };
        let input = StopTimerInput { note: None, courtesy_reason: None, idempotency_key: key };
        context.fingerprint = fingerprint("stopTimer", &input).expect("a number");
        let work = worked(at);
        let entry = new_entry(running.entry_id, work);
        let command = (LogTime { by, entry }.into(), desk::unmeasured(at));
        app.log()
            .execute::<Ticket>(running.ticket_id.uuid(), command, context)
            .await
            .expect("logged");
        app.settle().await;
        agent.expect_done("startTimer", json!({ "ticketId": next["id"] })).await;
        let again = agent.expect_done("stopTimer", json!({ "idempotencyKey": key })).await;
        assert_eq!(again["timer"]["ticket"]["id"], next["id"], "it runs on");
        assert_eq!(last_entry(&app, &agent, &ticket).await["minutes"], 7);
        assert_eq!(last_entry(&app, &agent, &next).await, Value::Null);
    })
    .await;
}

/// Where the program ends between the ticket's event and the agent's, the timer is stopped by what
/// follows from the ticket's, and nothing is logged twice.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_timer_whose_time_was_logged_stops_by_itself(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        let member_id: StaffMemberId =
            servicedesk::graphql::relay::parse_id(&agent.id.clone().into()).expect("an id");
        let (member, _) =
            app.log().load::<StaffMember>(member_id.uuid()).await.expect("registered");
        let running = member.timer.expect("it runs");
        let (at, by) = (app.clock.now(), member.worker.expect("registered"));
        let work = worked(at);
        let entry = new_entry(running.entry_id, work);
        let command = (LogTime { by, entry }.into(), desk::unmeasured(at));
        let context = own_context(Actor::Staff(member_id), at);
        let id = running.ticket_id.uuid();
        app.log().execute::<Ticket>(id, command, context).await.expect("logged");
        app.settle().await;
        app.settle().await;
        assert_eq!(timer(&agent).await, Value::Null);
        let refused = agent.act("stopTimer", json!({})).await;
        assert_eq!(refused.refusal(), Some("TIMER_NOT_RUNNING"));
        assert_eq!(last_entry(&app, &agent, &ticket).await["minutes"], 7);
    })
    .await;
}

/// A line belongs to those who were responsible when it was crossed, so what was crossed while the
/// timer ran is recorded before the time that it took.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_was_crossed_before_a_timer_is_stopped_is_recorded_first(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        // Long enough for every line.
        app.advance(TimeDelta::days(30));
        agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        agent.expect_done("stopTimer", json!({})).await;
        let events = app.log().read_after(0, 1_000).await.expect("the log is read");
        let crossed =
            |event: &Event| event.as_clock().is_some_and(|one| one.as_crossed().is_some());
        let lines = events.iter().rposition(|recorded| crossed(&recorded.event));
        let logged = events.iter().rposition(|recorded| {
            matches!(recorded.event, Event::Ticket(TicketEvent::TimeLogged { .. }))
        });
        assert!(lines.expect("lines were crossed") < logged.expect("time was logged"));
    })
    .await;
}

/// The key is known to belong to a reply before any minute is drawn or charged.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_key_that_was_used_for_another_request_logs_no_time(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"used");
        let reply = json!({ "ticketId": ticket["id"], "text": "Hello", "idempotencyKey": key });
        agent.expect_done("addReply", reply).await;
        agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        app.advance(TimeDelta::minutes(7));
        let refused = agent.act("stopTimer", json!({ "idempotencyKey": key })).await;
        assert_eq!(refused.error(), Some("BAD_USER_INPUT"), "{}", refused.text);
        assert_eq!(last_entry(&app, &agent, &ticket).await, Value::Null);
        assert_eq!(timer(&agent).await["minutes"], 7, "it runs on");
    })
    .await;
}

/// One key, two requests, one moment: whichever comes first has the key, and of the other nothing is
/// recorded, not even its first step.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn of_two_requests_with_one_key_one_does_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        for round in 0..20_u32 {
            let ticket = customer.expect_opened("bug_report").await;
            agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
            app.advance(TimeDelta::minutes(7));
            let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, &round.to_be_bytes());
            let note = json!({ "ticketId": ticket["id"], "text": "Note", "idempotencyKey": key });
            let (stop, note) = join(
                agent.act("stopTimer", json!({ "idempotencyKey": key })),
                agent.act("addNote", note),
            )
            .await;
            let is_logged = last_entry(&app, &agent, &ticket).await != Value::Null;
            if stop.error().is_none() {
                assert_eq!((stop.outcome(), is_logged), ("ok", true), "{}", stop.text);
                assert_eq!(note.error(), Some("BAD_USER_INPUT"), "{}", note.text);
            } else {
                assert_eq!(stop.error(), Some("BAD_USER_INPUT"), "{}", stop.text);
                assert_eq!((note.outcome(), is_logged), ("ok", false), "{}", note.text);
                agent.expect_done("discardTimer", json!({})).await;
            }
        }
    })
    .await;
}

/// A timer is stopped by one request; the others are told that it does not run.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_timer_that_several_stop_at_once_is_stopped_once(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        for round in 0..5_u32 {
            let ticket = customer.expect_opened("bug_report").await;
            agent.expect_done("startTimer", json!({ "ticketId": ticket["id"] })).await;
            app.advance(TimeDelta::minutes(7));
            let stop = |number: u32| {
                let key = [round.to_be_bytes(), number.to_be_bytes()].concat();
                let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, &key);
                agent.act("stopTimer", json!({ "idempotencyKey": key }))
            };
            let answers = join_all((0..4).map(stop)).await;
            let refused = answers.iter().filter_map(|answer| answer.refusal());
            let refused: Vec<&str> = refused.collect();
            assert_eq!(refused, ["TIMER_NOT_RUNNING"; 3]);
        }
    })
    .await;
}

/// The first answer holds, whatever has begun since.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_refused_stop_that_is_repeated_logs_no_time_of_a_later_timer(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"early");
        for _ in 0..2 {
            let refused = agent.act("stopTimer", json!({ "idempotencyKey": key })).await;
            assert_eq!(refused.refusal(), Some("TIMER_NOT_RUNNING"));
            assert_eq!(last_entry(&app, &agent, &ticket).await, Value::Null);
            agent.act("startTimer", json!({ "ticketId": ticket["id"] })).await;
        }
    })
    .await;
}

/// Seven minutes of a timer that was stopped at this moment.
fn worked(worked_at: Moment) -> Work {
    let (started_at, note, courtesy, overlap) = (Some(worked_at), None, None, None);
    Work { minutes: 7, started_at, worked_at, note, courtesy, overlap }
}

fn new_entry(entry_id: TimeEntryId, work: Work) -> NewEntry {
    NewEntry { entry_id, work, cost: desk::free(), closed_at: None }
}
