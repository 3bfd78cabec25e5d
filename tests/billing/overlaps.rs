//! One agent does not work on two things at the same time, unless they say why (B3); and time is
//! logged as it was: with its real end, and after the ticket was closed.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use servicedesk::graphql::relay::parse_id;
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::staff::{StaffMember, StaffMemberId};
use servicedesk_domain::ticket::command::{LogTime, NewEntry, Work};
use servicedesk_domain::ticket::{Ticket, TicketId, TimeEntryId};
use servicedesk_service::desk::own_context;
use test_case::test_case;

use super::last_entry;
use crate::support::app::{Answer, App, Person, with};
use crate::support::desk;

/// Logs time and asks for everything that is said of an overlap.
async fn log(agent: &Person, input: Value) -> Answer {
    let query = "mutation($input: LogTimeInput!) { logTime(input: $input) { position timeEntry \
         { id startedAt workedAt overlapReason } userErrors { message field ... on TicketError \
         { code overlap { startedAt endedAt ticket { id } } } } } }";
    agent.ask(query, json!({ "input": input })).await
}

fn worked(ticket: &Value, minutes: u32, worked_at: Moment) -> Value {
    json!({ "ticketId": ticket["id"], "minutes": minutes, "workedAt": worked_at })
}

fn moment(told: &Value) -> Moment {
    told.as_str().expect("a moment").parse().expect("a moment")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn time_that_overlaps_needs_a_reason(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let colleague = app.agent("Colleague", &["technical"]).await;
        let one = customer.expect_opened("bug_report").await;
        let two = customer.expect_opened("bug_report").await;
        let now = app.clock.now();
        let first = log(&agent, worked(&one, 30, now)).await.payload()["timeEntry"].clone();
        let began = now - TimeDelta::minutes(30);
        assert_eq!(moment(&first["startedAt"]), began);

        let late = now - TimeDelta::minutes(20);
        let head = app.head().await;
        let refused = log(&agent, worked(&two, 15, late)).await;
        assert_eq!(refused.refusal(), Some("WORK_OVERLAPS"), "{}", refused.text);
        let overlap = &refused.payload()["userErrors"][0]["overlap"];
        assert_eq!(overlap["ticket"]["id"], one["id"]);
        let other = (moment(&overlap["startedAt"]), moment(&overlap["endedAt"]));
        assert_eq!(other, (began, now));
        assert_eq!(app.head().await, head, "a refusal records nothing");
        // It is about the agent, not about the ticket, and only what overlaps.
        let of_colleague = log(&colleague, worked(&two, 15, late)).await;
        assert_eq!(of_colleague.refusal(), None, "{}", of_colleague.text);
        let before = log(&agent, worked(&two, 15, began)).await;
        assert_eq!(before.refusal(), None, "{}", before.text);

        let reason = json!({ "overlapReason": " Two customers in one call " });
        let explained = log(&agent, with(worked(&two, 15, late), &reason)).await;
        let entry = &explained.payload()["timeEntry"];
        assert_eq!(entry["overlapReason"], "Two customers in one call", "{}", explained.text);
        let reason = json!({ "overlapReason": " " });
        let empty = log(&agent, with(worked(&two, 15, late), &reason)).await;
        assert_eq!(empty.refusal(), Some("TEXT_EMPTY"));
        assert_eq!(empty.payload()["userErrors"][0]["field"], json!(["input", "overlapReason"]));

        // What comes in place of a wrong entry may take its time; what was taken back takes none.
        let correct = json!({ "ticketId": one["id"], "timeEntryId": first["id"], "reason": "Wrong",
                              "instead": { "minutes": 5, "workedAt": now } });
        agent.expect_done("correctTime", correct).await;
        let free = log(&agent, worked(&two, 4, now - TimeDelta::minutes(5))).await;
        assert_eq!(free.refusal(), None, "{}", free.text);
        let taken = log(&agent, worked(&two, 5, now)).await;
        assert_eq!(taken.refusal(), Some("WORK_OVERLAPS"), "{}", taken.text);
    })
    .await;
}

