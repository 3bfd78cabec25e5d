//! Four years of a real help desk.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::collections::BTreeSet;
use std::sync::Mutex;
use test_case::test_case;

use servicedesk_service::import::{Mapping, Options, run};

use super::{assert_adds_up, content};

/// The real log, beside the workspace; it is not part of it.
const REAL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/helpdesk-italian-company.csv");

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn four_real_years_are_accounted_for_and_are_the_same_on_both_databases(system: System) {
    let Ok(csv) = std::fs::read(REAL) else {
        eprintln!(
            "NOT TESTED on the real log: there is no shared/data/helpdesk-italian-company.csv"
        );
        return;
    };
    let (csv, logs) = (&csv, &Mutex::new(Vec::new()));
    with_database(system, |database| async move {
        let log = database.log().await;
        let text = include_str!("../../imports/helpdesk-italian-company.toml");
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
        let left = (import, content(&database).await);
        logs.lock().expect("no panic").push(left);
    })
    .await;
    let logs = logs.lock().expect("no panic");
    assert!(logs.windows(2).all(|pair| pair[0] == pair[1]), "the databases differ");
}
