//! Importing another help desk's history, on both databases: every line is accounted for, a second
//! run records nothing, an interrupted one ends in the same log, and so do two at once.

use std::collections::BTreeSet;
use std::sync::Mutex;

use servicedesk::import::{
    Import, ImportArgs, ImportError, LineResult, Mapping, Options, Summary, command, report, run,
};
use servicedesk_domain::Event;
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::staff::{StaffEvent, Worker};
use servicedesk_domain::ticket::{Command, Ticket, TicketEvent};
use servicedesk_eventlog::{Log, Position, Recorded, reader};

use crate::support::{TestDatabase, in_time, on_both, on_sqlite};

const MAPPING: &str = r#"
name = "test"
delimiter = ";"

[columns]
case = "case"
activity = "what"
staff = "who"
time = "when"
customer = "customer"
product = "product"
category = "section"
priority = "urgency"

[time]
format = "%Y-%m-%d %H:%M"
zone = "Europe/Rome"

[activities]
open = "open"
judge = "open_and_assess"
take = "take"
wait = "wait"
solve = "resolve"
void = "resolve_as_invalid"
remark = "note"
close = "close"

[staff]
name = "Agent {value}"

[customers]
name = "Customer {value}"

[products]
code = "test-{slug}"
title = { ru = "Продукт {value}", en = "Product {value}" }
kind = "utility"

[categories]
values = { one = "test-one", two = "test-two" }

[priorities]
values = { high = "high" }

[ticket]
subject = "{case} about {product}"
text = "{case}, section {section}"

[note]
text = "{what}"

[catalogue]
departments = [
    { code = "test-one", title = { ru = "Раз", en = "One" } },
    { code = "test-two", title = { ru = "Два", en = "Two" } },
]
categories = [
    { code = "test-one", title = { ru = "Раз", en = "One" }, departments = ["test-one"] },
    { code = "test-two", title = { ru = "Два", en = "Two" }, departments = ["test-two", "test-one"] },
]
"#;

