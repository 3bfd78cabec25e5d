//! Lines are recorded at their moment, once, whichever process runs, and also what was crossed
//! while none did (S2).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use servicedesk_domain::ticket::TicketEvent;
use servicedesk_eventlog::reader;
use servicedesk_service::sla::timers;
use test_case::test_case;

use crate::support::app::App;
use crate::support::clock::start;

/// The lines in the log: of which ticket, of which sort, and the hours from the start to it.
async fn lines(app: &App) -> Vec<(&'static str, i64)> {
    let events = reader::read_after(app.log().db(), 0, 10_000).await.expect("a sound log");
    let line = |event: &servicedesk_eventlog::Recorded| match event.event.as_ticket()? {
        TicketEvent::TargetAtRisk(line) => Some(("at risk", (line.at - start()).num_minutes())),
        TicketEvent::TargetBreached(line) => Some(("breached", (line.at - start()).num_minutes())),
        _ => None,
    };
    events.iter().filter_map(line).collect()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn whatever_was_crossed_is_recorded_once_by_several_processes(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let other = App::start(&database).await;
        let customer = app.customer("Customer").await;
        for _ in 0..5 {
            customer.expect_opened("bug_report").await;
        }
        app.settle().await;
        let desks = [&app.service.app.desk, &other.service.app.desk];
        let record = || async {
            let [one, two] = desks.map(timers::record_due);
            let (one, two) = tokio::join!(one, two);
            one.expect("recorded");
            two.expect("recorded");
        };
        record().await;
        assert_eq!(lines(&app).await, [], "nothing is due");
        app.advance(TimeDelta::hours(4));
        record().await;
        app.settle().await;
        let found = lines(&app).await;
        assert_eq!(found.iter().filter(|line| **line == ("at risk", 180)).count(), 5);
        record().await;
        assert_eq!(lines(&app).await, found, "nothing is recorded twice");
    })
    .await;
}

/// The desk was down over everything: what was crossed carries the moment at which it was.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_was_crossed_while_nothing_ran_is_recorded_with_its_moment(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("bug_report").await;
        app.settle().await;
        app.stop().await;
        database.clock.advance(TimeDelta::days(30));
        let app = App::start(&database).await;
        timers::record_due(&app.service.app.desk).await.expect("recorded");
        let agent = app.agent("Agent", &["technical"]).await;
        app.settle().await;
        let expected =
            [("at risk", 180), ("breached", 240), ("at risk", 1_080), ("breached", 1_440)];
        assert_eq!(lines(&app).await, expected);
        // The timeline says when each line was crossed and of which target, not when it was noticed.
        let entries = agent.timeline(&ticket).await;
        let shown = entries.iter().filter(|entry| entry["kind"] != "OPENED").map(|entry| {
            let at: DateTime<Utc> =
                entry["occurredAt"].as_str().expect("a moment").parse().expect("one");
            (entry["target"].as_str().expect("a target"), (at - start()).num_minutes())
        });
        let expected = [
            ("FIRST_RESPONSE", 180),
            ("FIRST_RESPONSE", 240),
            ("PROCESSING", 1_080),
            ("PROCESSING", 1_440),
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
        let targets = super::targets(&agent, &ticket).await;
        let since: Vec<&Value> = targets.iter().map(|target| &target["breachedSince"]).collect();
        assert!(since.iter().all(|moment| moment.is_string()), "{since:?}");
    })
    .await;
}

/// The service's own task records without being asked.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_service_records_by_itself(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        customer.expect_opened("bug_report").await;
        app.settle().await;
        let mut head = app.log().watch();
        app.advance(TimeDelta::days(3));
        // What was just done has moved the head; the next move is the timers'.
        head.borrow_and_update();
        let moved = tokio::time::timeout(std::time::Duration::from_secs(30), head.changed()).await;
        moved.expect("it does so soon").expect("the log is open");
        assert_eq!(lines(&app).await.len(), 4);
    })
    .await;
}

/// A line that nobody recorded in time is recorded by what happens next, before it.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_resolution_records_what_was_crossed_before_it(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        app.advance(TimeDelta::days(3));
        agent.expect_done_on("resolveTicket", &ticket).await;
        assert_eq!(lines(&app).await.len(), 4);
        let shown = super::targets(&agent, &ticket).await;
        assert_eq!(super::states(&shown), ["FIRST_RESPONSE BREACHED", "PROCESSING BREACHED"]);
        let input = json!({ "ticketId": ticket["id"] });
        assert_eq!(customer.act("closeTicket", input).await.outcome(), "ok");
        app.settle().await;
        timers::record_due(&app.service.app.desk).await.expect("nothing is due");
        assert_eq!(lines(&app).await.len(), 4);
    })
    .await;
}
