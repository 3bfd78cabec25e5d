//! Importing another help desk's history, on both databases: every line is accounted for, a second
//! run records nothing, an interrupted one ends in the same log, and so do two at once.

mod accounting;
mod beside;
mod conversations;
mod identity;
mod openings;
mod quotes;
mod real_log;
mod refusals;
mod repeats;
mod report_file;

use std::sync::Mutex;

use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::{Log, Recorded, reader};
use servicedesk_service::import::{Import, ImportError, Mapping, Options, Summary, report, run};

use crate::support::database::opened;
use crate::support::{TestDatabase, in_time, on_sqlite};

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
    (b"F;\"remark\";dora;2012-03-01 09:08;Acme;P 3;one;\"very\nhigh\"", "note_added"),
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

/// A file with these lines.
fn history_file<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let lines = lines.into_iter().map(str::as_bytes);
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

/// The log without the moments of recording and the salts, which differ between any two runs.
async fn content(database: &TestDatabase) -> Vec<Recorded> {
    let db = database.open().await;
    let events = reader::read_after(&db, 0, i64::MAX).await.expect("the log is sound");
    let mut events = opened(&db, events).await;
    for event in &mut events {
        event.metadata.recorded_at = Moment::UNIX_EPOCH;
        event.metadata.salt = None;
    }
    events
}

/// What becomes of a file in a fresh database.
async fn alone(file: &[u8]) -> Import {
    let found = Mutex::new(None);
    let found_by = &found;
    on_sqlite(|database| async move {
        let log = database.log().await;
        let import = import_into(&log, file, 256).await.expect("an import");
        *found_by.lock().expect("no panic") = Some(import);
    })
    .await;
    found.lock().expect("no panic").take().expect("an import")
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
