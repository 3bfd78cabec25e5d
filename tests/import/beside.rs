//! An import beside a running service: background work keeps its hands off the tickets of the file,
//! until the import is through, or for a day if it dies.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::sync::Mutex;
use test_case::test_case;

use chrono::TimeDelta;
use servicedesk_domain::Event;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::TicketEvent;
use servicedesk_domain::ticket::events::ClosingBasis;
use servicedesk_eventlog::Recorded;
use servicedesk_service::catalogue::seed;
use servicedesk_service::import::{Import, LineResult};
use servicedesk_service::sla::timers;
use servicedesk_service::ticket::expiry;

use super::{content, history_file, import_into};
use crate::support::app::App;
use crate::support::{TestDatabase, in_time, on_sqlite};

/// Sixty tickets of 2020, an hour apart, whose steps lie days apart; every fifth is never closed.
fn file() -> Vec<u8> {
    let mut lines = Vec::new();
    for ticket in 0..60 {
        for (day, hour, what) in [(1, 0, "open"), (1, 1, "take"), (2, 0, "solve"), (4, 0, "close")]
        {
            if what == "close" && ticket % 5 == 0 {
                continue;
            }
            let (day, hour) = (day + (ticket + hour) / 24, (ticket + hour) % 24);
            let line = format!("{ticket};{what};anna;2020-01-{day:02} {hour:02}:07;Acme;P 1;one;");
            lines.push((day, hour, line));
        }
    }
    lines.sort();
    history_file(lines.iter().map(|(.., line)| line.as_str()))
}

/// What became of the lines, without where it is in the log.
fn results(import: &Import) -> Vec<String> {
    let result = |line: &LineResult| match line {
        LineResult::Recorded { events, .. } => events.join(" "),
        other => format!("{other:?}"),
    };
    import.lines.iter().map(|line| result(&line.result)).collect()
}

/// What becomes of the file where no service runs, with the service levels of the default catalogue.
async fn alone_with_clocks(file: &[u8]) -> Import {
    let found = Mutex::new(None);
    let found_by = &found;
    on_sqlite(|database| async move {
        let log = database.log().await;
        seed::load_default(&log).await.expect("the default catalogue");
        let import = import_into(&log, file, 256).await.expect("an import");
        *found_by.lock().expect("no panic") = Some(import);
    })
    .await;
    found.lock().expect("no panic").take().expect("an import")
}

/// Does all background work, again and again.
async fn work(app: &App) {
    let desk = &app.service.app.desk;
    loop {
        expiry::close_due(desk).await.expect("what is due is closed");
        timers::record_due(desk).await.expect("lines are recorded");
        tokio::task::yield_now().await;
    }
}

async fn closed_by_themselves(database: &TestDatabase) -> usize {
    let is_expiry = |event: &Event| {
        matches!(event.as_ticket(), Some(TicketEvent::Closed { basis: ClosingBasis::Expiry, .. }))
    };
    content(database).await.iter().filter(|recorded| is_expiry(&recorded.event)).count()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_service_that_runs_beside_changes_nothing(system: System) {
    let file = &file();
    let alone = &alone_with_clocks(file).await;
    assert_eq!(alone.summary.recorded, alone.lines.len());
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let importing = async {
            let log = database.log().await;
            import_into(&log, file, 2).await.expect("an import")
        };
        let import = tokio::select! {
            import = importing => import,
            () = work(&app) => unreachable!("it goes on for ever"),
        };
        assert_eq!(results(&import), results(alone));
        app.settle().await;
        let tickets = content(&database).await;
        // The import is through, so the service may have begun to act on the tickets.
        let by_itself = |event: &&Recorded| event.metadata.actor == Actor::Scheduler;
        let of_tickets = tickets.iter().filter(|event| event.event.as_ticket().is_some());
        let of_tickets = of_tickets.filter(|event| !by_itself(event));
        let held = database.number("SELECT COUNT(*) FROM held_requests").await;
        assert_eq!(held, 0, "the import is through");
        assert_eq!(of_tickets.count(), alone.summary.events.values().sum::<usize>());

        in_time("the rest", close_all(&app, &database)).await;
    })
    .await;
}

/// What the history left resolved closes by itself now.
async fn close_all(app: &App, database: &TestDatabase) {
    while closed_by_themselves(database).await < 12 {
        app.settle().await;
        expiry::close_due(&app.service.app.desk).await.expect("what is due is closed");
    }
    assert_eq!(closed_by_themselves(database).await, 12);
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_import_that_died_holds_its_tickets_for_a_day(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let file = file();
        let log = database.log().await;
        let mut head = log.watch();
        let enough = log.head() + 400;
        tokio::select! {
            biased;
            _ = head.wait_for(|head| *head >= enough) => {}
            import = import_into(&log, &file, 4) => panic!("it is through: {import:?}"),
        }
        drop(log);
        let desk = &app.service.app.desk;
        let act = async || {
            app.settle().await;
            let closed = expiry::close_due(desk).await.expect("what is due is closed");
            let crossed = timers::record_due(desk).await.expect("lines are recorded");
            app.settle().await;
            (closed, crossed)
        };
        app.advance(TimeDelta::hours(23));
        assert_eq!(act().await, (0, 0));
        assert_eq!(closed_by_themselves(&database).await, 0);
        app.advance(TimeDelta::hours(2));
        act().await;
        // The service's own background work may have been faster.
        assert!(closed_by_themselves(&database).await > 0);
    })
    .await;
}