/// Two tickets at the same instant, in two processes: the agent's time is given to one of them.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn time_logged_at_the_same_instant_is_logged_once(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let another = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let mut tickets = Vec::new();
        for _ in 0..8 {
            tickets.push(customer.expect_opened("bug_report").await);
        }
        app.settle().await;
        another.settle().await;
        let there = agent.at(&another);
        for round in 0..5 {
            app.advance(TimeDelta::hours(1));
            let now = app.clock.now();
            let logging = tickets.iter().enumerate().map(|(number, ticket)| {
                let by = if number % 2 == 0 { &agent } else { &there };
                // Each overlaps each.
                let seconds = i64::try_from(number).expect("few");
                log(by, worked(ticket, 5, now - TimeDelta::seconds(seconds)))
            });
            let answers = join_all(logging).await;
            let outcomes: Vec<_> = answers.iter().map(Answer::outcome).collect();
            let logged = outcomes.iter().filter(|outcome| **outcome == "ok").count();
            assert_eq!(logged, 1, "round {round}: {outcomes:?}");
            assert!(
                outcomes.iter().all(|outcome| ["ok", "WORK_OVERLAPS"].contains(outcome)),
                "round {round}: {outcomes:?}"
            );
        }
        another.stop().await;
    })
    .await;
}

/// Time that was logged before agents' time was reserved, or imported, is known from the tickets.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn time_that_was_never_reserved_is_taken_too(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let one = customer.expect_opened("bug_report").await;
        let two = customer.expect_opened("bug_report").await;
        let member_id: StaffMemberId = parse_id(&agent.id.clone().into()).expect("an id");
        let ticket_id: TicketId =
            parse_id(&one["id"].as_str().expect("an id").into()).expect("an id");
        let (member, _) = app.log().load::<StaffMember>(member_id.uuid()).await.expect("there");
        let at = app.clock.now();
        for name in ["old", "older"] {
            // They overlap, and nobody was asked.
            let (started_at, note, courtesy, overlap) = (None, None, None, None);
            let work = Work { minutes: 7, started_at, worked_at: at, note, courtesy, overlap };
            let entry_id = TimeEntryId::named(name);
            let entry = NewEntry { entry_id, work, cost: desk::free(), closed_at: None };
            let by = member.worker.clone().expect("registered");
            let command = (LogTime { by, entry }.into(), desk::unmeasured(at));
            let context = own_context(Actor::Staff(member_id), at);
            let done = app.log().execute::<Ticket>(ticket_id.uuid(), command, context).await;
            done.expect("logged");
        }
        let refused = log(&agent, worked(&two, 10, at)).await;
        assert_eq!(refused.refusal(), Some("WORK_OVERLAPS"), "{}", refused.text);
        let before = log(&agent, worked(&two, 10, at - TimeDelta::minutes(7))).await;
        assert_eq!(before.refusal(), None, "{}", before.text);
    })
    .await;
}

