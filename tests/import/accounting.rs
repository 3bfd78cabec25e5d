//! Every line is accounted for, in the order of the file; its events come in the order in which
//! things happened, by those who did them.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::collections::BTreeSet;
use test_case::test_case;

use servicedesk::cli::import::{ImportArgs, command};
use servicedesk_domain::Event;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::TicketEvent;
use servicedesk_eventlog::reader;
use servicedesk_service::import::{LineResult, Options, run};

use super::{FILE, MAPPING, assert_adds_up, content, file, imported, mapping, report_of};
use crate::support::clock::start;
use crate::support::on_sqlite;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_line_is_accounted_for(system: System) {
    with_database(system, |database| async move {
        let import = imported(&database, 256).await;
        let said: Vec<_> = FILE.iter().filter(|(line, _)| !line.is_empty()).collect();
        assert_eq!(import.lines.len(), said.len());
        for (line, (_, becomes)) in import.lines.iter().zip(said) {
            match &line.result {
                LineResult::Recorded { events, .. } => {
                    assert_eq!(events.join(" ").replace("ticket.", ""), *becomes, "{line:?}");
                }
                LineResult::Refused(rejection) => assert_eq!(rejection.code(), *becomes),
                LineResult::Withheld(reason) => assert_eq!(reason.code(), *becomes),
                LineResult::Unreadable(reason) => {
                    assert!(reason.to_string().contains(becomes), "{reason}");
                }
            }
        }
        let summary = &import.summary;
        assert_adds_up(summary);
        assert_eq!(summary.lines, import.lines.len());
        assert_eq!((summary.recorded, summary.unreadable, summary.repeats), (16, 10, 0));
        assert_eq!((summary.tickets_opened, summary.openings_implied), (6, 3));
        assert_eq!((summary.staff_registered, summary.customers_registered), (4, 2));
        assert_eq!(summary.entries_defined, 2 + 2 + 3);
        let events = content(&database).await;
        let of_tickets = events.iter().filter(|event| event.event.as_ticket().is_some()).count();
        assert_eq!(summary.events.values().sum::<usize>(), of_tickets);
        assert_eq!(events.len(), of_tickets + 4 + 2 + 7);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_report_has_each_line_once_by_its_number(system: System) {
    with_database(system, |database| async move {
        let report = report_of(&imported(&database, 256).await);
        let lines: Vec<&str> = report.lines().collect();
        let heading = "line,case,activity,time,result,events,code,message,position,last_line";
        assert_eq!(lines[0], format!("\u{feff}{heading}"));
        assert_eq!(
            lines[2], "3,A,take,2012-03-01 09:01,recorded,ticket.accepted,,,21,3",
            "the header is line 1"
        );
        let after_the_blank_line = lines[15];
        assert!(after_the_blank_line.starts_with("17,C,take,"), "{after_the_blank_line}");
        let refused =
            "7,A,solve,2012-03-02 10:00,refused,,TICKET_RESOLVED,the ticket is resolved,,7";
        assert_eq!(lines[6], refused);
        let mut numbers: Vec<u64> = lines[1..]
            .iter()
            .map(|line| line.split(',').next().and_then(|n| n.parse().ok()).expect("a number"))
            .collect();
        assert!(numbers.is_sorted());
        numbers.dedup();
        assert_eq!(numbers.len(), lines.len() - 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn history_comes_in_the_order_in_which_it_happened(system: System) {
    with_database(system, |database| async move {
        imported(&database, 256).await;
        let events = content(&database).await;
        assert!(events.is_sorted_by_key(|event| event.metadata.occurred_at));
        let opened = events
            .iter()
            .filter(|event| event.sequence == 1)
            .filter(|event| event.event.as_ticket().is_some());
        let serials: Vec<_> = opened.map(|event| event.serial).collect();
        assert_eq!(serials, (1..=6).map(Some).collect::<Vec<_>>());
        let mut people = BTreeSet::new();
        for event in &events {
            let actor = event.metadata.actor;
            match event.event {
                Event::Ticket(TicketEvent::Opened { customer_id, .. }) => {
                    assert_eq!(actor, Actor::Customer(customer_id));
                }
                Event::Ticket(_) => assert_eq!(actor.kind(), "staff"),
                _ => assert_eq!(actor, Actor::Operator),
            }
            // Nobody acts before being registered.
            match event.event {
                Event::Ticket(_) => assert!(people.contains(&actor.person())),
                _ => _ = people.insert(Some(event.aggregate_id)),
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_happened_long_ago_was_recorded_now(system: System) {
    with_database(system, |database| async move {
        imported(&database, 256).await;
        let db = database.open().await;
        let events = reader::read_after(&db, 0, 1).await.expect("the log is sound");
        let metadata = &events[0].metadata;
        assert_eq!(metadata.occurred_at.to_rfc3339(), "2012-02-01T08:00:00+00:00");
        assert!(metadata.recorded_at >= start());
    })
    .await;
}

#[tokio::test]
async fn progress_goes_from_the_first_line_to_the_last() {
    on_sqlite(|database| async move {
        let log = database.log().await;
        let mut told = Vec::new();
        let mut tell = |done, total| told.push((done, total));
        let options = Options { window: 5 };
        let import = run(&log, &mapping(), &file()[..], options, &mut tell).await;
        let lines = import.expect("an import").lines.len();
        assert!(told.is_sorted());
        assert!(told.iter().all(|(_, total)| *total == lines));
        assert_eq!(told.last(), Some(&(lines, lines)));
        assert!(told.len() > 4);
    })
    .await;
}

#[tokio::test]
async fn the_command_writes_its_report_where_it_is_told() {
    on_sqlite(|database| async move {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("mapping.toml"), MAPPING).expect("a mapping");
        std::fs::write(path("history.csv"), file()).expect("a file");
        let args = ImportArgs {
            mapping: path("mapping.toml"),
            csv: path("history.csv"),
            report: path("report.csv"),
        };
        let log = database.log().await;
        command(&log, args.clone()).await.expect("an import");
        let report = std::fs::read_to_string(path("report.csv")).expect("a report");
        assert_eq!(report, report_of(&imported(&database, 256).await));
        let nowhere = ImportArgs { csv: path("nowhere.csv"), ..args };
        let error = command(&log, nowhere).await.expect_err("no such file");
        assert!(format!("{error:#}").contains("nowhere.csv"), "{error:#}");
        let left = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(left, 3, "nothing unfinished is left behind");
    })
    .await;
}
