//! Timers of agents (B2): one each, in whole minutes, whatever is restarted.

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::staff::{StaffMember, StaffMemberId};
use servicedesk_domain::ticket::command::Work;
use servicedesk_domain::ticket::{Command, Ticket};
use servicedesk_eventlog::{CommandId, Origin};
use servicedesk_service::desk::own_context;
use uuid::Uuid;

use super::last_entry;
use crate::support::app::{App, Person};
use crate::support::{desk, on_both};

async fn timer(agent: &Person) -> Value {
    let query = "{ viewer { staffMember { timer { minutes startedAt ticket { id } } } } }";
    agent.ask(query, json!({})).await.payload()["staffMember"]["timer"].clone()
}

/// Whole minutes, half a minute up, and never less than one.
#[tokio::test]
async fn a_timer_is_stopped_in_whole_minutes() {
    on_both(|database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.opens("bug_report").await;
        for (seconds, minutes) in [(0, 1), (29, 1), (89, 1), (90, 2), (149, 2), (3_600, 60)] {
            let started = agent.done("startTimer", json!({ "ticketId": ticket["id"] })).await;
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
        agent.done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        agent.done("discardTimer", json!({})).await;
        let all = agent.timeline(&ticket).await.len();
        assert_eq!(all, 1 + 6, "what is discarded is not logged");
    })
    .await;
}

#[tokio::test]
async fn a_timer_runs_on_over_a_restart() {
    on_both(|database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.opens("bug_report").await;
        agent.done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        app.advance(TimeDelta::minutes(10));
        app.stop().await;
        let app = App::start(&database).await;
        let agent = agent.at(&app);
        app.advance(TimeDelta::minutes(10));
        assert_eq!(timer(&agent).await["minutes"], 20);
        let refused = agent.act("startTimer", json!({ "ticketId": ticket["id"] })).await;
        assert_eq!(refused.refusal(), Some("TIMER_RUNNING"));
        agent.done("stopTimer", json!({})).await;
        assert_eq!(last_entry(&app, &agent, &ticket).await["minutes"], 20);
        assert_eq!(timer(&agent).await, Value::Null);
    })
    .await;
}

/// The answer to the first was lost after the time was logged; meanwhile the agent works on.
#[tokio::test]
async fn a_repeated_stop_finishes_what_was_begun_and_leaves_the_next_timer_alone() {
    on_both(|database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let (ticket, next) =
            (customer.opens("bug_report").await, customer.opens("bug_report").await);
        agent.done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        // What stopping does first, under the id that it gives it, and no more.
        let member_id: StaffMemberId =
            servicedesk::graphql::relay::parse_id(&agent.id.clone().into()).expect("an id");
        let (member, _) =
            app.log().load::<StaffMember>(member_id.uuid()).await.expect("registered");
        let running = member.timer.expect("it runs");
        let (at, by) = (app.clock.now(), member.worker.expect("registered"));
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"stop");
        let command_id = Uuid::new_v5(&member_id.uuid(), key.as_bytes());
        let id = Uuid::new_v5(&command_id, b"log time");
        let mut context = own_context(Actor::Staff(member_id), at);
        context.command_id = CommandId { id, origin: Origin::Repeatable };
        let work = Work { minutes: 7, worked_at: at, note: None, courtesy: None };
        let (entry_id, policy) =
            (running.entry_id, servicedesk_domain::catalogue::TicketPolicy::default());
        let command = Command::LogTime { by, entry_id, work, cost: desk::free(), at, policy };
        app.log()
            .execute::<Ticket>(running.ticket_id.uuid(), command, context)
            .await
            .expect("logged");
        app.settle().await;
        agent.done("startTimer", json!({ "ticketId": next["id"] })).await;
        let again = agent.done("stopTimer", json!({ "idempotencyKey": key })).await;
        assert_eq!(again["timer"]["ticket"]["id"], next["id"], "it runs on");
        assert_eq!(last_entry(&app, &agent, &ticket).await["minutes"], 7);
        assert_eq!(last_entry(&app, &agent, &next).await, Value::Null);
    })
    .await;
}

/// Where the program ends between the ticket's event and the agent's, the timer is stopped by what
/// follows from the ticket's, and nothing is logged twice.
#[tokio::test]
async fn a_timer_whose_time_was_logged_stops_by_itself() {
    on_both(|database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.opens("bug_report").await;
        agent.done("startTimer", json!({ "ticketId": ticket["id"] })).await;
        let member_id: StaffMemberId =
            servicedesk::graphql::relay::parse_id(&agent.id.clone().into()).expect("an id");
        let (member, _) =
            app.log().load::<StaffMember>(member_id.uuid()).await.expect("registered");
        let running = member.timer.expect("it runs");
        let (at, by) = (app.clock.now(), member.worker.expect("registered"));
        let work = Work { minutes: 7, worked_at: at, note: None, courtesy: None };
        let (entry_id, policy) =
            (running.entry_id, servicedesk_domain::catalogue::TicketPolicy::default());
        let command = Command::LogTime { by, entry_id, work, cost: desk::free(), at, policy };
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
