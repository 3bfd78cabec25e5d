//! The report as a file: nothing is written over that is not an earlier report, values are no
//! formulas, and an import that is interrupted says how to go on.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use test_case::test_case;

use servicedesk::cli::import::{ImportArgs, command};
use tokio::process::Command;

use super::{MAPPING, alone, file, history_file, report_of};
use crate::support::process::{printed, program, run};
use crate::support::{in_time, on_sqlite};

/// Writes the mapping and a history, and gives the arguments to import it.
fn arguments(folder: &Path, csv: &[u8]) -> ImportArgs {
    let path = |name: &str| folder.join(name);
    std::fs::write(path("mapping.toml"), MAPPING).expect("a mapping");
    std::fs::write(path("history.csv"), csv).expect("a file");
    let (mapping, csv, report) = (path("mapping.toml"), path("history.csv"), path("report.csv"));
    ImportArgs { mapping, csv, report }
}

#[tokio::test]
async fn nothing_is_written_over_that_is_no_report() {
    on_sqlite(|database| async move {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let args = arguments(folder.path(), &file());
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("history.unfinished"), "mine").expect("written");
        std::fs::write(path("report.unfinished"), "mine").expect("written");
        std::fs::write(path("notes.csv"), "line;of\nmine\n").expect("written");
        std::os::unix::fs::symlink(path("history.csv"), path("link.csv")).expect("a link");
        std::fs::hard_link(path("history.csv"), path("same.csv")).expect("a link");
        let log = database.log().await;
        let head = log.head();
        for (report, named) in [
            ("history.csv", "would overwrite"),
            ("link.csv", "would overwrite"),
            ("same.csv", "would overwrite"),
            ("mapping.toml", "would overwrite"),
            ("notes.csv", "is not the report of an import"),
            (".", "is a folder"),
            ("nowhere/report.csv", "nowhere"),
        ] {
            let args = ImportArgs { report: path(report), ..args.clone() };
            let refused = command(&log, args).await.expect_err(report);
            assert!(format!("{refused:#}").contains(named), "{report}: {refused:#}");
        }
        assert_eq!(log.head(), head, "nothing was imported");
        for _ in 0..2 {
            command(&log, args.clone()).await.expect("an import");
        }
        let stream = ImportArgs { report: "/dev/null".into(), ..args.clone() };
        command(&log, stream).await.expect("an import");
        assert!(!std::fs::metadata("/dev/null").expect("it is there").is_file());
        let content = |name: &str| std::fs::read(path(name)).expect("it is there");
        assert_eq!(content("history.csv"), file());
        assert_eq!(content("mapping.toml"), MAPPING.as_bytes());
        assert_eq!(content("history.unfinished"), b"mine");
        assert_eq!(content("report.unfinished"), b"mine");
        assert!(content("report.csv").starts_with("\u{feff}line,case".as_bytes()));
        let left = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(left, 8, "nothing is left behind");
    })
    .await;
}

#[tokio::test]
async fn no_value_of_the_file_is_a_formula_in_the_report() {
    let file = history_file([
        "\"=HYPERLINK(\"\"http://127.0.0.1/\"\";\"\"x\"\")\";dance;anna;2012-03-01 09:00;Acme;P 1;one;",
        "2;@SUM(1);anna;2012-03-01 09:00;Acme;P 1;one;",
        "3;open;anna;+1+1;Acme;P 1;one;",
        "-4;open;anna;2012-03-01 09:00;Acme;P 1;one;",
        "\t=5;open;anna;2012-03-01 09:00;Acme;P 1;one;",
    ]);
    let report = report_of(&alone(&file).await);
    let mut rows = csv::Reader::from_reader(report.as_bytes());
    let rows: Vec<_> = rows.records().map(|row| row.expect("a record")).collect();
    for row in &rows {
        for value in row {
            assert!(!value.trim_start().starts_with(['=', '+', '-', '@']), "{value:?}");
        }
    }
    let values = [&rows[0][1], &rows[1][2], &rows[2][3], &rows[3][1], &rows[4][1]];
    let expected = ["'=HYPERLINK(\"http://127.0.0.1/\";\"x\")", "'@SUM(1)", "'+1+1", "'-4", "'=5"];
    assert_eq!(values, expected);
}

/// A history that takes a while.
fn long_history() -> Vec<u8> {
    let mut lines = Vec::new();
    for ticket in 0..1_500 {
        for (minute, what) in [(0, "open"), (1, "take"), (2, "solve"), (3, "close")] {
            let minute = ticket * 7 + minute;
            let (day, hour, minute) = (minute / 1440 + 1, minute / 60 % 24, minute % 60);
            lines.push(format!(
                "{ticket};{what};anna;2012-03-{day:02} {hour:02}:{minute:02};Acme;P 1;one;"
            ));
        }
    }
    history_file(lines.iter().map(String::as_str))
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_import_that_is_interrupted_says_so_and_how_to_go_on(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a temporary directory");
        arguments(folder.path(), &long_history());
        // The tables are made.
        drop(database.log().await);
        let import =
            ["import", "--mapping", "mapping.toml", "history.csv", "--report", "report.csv"];
        let mut running = program(folder.path());
        running.args(["--database-url", &database.url]).args(import);
        running.stdout(Stdio::piped()).stderr(Stdio::piped());
        let running = running.spawn().expect("the program starts");
        let id = running.id().expect("it runs").to_string();
        let recorded = "SELECT COUNT(*) FROM events WHERE event_type = 'ticket.opened'";
        in_time("the first tickets", async {
            while database.number(recorded).await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        let told = Command::new("kill").args(["-INT", &id]).status().await;
        assert!(told.expect("kill is there").success());
        let output = in_time("the end", running.wait_with_output()).await.expect("its output");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("interrupted after"), "{said}");
        assert!(!said.contains("after 6000 of 6000"), "{said}");
        assert!(said.contains("run the same command again"), "{said}");
        assert!(!folder.path().join("report.csv").exists());
        let left = std::fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(left, 2, "nothing unfinished is left behind");

        let screen = printed(folder.path(), &database.url, &import).await;
        assert!(screen.contains("report.csv"), "{screen}");
        assert_eq!(database.number(recorded).await, 1_500);
        let again = run(folder.path(), &database.url, &import).await;
        assert!(again.status.success());
    })
    .await;
}