/// Some tickets with everything that real files have: lines out of order, twice and at one
/// moment, tickets that nobody opened, steps that the rules refuse, and lines that say nothing.
/// Behind each line stands what becomes of it.
const FILE: &[(&[u8], &str)] = &[
    (b"A;judge;anna;2012-03-01 09:00;Acme;P 1;one;high", "opened priority_assessed"),
    (b"A;take;anna;2012-03-01 09:01;Acme;P 1;one;", "accepted"),
    (b"A;take;boris;2012-03-01 10:00;Acme;P 1;one;", "assigned accepted"),
    (b"A;wait;boris;2012-03-01 10:00;Acme;P 1;one;", "waiting_started"),
    (b"A;solve;boris;2012-03-02 10:00;Acme;P 1;one;", "waiting_ended resolved"),
    (b"A;solve;boris;2012-03-02 10:00;Acme;P 1;one;", "TICKET_RESOLVED"),
    (b"A;take;anna;2012-03-03 10:00;Acme;P 1;one;", "reopened assigned accepted"),
    (b"A;solve;anna;2012-03-03 11:00;Acme;P 1;one;", "resolved"),
    (b"A;close;anna;2012-03-04 11:00;Acme;P 1;one;", "closed"),
    (b"A;take;boris;2012-05-04 11:00;Acme;P 1;one;", "REOPEN_PERIOD_OVER"),
    (b"A;void;boris;2012-05-04 11:01;Acme;P 1;one;", "note_added"),
    // Older than the ticket before it, so its number is lower.
    (b"B;open;carl;2012-02-01 09:00;\"Bolts; nuts\";P 2;two;", "opened"),
    (b"B;open;carl;2012-02-01 09:30;\"Bolts; nuts\";P 2;two;", "ALREADY_OPENED"),
    (b"B;close;carl;2012-02-01 09:10;\"Bolts; nuts\";P 2;two;", "TICKET_NOT_RESOLVED"),
    (b"", ""),
    (b"C;take;anna;2012-03-01 09:00;Acme;P 1;two;", "opened accepted"),
    (b"C;take;anna;2012-03-01 09:00;Acme;P 1;two;", "ALREADY_ACCEPTED"),
    (b"C;void;boris;2012-03-01 12:00;Acme;P 1;two;", "resolved"),
    (b"D;solve;dora;2012-03-01 09:00;Acme;P 1;one;", "opened accepted resolved"),
    (b"E;close;dora;2012-03-01 09:00;Acme;P 1;one;", "TICKET_NOT_RESOLVED"),
    (b"E;remark;dora;2012-03-01 09:05;Acme;P 1;one;", "opened note_added"),
    (b"F;open;dora;2012-03-01 09:05;Acme;;one;", "PRODUCT_NOT_FOUND"),
    (b"F;open;dora;2012-03-01 09:06;;P 1;one;", "CUSTOMER_NOT_FOUND"),
    (b"F;open;dora;2012-03-01 09:07;Acme;P 1;three;", "CATEGORY_NOT_FOUND"),
    (b"F;judge;dora;2012-03-01 09:08;Acme;P 3;one;", "opened priority_assessed"),
    (b"F;\"remark\";dora;2012-03-01 09:08;Acme;\"P\n3\";one;", "note_added"),
    (b"G;open;dora;2012-03-01 09:05;Acme;P 1;one", "the line has 7 values and the header 8"),
    (b"G;dance;dora;2012-03-01 09:05;Acme;P 1;one;", "does not know the activity \"dance\""),
    (b"G;open;dora;soon;Acme;P 1;one;", "\"soon\" is not in the mapping's format"),
    (b"G;open;dora;0012-03-01 09:05;Acme;P 1;one;", "is before 1970"),
    (b"G;open;dora;2112-03-01 09:05;Acme;P 1;one;", "is in the future"),
    (b"G;open;;2012-03-01 09:05;Acme;P 1;one;", "\"who\" is missing"),
    (b";open;dora;2012-03-01 09:05;Acme;P 1;one;", "\"case\" is missing"),
    (b"G;open;dora;2012-03-01 09:05;Ac\xffme;P 1;one;", "\"customer\" is not UTF-8"),
    (b"G;open;dora;2012-03-01 09:05;Ac\x07me;P 1;one;", "the customer cannot be registered"),
    (b"G;open;do\x07ra;2012-03-01 09:05;Acme;P 1;one;", "the member of staff cannot be registered"),
];

const HEADER: &[u8] = b"\xef\xbb\xbfcase;what;who;when;customer;product;section;urgency";

fn file() -> Vec<u8> {
    let lines = FILE.iter().map(|(line, _)| *line);
    [HEADER].into_iter().chain(lines).collect::<Vec<_>>().join(&b"\n"[..])
}

fn mapping() -> Mapping {
    Mapping::read(MAPPING).expect("a mapping")
}

async fn import_into(log: &Log, csv: &[u8], window: usize) -> Result<Import, ImportError> {
    run(log, &mapping(), csv, Options { window }, &mut |_, _| {}).await
}

/// An import by a process of its own.
async fn imported(database: &TestDatabase, window: usize) -> Import {
    let log = database.log().await;
    in_time("the import", import_into(&log, &file(), window)).await.expect("an import")
}

/// The log without the moments of recording, which differ between any two runs.
async fn content(database: &TestDatabase) -> Vec<Recorded> {
    let db = database.open().await;
    let mut events = reader::read_after(&db, 0, i64::MAX).await.expect("the log is sound");
    for event in &mut events {
        event.metadata.recorded_at = Moment::UNIX_EPOCH;
    }
    events
}

/// What one run leaves on SQLite, which every other way to import the file must leave too.
async fn expected() -> (Import, Vec<Recorded>) {
    let found = Mutex::new(None);
    let (found_by, found) = (&found, &found);
    on_sqlite(|database| async move {
        let import = imported(&database, 256).await;
        let content = content(&database).await;
        *found_by.lock().expect("no panic") = Some((import, content));
    })
    .await;
    found.lock().expect("no panic").take().expect("an import")
}

fn report_of(import: &Import) -> String {
    let mut report = Vec::new();
    report::write(&import.lines, &mut report).expect("a report");
    String::from_utf8(report).expect("a text")
}

fn assert_adds_up(summary: &Summary) {
    let refused: usize = summary.refused.values().sum();
    assert_eq!(summary.recorded + refused + summary.unreadable, summary.lines);
}

