//! Quotes that are not closed: nothing is swallowed in silence.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_service::import::{BadLine, ImportError, LineResult};
use test_case::test_case;

use super::{HEADER, file, history_file, import_into, imported};
use crate::support::on_sqlite;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_quote_that_is_not_closed_stops_the_import_before_it_begins(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let sound = "1;open;anna;2012-03-01 09:00;Acme;P 1;one;";
        let unclosed = "2;open;anna;2012-03-01 09:05;Acme;P 1;one;\"12 inch panel is blank";
        let third = "3;open;anna;2012-03-01 09:10;Acme;P 1;one;";
        let quoted = "4;open;anna;2012-03-01 09:15;Acme;P 1;one;\"urgent\"";
        let long = format!("2;open;anna;2012-03-01 09:05;\"{}\";P 1;one;", "text\n".repeat(2_000));
        for (lines, until) in [
            (vec![sound, unclosed], 3),
            (vec![sound, unclosed, third, third], 5),
            (vec![sound, unclosed, third, quoted], 5),
            (vec![sound, &long], 2_003),
        ] {
            let stopped = import_into(&log, &history_file(lines), 256).await;
            let Err(ImportError::UnclosedQuote { first, last }) = stopped else {
                panic!("it is imported: {stopped:?}")
            };
            assert_eq!((first, last), (3, until));
        }
        let header = [b"\"", HEADER, b"\n", sound.as_bytes()].concat();
        let stopped = import_into(&log, &header, 256).await;
        assert!(matches!(stopped, Err(ImportError::UnclosedQuote { .. })), "{stopped:?}");
        assert_eq!(log.head(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_misplaced_quote_and_a_swallowed_line_are_told() {
    on_sqlite(|database| async move {
        let log = database.log().await;
        let file = history_file([
            "1;open;anna;2012-03-01 09:00;Acme;P 1;one;\"12\" panel\"",
            "2;open;anna;2012-03-01 09:05;Acme;P 1;one;\"12 inch",
            "3;open;anna;2012-03-01 09:10;Acme;P 1;one;15\"",
            "4;open;anna;2012-03-01 09:15;Acme;P 1;one;\"Bolts\nand \"\"nuts\"\"\"",
        ]);
        let import = import_into(&log, &file, 256).await.expect("an import");
        let results: Vec<_> = import.lines.iter().map(|line| &line.result).collect();
        assert_eq!(*results[0], LineResult::Unreadable(BadLine::Quote));
        assert_eq!(*results[1], LineResult::Unreadable(BadLine::Swallowed(4)));
        assert!(matches!(results[2], LineResult::Recorded { .. }), "{:?}", results[2]);
        let places: Vec<_> = import.lines.iter().map(|line| (line.number, line.last)).collect();
        assert_eq!(places, [(2, 2), (3, 4), (5, 6)]);
        assert_eq!(import.summary.text_lines, 6);
    })
    .await;
}

#[tokio::test]
async fn every_line_of_text_is_in_the_summary() {
    on_sqlite(|database| async move {
        let import = imported(&database, 256).await;
        let (header, blank) = (1, 1);
        let lines: u64 = import.lines.iter().map(|line| line.last - line.number + 1).sum();
        assert_eq!(import.summary.text_lines, header + blank + lines);
        let of_file = file().split(|byte| *byte == b'\n').count();
        assert_eq!(import.summary.text_lines, of_file as u64);
    })
    .await;
}