/// A timer that was forgotten is stopped at the real end, and its time is work until then.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_forgotten_timer_is_stopped_at_the_real_end(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let one = customer.expect_opened("bug_report").await;
        let two = customer.expect_opened("bug_report").await;
        let started = agent.expect_done_on("startTimer", &one).await;
        let started = moment(&started["timer"]["startedAt"]);
        app.advance(TimeDelta::hours(30));
        app.settle().await;
        let now = app.clock.now();
        let running = log(&agent, worked(&two, 5, now)).await;
        assert_eq!(running.refusal(), Some("WORK_OVERLAPS"), "{}", running.text);
        let overlap = &running.payload()["userErrors"][0]["overlap"];
        assert_eq!(
            (&overlap["ticket"]["id"], moment(&overlap["startedAt"])),
            (&one["id"], started)
        );

        let stop = |ended_at: Moment| json!({ "endedAt": ended_at });
        for (input, code, until) in [
            (json!({}), "TIME_TOO_LONG", None),
            (stop(now + TimeDelta::hours(1)), "TIME_IN_FUTURE", None),
            (stop(started), "ENDED_BEFORE_START", Some(started)),
            (stop(started - TimeDelta::days(1)), "ENDED_BEFORE_START", Some(started)),
        ] {
            let refused = agent.act("stopTimer", input.clone()).await;
            assert_eq!(refused.refusal(), Some(code), "{input}: {}", refused.text);
            let told = &refused.payload()["userErrors"][0]["until"];
            assert_eq!(told.is_string().then(|| moment(told)), until);
        }
        let stopped =
            agent.expect_done("stopTimer", stop(started + TimeDelta::seconds(1_815))).await;
        assert_eq!(stopped["timer"], Value::Null);
        assert_eq!(last_entry(&app, &agent, &one).await["minutes"], 30, "rounded");
        // It takes the time from its start to its end, not the rounded one.
        let end = started + TimeDelta::seconds(1_815);
        let overlapping = log(&agent, worked(&two, 5, end + TimeDelta::seconds(299))).await;
        assert_eq!(overlapping.refusal(), Some("WORK_OVERLAPS"), "{}", overlapping.text);
        let next = log(&agent, worked(&two, 5, end + TimeDelta::seconds(300))).await;
        assert_eq!(next.refusal(), None, "{}", next.text);
    })
    .await;
}

/// A timer whose time overlaps other time runs on, until a reason is given.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_timer_that_overlaps_needs_a_reason(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let one = customer.expect_opened("bug_report").await;
        let two = customer.expect_opened("bug_report").await;
        agent.expect_done_on("startTimer", &one).await;
        app.advance(TimeDelta::minutes(30));
        let reason = json!({ "overlapReason": "A short call" });
        let call = with(worked(&two, 5, app.clock.now()), &reason);
        assert_eq!(log(&agent, call).await.refusal(), None);
        let refused = agent.act("stopTimer", json!({})).await;
        assert_eq!(refused.refusal(), Some("WORK_OVERLAPS"), "{}", refused.text);
        let stopped = agent.expect_done("stopTimer", reason).await;
        assert_eq!(stopped["timer"], Value::Null);
    })
    .await;
}

/// Work from before the closing can be logged after it, whichever closing was the last.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn time_from_before_the_closing_is_logged_after_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done_on("startTimer", &ticket).await;
        app.advance(TimeDelta::hours(1));
        customer.expect_done_on("closeTicket", &ticket).await;
        let closed = moment(&agent.sees(&ticket).await["closedAt"]);
        app.advance(TimeDelta::days(2));
        app.settle().await;
        for input in [json!({}), json!({ "endedAt": closed + TimeDelta::seconds(1) })] {
            let refused = agent.act("stopTimer", input).await;
            assert_eq!(refused.refusal(), Some("TICKET_CLOSED"), "{}", refused.text);
        }
        agent.expect_done("stopTimer", json!({ "endedAt": closed })).await;
        assert_eq!(last_entry(&app, &agent, &ticket).await["minutes"], 60);

        let after = log(&agent, worked(&ticket, 5, closed + TimeDelta::seconds(1))).await;
        assert_eq!(after.refusal(), Some("TICKET_CLOSED"), "{}", after.text);
        let before = log(&agent, worked(&ticket, 5, closed - TimeDelta::hours(2))).await;
        assert_eq!(before.refusal(), None, "{}", before.text);
        let now = log(&agent, json!({ "ticketId": ticket["id"], "minutes": 5 })).await;
        assert_eq!(now.refusal(), Some("TICKET_CLOSED"), "{}", now.text);
        let start = agent.act("startTimer", json!({ "ticketId": ticket["id"] })).await;
        assert_eq!(start.refusal(), Some("TICKET_CLOSED"), "{}", start.text);

        // It was open again in between.
        agent.expect_done_on("reopenTicket", &ticket).await;
        app.advance(TimeDelta::hours(1));
        customer.expect_done_on("closeTicket", &ticket).await;
        app.advance(TimeDelta::hours(1));
        let between = log(&agent, worked(&ticket, 5, closed + TimeDelta::days(1))).await;
        assert_eq!(between.refusal(), None, "{}", between.text);
    })
    .await;
}