#[tokio::test]
async fn every_line_is_accounted_for() {
    on_both(|database| async move {
        let import = imported(&database, 256).await;
        let said: Vec<_> = FILE.iter().filter(|(line, _)| !line.is_empty()).collect();
        assert_eq!(import.lines.len(), said.len());
        for (line, (_, becomes)) in import.lines.iter().zip(said) {
            match &line.result {
                LineResult::Recorded { events, .. } => {
                    assert_eq!(events.join(" ").replace("ticket.", ""), *becomes, "{line:?}");
                }
                LineResult::Refused(rejection) => assert_eq!(rejection.code(), *becomes),
                LineResult::Unreadable(reason) => {
                    assert!(reason.to_string().contains(becomes), "{reason}");
                }
            }
        }
        let summary = &import.summary;
        assert_adds_up(summary);
        assert_eq!(summary.lines, import.lines.len());
        assert_eq!((summary.recorded, summary.unreadable, summary.repeats), (17, 10, 0));
        assert_eq!((summary.tickets_opened, summary.openings_implied), (6, 3));
        assert_eq!((summary.staff_registered, summary.customers_registered), (4, 2));
        assert_eq!(summary.entries_defined, 2 + 2 + 4);
        let events = content(&database).await;
        let of_tickets = events.iter().filter(|event| event.event.as_ticket().is_some()).count();
        assert_eq!(summary.events.values().sum::<usize>(), of_tickets);
        assert_eq!(events.len(), of_tickets + 4 + 2 + 8);
    })
    .await;
}

