//! A file that is almost one that was imported: its lines are known by ticket, activity, time and
//! person, and nothing that is over comes back.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_domain::ticket::{Status, Ticket};
use servicedesk_service::import::{LineResult, Options, Withheld, run};
use test_case::test_case;

use super::{content, history_file, import_into, mapping};

const FIRST: &[&str] = &[
    "1;open;anna;2012-03-01 09:00;Acme;P 1;one;",
    "1;take;anna;2012-03-01 09:10;Acme;P 1;one;",
    "1;solve;anna;2012-03-01 10:00;Acme;P 1;one;",
    "1;remark;anna;2012-03-01 10:30;Acme;P 1;one;",
    "1;remark;anna;2012-03-01 10:30;Acme;P 1;one;",
    "1;close;anna;2012-03-01 11:00;Acme;P 1;one;",
];

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_that_is_almost_the_first_adds_what_is_new_in_it(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let first = import_into(&log, &history_file(FIRST.to_vec()), 256).await;
        assert_eq!(first.expect("an import").summary.recorded, FIRST.len());
        let before = content(&database).await;

        let new = "2;open;anna;2012-03-02 09:00;Acme;P 1;one;";
        let spaced = FIRST.iter().map(|line| line.replace(';', " ; ")).collect::<Vec<_>>();
        let spaced: Vec<&str> = spaced.iter().map(String::as_str).collect();
        let backwards: Vec<&str> = FIRST.iter().rev().copied().collect();
        let changed = FIRST.iter().map(|line| line.replace(";one;", ";two;high"));
        let changed: Vec<String> = changed.collect();
        let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
        for lines in [FIRST, &spaced, &backwards, &changed] {
            let again = import_into(&log, &history_file(lines.to_vec()), 256).await;
            let again = again.expect("an import").summary;
            assert_eq!((again.repeats, again.recorded), (FIRST.len(), FIRST.len()), "{lines:?}");
            assert_eq!(content(&database).await, before);
        }

        let further_column = |line: &&str| format!("{line};x");
        let wider: Vec<String> = [new].iter().chain(FIRST).map(further_column).collect();
        let header = "case;what;who;when;customer;product;section;urgency;further";
        let wider = [&[header.to_owned()], &wider[..]].concat().join("\n");
        let import =
            run(&log, &mapping(), wider.as_bytes(), Options::default(), &mut |_, _| {}).await;
        let import = import.expect("an import").summary;
        assert_eq!((import.repeats, import.tickets_opened), (FIRST.len(), 2));
        let after = content(&database).await;
        assert_eq!(after[..before.len()], before);
        let opened = &after[before.len()..];
        assert!(opened.iter().all(|event| event.aggregate_id == opened[0].aggregate_id));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_was_closed_later_is_not_reopened(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        import_into(&log, &history_file(FIRST.to_vec()), 256).await.expect("an import");
        let late = ["1;take;boris;2012-03-01 10:10;Acme;P 1;one;"];
        let later = ["1;remark;boris;2012-03-01 11:10;Acme;P 1;one;"];
        let all = history_file([FIRST, &late, &later].concat());
        for _ in 0..2 {
            let import = import_into(&log, &all, 256).await.expect("an import");
            let result = &import.lines[FIRST.len()].result;
            assert_eq!(*result, LineResult::Withheld(Withheld::OutOfOrder));
            assert_eq!(import.summary.refused.get("OUT_OF_ORDER"), Some(&1));
            let last = &import.lines[FIRST.len() + 1].result;
            assert!(matches!(last, LineResult::Recorded { .. }), "{last:?}");
        }
        let events = content(&database).await;
        let ticket = events.iter().find(|event| event.event.as_ticket().is_some());
        let ticket_id = ticket.expect("a ticket").aggregate_id;
        let (ticket, _) = log.load::<Ticket>(ticket_id).await.expect("a ticket");
        assert_eq!(ticket.status, Status::Closed);
    })
    .await;
}
