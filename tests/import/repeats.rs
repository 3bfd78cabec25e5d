//! The same file always gives the same log: run again, run in parts, interrupted anywhere, run by
//! two at once, and run after the tickets have gone on here.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_domain::Event;
use servicedesk_domain::staff::{StaffEvent, Worker};
use servicedesk_domain::ticket::{Command, Ticket};
use servicedesk_eventlog::Position;
use servicedesk_service::import::LineResult;
use test_case::test_case;

use super::{content, expected, file, import_into, imported, report_of};
use crate::support::{TestDatabase, desk, in_time, on_both};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_second_run_records_nothing_and_reports_the_same(system: System) {
    with_database(system, |database| async move {
        let first = imported(&database, 256).await;
        let before = content(&database).await;
        for window in [1, 5, 256] {
            let again = imported(&database, window).await;
            assert_eq!(report_of(&again), report_of(&first));
            assert_eq!(again.summary.repeats, first.lines.len() - first.summary.unreadable);
            let new = &again.summary;
            let new = new.staff_registered + new.customers_registered + new.entries_defined;
            assert_eq!(new, 0);
            assert_eq!(again.summary.events, first.summary.events);
        }
        assert_eq!(content(&database).await, before);
    })
    .await;
}

#[tokio::test]
async fn every_way_to_import_a_file_ends_in_the_same_log() {
    let expected = &expected().await;
    for window in [1, 2, 7, 256] {
        on_both(|database| async move {
            let import = imported(&database, window).await;
            assert_eq!(&(import, content(&database).await), expected);
        })
        .await;
    }
}

#[tokio::test]
async fn an_interrupted_import_goes_on_where_it_stopped() {
    let (import, events) = &expected().await;
    for interrupted_at in (1..events.len()).step_by(6) {
        on_both(|database| async move {
            let at = Position::try_from(interrupted_at).expect("a short log");
            interrupted(&database, at).await;
            let again = imported(&database, 4).await;
            assert_eq!(report_of(&again), report_of(import), "interrupted at {at}");
            assert_eq!(&content(&database).await, events, "interrupted at {at}");
        })
        .await;
    }
}

/// Begins an import and drops it once the log has come to a position, in the middle of whatever it
/// does then.
async fn interrupted(database: &TestDatabase, at: Position) {
    let log = database.log().await;
    let mut head = log.watch();
    let file = file();
    tokio::select! {
        biased;
        _ = head.wait_for(|head| *head >= at) => {}
        import = import_into(&log, &file, 4) => assert!(import.is_ok(), "{import:?}"),
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn two_imports_at_once_end_in_the_same_log(system: System) {
    let (import, events) = &expected().await;
    with_database(system, |database| async move {
        let (log, other_log, file) = (database.log().await, database.log().await, file());
        let one = Box::pin(import_into(&log, &file, 3));
        let other = Box::pin(import_into(&other_log, &file, 5));
        let both = async { tokio::join!(one, other) };
        let (one, other) = in_time("both imports", both).await;
        assert_eq!(report_of(&one.expect("an import")), report_of(import));
        assert_eq!(report_of(&other.expect("an import")), report_of(import));
        assert_eq!(&content(&database).await, events);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_longer_file_adds_what_is_new_in_it(system: System) {
    with_database(system, |database| async move {
        let first = imported(&database, 256).await;
        let log = database.log().await;
        let new = b"A;remark;emil;2013-03-04 11:00;New;P 9;one;";
        let longer = [&file()[..], &new[..]].join(&b'\n');
        let second = import_into(&log, &longer, 256).await.expect("an import");
        let (last, before) = second.lines.split_last().expect("lines");
        assert_eq!(before, first.lines);
        assert!(matches!(last.result, LineResult::Recorded { .. }), "{last:?}");
        let summary = second.summary;
        assert_eq!((summary.staff_registered, summary.customers_registered), (1, 1));
        assert_eq!(summary.entries_defined, 1, "the new product");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_ticket_that_went_on_here_keeps_what_its_lines_became(system: System) {
    with_database(system, |database| async move {
        let first = imported(&database, 256).await;
        let log = database.log().await;
        let events = content(&database).await;
        let f = events.iter().rfind(|event| event.serial.is_some()).expect("a ticket");
        let by = events.iter().find_map(|event| match &event.event {
            Event::Staff(StaffEvent::Registered {
                staff_member_id, role, department_ids, ..
            }) => {
                let (role, department_ids) = (*role, department_ids.clone());
                Some(Worker { staff_member_id: *staff_member_id, role, department_ids })
            }
            _ => None,
        });
        let accept = Command::Accept { by: by.expect("an agent") };
        let context = desk::command("accept");
        let accept = (accept, desk::unmeasured(context.occurred_at));
        log.execute::<Ticket>(f.aggregate_id, accept, context).await.expect("accepted");
        let head = log.head();
        let again = import_into(&log, &file(), 256).await.expect("an import");
        assert_eq!(again.lines, first.lines);
        assert_eq!(log.head(), head);
    })
    .await;
}
