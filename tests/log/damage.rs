//! What cannot be right in the log is reported as damage. It is never passed over, because whatever
//! is folded from a log with a hole in it is wrong without looking so.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::time::Duration;
use test_case::test_case;

use servicedesk_domain::ticket::Ticket;
use servicedesk_eventlog::{ExecuteError, Log, reader};
use servicedesk_projections::Fault;
use servicedesk_projections::rebuild::{names, rebuild};

use super::{assert_dense, damage, positions, whole};
use crate::support::TestDatabase;
use crate::support::desk::{command, note, opened, run, ticket};

/// Deletes events, as an owner can who first takes the protection away.
async fn delete_events(database: &TestDatabase, which: &str) {
    let sql = if database.is_postgres() {
        format!(
            "ALTER TABLE events DISABLE TRIGGER events_append_only; \
             DELETE FROM events WHERE {which}; \
             ALTER TABLE events ENABLE TRIGGER events_append_only"
        )
    } else {
        format!("DROP TRIGGER events_no_delete; DELETE FROM events WHERE {which}")
    };
    database.run(&sql).await.expect("the owner can");
}

/// Adds a copy of the first event at the next position but `skipped`, changed as told.
async fn add_event(database: &TestDatabase, skipped: i64, changed: [(&str, &str); 2]) {
    let columns = ["aggregate_type", "event_type", "event_version", "payload", "metadata"];
    let values = columns.map(|column| {
        let change = changed.iter().find(|(name, _)| *name == column);
        change.map_or_else(|| column.to_owned(), |(_, value)| format!("'{value}'"))
    });
    let sql = format!(
        "INSERT INTO events (position, aggregate_id, sequence, {}) \
         SELECT (SELECT position FROM log_head) + 1 + {skipped}, aggregate_id, 100, {} \
         FROM events WHERE position = 1; \
         UPDATE log_head SET position = position + 1 + {skipped}",
        columns.join(", "),
        values.join(", ")
    );
    database.run(&sql).await.expect("an event by hand");
}

/// Somewhat longer than a follower waits until it looks.
const A_LOOK: Duration = Duration::from_millis(400);
const UNCHANGED: [(&str, &str); 2] = [("", ""), ("", "")];

async fn tickets(database: &TestDatabase, count: usize) -> Log {
    let log = database.log().await;
    for number in 1..=count {
        opened(&log, &number.to_string()).await;
    }
    log
}

async fn rebuilt(log: &Log) -> Result<i64, servicedesk_eventlog::DbError> {
    match rebuild(log, &names(), &mut |_, _| {}).await {
        Ok(position) => Ok(position),
        Err(Fault::Db(error)) => Err(error),
        Err(fault) => panic!("{fault}"),
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_missing_event_is_damage_to_a_reader_across_it(system: System) {
    with_database(system, |database| async move {
        drop(tickets(&database, 5).await);
        delete_events(&database, "position = 3").await;
        let log = database.log().await;
        for (after, limit) in [(0, 5), (1, 3), (2, 1), (2, 100)] {
            assert_eq!(damage(log.read_after(after, limit).await), "event 3 is missing");
        }
        // Up to the gap and behind it the log is sound.
        assert_eq!(positions(&log.read_after(0, 2).await.expect("sound")), [1, 2]);
        assert_eq!(positions(&log.read_after(3, 9).await.expect("sound")), [4, 5]);
        assert_eq!(damage(rebuilt(&log).await), "event 3 is missing");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_end_that_is_missing_is_damage_to_a_rebuild(system: System) {
    with_database(system, |database| async move {
        drop(tickets(&database, 5).await);
        delete_events(&database, "position > 3").await;
        assert_eq!(damage(rebuilt(&database.log().await).await), "event 4 is missing");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_follower_does_not_go_past_a_gap(system: System) {
    with_database(system, |database| async move {
        let writer = tickets(&database, 2).await;
        let follower = database.log().await;
        add_event(&database, 1, UNCHANGED).await;
        // It wakes the follower, and stands behind the gap itself.
        let behind = run(&writer, "2", note("a"), command("a")).await.expect("accepted");
        assert_eq!(behind.position, 5);
        let after_the_gap = reader::read_after(follower.db(), 2, 10).await;
        assert_eq!(damage(after_the_gap), "event 3 is missing");
        for log in [&writer, &follower] {
            // Long enough for the follower to have looked.
            let moved = tokio::time::timeout(A_LOOK, log.watch().changed()).await;
            assert!(moved.is_err(), "the follower went on to {}", log.head());
            assert_eq!(log.head(), 2);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_event_that_cannot_be_read_is_damage(system: System) {
    with_database(system, |database| async move {
        let unreadable = [
            [("payload", "{\"ticket.unheard_of\":{}}"), ("", "")],
            [("payload", "{\"ticket.accepted\":{\"staff_member_id\":7}}"), ("", "")],
            [("aggregate_type", "parcel"), ("", "")],
            [("event_version", "one"), ("", "")],
            [("metadata", "{\"actor\":\"operator\"}"), ("", "")],
        ];
        for (number, changed) in unreadable.into_iter().enumerate() {
            let name = format!("after {number}");
            opened(&database.log().await, &name).await;
            let at = database.number("SELECT position FROM log_head").await + 1;
            add_event(&database, 0, changed).await;
            let log = database.log().await;
            for limit in [1, 10] {
                let what = damage(log.read_after(at - 1, limit).await);
                assert!(what.starts_with(&format!("event {at} cannot be read: ")), "{what}");
            }
            delete_last(&database).await;
        }
        let log = database.log().await;
        assert_dense(&whole(&log).await);
    })
    .await;
}

/// Takes back what [`add_event`] did.
async fn delete_last(database: &TestDatabase) {
    if !database.is_postgres() {
        let sql = "CREATE TRIGGER IF NOT EXISTS events_no_delete BEFORE DELETE ON events \
             BEGIN SELECT 1; END";
        database.run(sql).await.expect("the owner can");
    }
    delete_events(database, "position = (SELECT position FROM log_head)").await;
    database.run("UPDATE log_head SET position = position - 1").await.expect("the owner can");
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn no_command_is_decided_on_a_history_that_cannot_be_read(system: System) {
    with_database(system, |database| async move {
        drop(tickets(&database, 1).await);
        let strange = [("payload", "{\"ticket.unheard_of\":{}}"), ("", "")];
        add_event(&database, 0, strange).await;
        let log = database.log().await;
        assert!(log.load::<Ticket>(ticket("1").uuid()).await.is_err());
        let answer = run(&log, "1", note("a"), command("a")).await;
        assert!(matches!(answer, Err(ExecuteError::Fault(_))), "{answer:?}");
        assert_eq!(database.table("events").await.len(), 2);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn no_command_is_decided_on_a_history_with_a_hole(system: System) {
    with_database(system, |database| async move {
        let log = tickets(&database, 1).await;
        for name in ["a", "b"] {
            run(&log, "1", note(name), command(name)).await.expect("accepted");
        }
        delete_events(&database, "sequence = 2").await;
        let answer = run(&database.log().await, "1", note("c"), command("c")).await;
        let Err(ExecuteError::Fault(what)) = answer else { panic!("{answer:?}") };
        assert!(what.contains("event 2 of the ticket"), "{what}");
        assert_eq!(database.table("events").await.len(), 2);
    })
    .await;
}