#[tokio::test]
async fn the_report_has_each_line_once_by_its_number() {
    on_both(|database| async move {
        let report = report_of(&imported(&database, 256).await);
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(lines[0], "line,case,activity,time,result,events,code,message,position");
        assert_eq!(
            lines[2],
            "3,A,take,2012-03-01 09:01,recorded,ticket.accepted,,,30",
            "the header is line 1"
        );
        let after_the_blank_line = lines[15];
        assert!(after_the_blank_line.starts_with("17,C,take,"), "{after_the_blank_line}");
        let refused = "7,A,solve,2012-03-02 10:00,refused,,TICKET_RESOLVED,the ticket is resolved,";
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

#[tokio::test]
async fn history_comes_in_the_order_in_which_it_happened() {
    on_both(|database| async move {
        imported(&database, 256).await;
        let events = content(&database).await;
        assert!(events.is_sorted_by_key(|event| event.metadata.occurred_at));
        let opened = events.iter().filter(|event| event.sequence == 1).filter(|event| {
            event.event.as_ticket().is_some()
        });
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

#[tokio::test]
async fn what_happened_long_ago_was_recorded_now() {
    on_both(|database| async move {
        imported(&database, 256).await;
        let db = database.open().await;
        let events = reader::read_after(&db, 0, 1).await.expect("the log is sound");
        let metadata = &events[0].metadata;
        assert_eq!(metadata.occurred_at.to_rfc3339(), "2012-02-01T08:00:00+00:00");
        assert!(metadata.recorded_at >= crate::support::clock::start());
    })
    .await;
}

#[tokio::test]
async fn a_second_run_records_nothing_and_reports_the_same() {
    on_both(|database| async move {
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

#[tokio::test]
async fn two_imports_at_once_end_in_the_same_log() {
    let (import, events) = &expected().await;
    on_both(|database| async move {
        let (log, other_log, file) = (database.log().await, database.log().await, file());
        let both = async { tokio::join!(import_into(&log, &file, 3), import_into(&other_log, &file, 5)) };
        let (one, other) = in_time("both imports", both).await;
        assert_eq!(report_of(&one.expect("an import")), report_of(import));
        assert_eq!(report_of(&other.expect("an import")), report_of(import));
        assert_eq!(&content(&database).await, events);
    })
    .await;
}

#[tokio::test]
async fn a_longer_file_adds_what_is_new_in_it() {
    on_both(|database| async move {
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

#[tokio::test]
async fn a_ticket_that_went_on_here_keeps_what_its_lines_became() {
    on_both(|database| async move {
        let first = imported(&database, 256).await;
        let log = database.log().await;
        let events = content(&database).await;
        let f = events.iter().rfind(|event| event.serial.is_some()).expect("a ticket");
        let by = events.iter().find_map(|event| match &event.event {
            Event::Staff(StaffEvent::Registered { staff_member_id, role, department_ids, .. }) => {
                let (role, department_ids) = (*role, department_ids.clone());
                Some(Worker { staff_member_id: *staff_member_id, role, department_ids })
            }
            _ => None,
        });
        let accept = Command::Accept { by: by.expect("an agent") };
        let context = crate::support::desk::command("accept");
        log.execute::<Ticket>(f.aggregate_id, accept, context).await.expect("accepted");
        let head = log.head();
        let again = import_into(&log, &file(), 256).await.expect("an import");
        assert_eq!(again.lines, first.lines);
        assert_eq!(log.head(), head);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_refused_whole() {
    on_both(|database| async move {
        let log = database.log().await;
        let refused = async |csv: &[u8]| import_into(&log, csv, 256).await.expect_err("refused");
        assert!(matches!(refused(b"").await, ImportError::EmptyFile));
        assert!(matches!(refused(b"\xff;b\n").await, ImportError::BadHeader));
        let twice = [HEADER, b";who\n"].concat();
        assert!(matches!(refused(&twice).await, ImportError::AmbiguousColumn(name) if name == "who"));
        let ImportError::MissingColumns(missing) = refused(b"case;who;a\nA;b;c\n").await else {
            panic!("the missing columns are named")
        };
        assert_eq!(missing, ["what", "when", "customer", "product", "section", "urgency"]);
        let mut mapping = mapping();
        mapping.catalogue.categories[0].departments = vec!["nowhere".to_owned()];
        let refused = run(&log, &mapping, &file()[..], Options::default(), &mut |_, _| {}).await;
        assert!(matches!(refused, Err(ImportError::Catalogue(_))), "{refused:?}");
        assert_eq!(log.head(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_file_without_lines_is_no_mistake() {
    on_both(|database| async move {
        let log = database.log().await;
        let import = import_into(&log, HEADER, 256).await.expect("an import");
        assert_eq!((import.summary, import.lines.len()), (Summary::default(), 0));
        assert_eq!(log.head(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_fails_stops_the_import_and_says_so() {
    on_both(|database| async move {
        let log = database.log().await;
        log.db().close().await;
        let stopped = in_time("the end", import_into(&log, &file(), 256)).await;
        let message = stopped.expect_err("stopped").to_string();
        assert!(message.contains("run the same import again"), "{message}");
        imported(&database, 256).await;
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

/// The real log, beside the workspace; it is not part of it.
const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/helpdesk-italian-company.csv");

#[tokio::test]
async fn four_real_years_are_accounted_for_and_are_the_same_on_both_databases() {
    let Ok(csv) = std::fs::read(REAL) else {
        eprintln!("NOT TESTED on the real log: there is no shared/data/helpdesk-italian-company.csv");
        return;
    };
    let (csv, logs) = (&csv, &Mutex::new(Vec::new()));
    on_both(|database| async move {
        let log = database.log().await;
        let text = include_str!("../imports/helpdesk-italian-company.toml");
        let mapping = Mapping::read(text).expect("the shipped mapping");
        let import = run(&log, &mapping, &csv[..], Options::default(), &mut |_, _| {}).await;
        let import = import.expect("an import");
        let summary = &import.summary;
        assert_adds_up(summary);
        assert_eq!((summary.lines, summary.unreadable), (21_348, 0));
        assert_eq!(summary.tickets_opened, 4_580);
        assert_eq!((summary.staff_registered, summary.customers_registered), (22, 397));
        let cases: BTreeSet<&str> = import.lines.iter().map(|line| line.case.as_str()).collect();
        assert_eq!(cases.len(), 4_580);
        let numbers: Vec<u64> = import.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, (2..=21_349).collect::<Vec<_>>());
        logs.lock().expect("no panic").push((import, content(&database).await));
    })
    .await;
    let logs = logs.lock().expect("no panic");
    assert!(logs.windows(2).all(|pair| pair[0] == pair[1]), "the databases differ");
}
