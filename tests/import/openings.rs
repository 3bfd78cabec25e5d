//! Tickets whose opening cannot be read, and lines whose order in the file is not that of time.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_service::import::{LineReport, LineResult, Withheld};
use test_case::test_case;

use super::{alone, content, history_file, import_into};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_ticket_whose_opening_cannot_be_read_is_not_opened_by_what_came_later(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let take = "1;take;anna;2012-03-05 09:00;Acme;P 1;one;";
        let solve = "1;solve;anna;2012-03-06 09:00;Acme;P 1;one;";
        let sound = "1;open;anna;2012-03-01 09:00;Acme;P 1;one;";
        let head = log.head();
        for opening in [
            "1;open;anna;soon;Acme;P 1;one;",
            "1;dance;anna;2012-03-01 09:00;Acme;P 1;one;",
            "1;open;anna;2012-03-01 09:00;Acme;P 1;one",
            "1;open;;2012-03-01 09:00;Acme;P 1;one;",
            "1;open;anna;2012-03-01 09:00;Ac\u{7}me;P 1;one;",
        ] {
            let file = history_file([opening, take, solve]);
            let import = import_into(&log, &file, 1).await.expect("an import");
            let withheld = LineResult::Withheld(Withheld::OpeningUnreadable { line: 2 });
            assert_eq!(import.lines[1].result, withheld, "{opening:?}");
            assert_eq!(import.lines[2].result, withheld, "{opening:?}");
            assert_eq!(import.summary.tickets_withheld, 1);
            assert_eq!(import.summary.refused.get("OPENING_UNREADABLE"), Some(&2));
            let of_tickets = content(&database).await;
            assert!(of_tickets.iter().all(|event| event.event.as_ticket().is_none()), "{head}");
        }
        // Mended, the same file is imported.
        let import = import_into(&log, &history_file([sound, take, solve]), 256).await;
        assert_eq!(import.expect("an import").summary.recorded, 3);
        // An opening that is there already does no harm.
        let further = "1;dance;anna;2012-03-07 09:00;Acme;P 1;one;";
        let import = import_into(&log, &history_file([sound, further, take, solve]), 256).await;
        assert_eq!(import.expect("an import").summary.recorded, 3);
    })
    .await;
}

#[tokio::test]
async fn a_line_that_cannot_be_read_later_does_not_keep_a_ticket_from_being_opened() {
    let take = "1;take;anna;2012-03-05 09:00;Acme;P 1;one;";
    for later in ["1;dance;anna;2012-03-06 09:00;Acme;P 1;one;", "1;solve;anna;soon;Acme;P 1;one;"]
    {
        let import = alone(&history_file([take, later])).await;
        assert_eq!((import.summary.recorded, import.summary.openings_implied), (1, 1), "{later}");
    }
}

#[tokio::test]
async fn a_file_from_the_newest_to_the_oldest_says_the_same() {
    let ascending = [
        "1;open;anna;2012-03-01 09:00;Acme;P 1;one;",
        "2;open;anna;2012-03-01 09:00;Acme;P 1;one;",
        "1;take;anna;2012-03-01 09:00;Acme;P 1;one;",
        "1;wait;anna;2012-03-01 09:00;Acme;P 1;one;",
        "1;take;boris;2012-03-01 09:00;Acme;P 1;one;",
        "2;take;anna;2012-03-01 09:30;Acme;P 1;one;",
        "1;solve;boris;2012-03-02 09:00;Acme;P 1;one;",
        "1;close;boris;2012-03-02 09:00;Acme;P 1;one;",
    ];
    let results = async |lines: &[&str]| {
        let import = alone(&history_file(lines.to_vec())).await;
        let line = |line: LineReport| {
            assert!(matches!(line.result, LineResult::Recorded { .. }), "{line:?}");
            format!("{} {} {} {:?}", line.case, line.time, line.activity, line.result)
        };
        let mut results: Vec<String> = import.lines.into_iter().map(line).collect();
        results.sort();
        results
    };
    let expected = results(&ascending).await;
    let descending: Vec<&str> = ascending.iter().rev().copied().collect();
    assert_eq!(results(&descending).await, expected);
}

#[tokio::test]
async fn at_one_moment_openings_come_first_and_closings_last() {
    let file = history_file([
        "1;close;anna;2012-03-01 09:00;Acme;P 1;one;",
        "1;solve;anna;2012-03-01 09:00;Acme;P 1;one;",
        "1;open;anna;2012-03-01 09:00;Acme;P 1;one;",
    ]);
    let import = alone(&file).await;
    let position = |line: usize| match &import.lines[line].result {
        LineResult::Recorded { position, .. } => *position,
        other => panic!("line {line}: {other:?}"),
    };
    assert!(position(2) < position(1) && position(1) < position(0));
    assert_eq!(import.summary.openings_implied, 0);
}
