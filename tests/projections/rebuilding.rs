//! A rebuild is made beside what is live, while the live goes on, and takes its place whole.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::pin::pin;
use test_case::test_case;

use futures::future::join_all;
use servicedesk_eventlog::checkpoint;
use servicedesk_projections::rebuild::{clean_up, names, rebuild};

use super::any_history::some_acts;
use super::{assert_as_rebuilt, assert_same, head, rebuild_all};
use crate::support::desk::{command, note, opened, run};
use crate::support::history::live;
use crate::support::{PATIENCE, TestDatabase, in_time};

/// A projected history, and nothing running.
async fn projected_history(database: &TestDatabase, acts: usize) {
    let log = database.log().await;
    live(&log, 0, &some_acts(acts)).await;
    database.runner(&log).await.catch_up().await.expect("every event is projected");
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_loses_nothing_of_what_comes_meanwhile(system: System) {
    with_database(system, |database| async move {
        let (log, another) = (database.log().await, database.log().await);
        let runner = database.runner(&log).await.with_batch(4);
        let positions = runner.positions();
        let running = tokio::spawn(runner.run());
        let acts = some_acts(400);
        let mut done = 30;
        live(&log, 0, &acts[..done]).await;
        for round in 0..6 {
            let by = if round % 2 == 0 { &another } else { &log };
            let mut rebuilding = pin!(rebuild_all(by));
            loop {
                tokio::select! {
                    () = &mut rebuilding => break,
                    () = live(&log, done, &acts[done..=done]) => done += 1,
                }
            }
            // The act that was cut short may or may not be recorded. Its id makes that harmless.
            live(&log, done, &acts[done..=done]).await;
            done += 1;
            let head = head(&database).await;
            positions.wait_for(head, PATIENCE).await.expect("all is projected");
            assert_as_rebuilt(&database).await;
        }
        running.abort();
        drop(running.await);
    })
    .await;
}

/// A projecting process believes it is done when everything is at the head, and is not told
/// of the rebuild: the rebuild itself must end at the head, whatever its own process has heard.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_rebuild_by_a_process_that_has_not_heard_of_the_last_events_leaves_none_out(
    system: System,
) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let mut runner = database.runner(&log).await;
        let another = database.log().await;
        opened(&log, "1").await;
        run(&log, "1", note("a"), command("a")).await.expect("accepted");
        runner.catch_up().await.expect("every event is projected");
        let live = database.projected().await;
        rebuild_all(&another).await;
        assert_eq!(runner.step().await.expect("nothing to do"), 0);
        assert_same(&live, &database.projected().await);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn rebuilds_at_once_by_two_processes_give_the_rows_of_one(system: System) {
    with_database(system, |database| async move {
        projected_history(&database, 60).await;
        let before = database.projected().await;
        for _ in 0..3 {
            let (here, there) = (database.log().await, database.log().await);
            join_all([&here, &there, &here].map(rebuild_all)).await;
            assert_same(&before, &database.projected().await);
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_rebuild_that_is_cut_short_leaves_the_live_rows_and_can_be_begun_again(system: System) {
    with_database(system, |database| async move {
        projected_history(&database, 40).await;
        let before = database.projected().await;
        let log = database.log().await;
        for _ in 0..2 {
            // Cut at its first word of progress, when its tables are there.
            let (told, cut) = tokio::sync::oneshot::channel::<()>();
            let mut told = Some(told);
            let mut progress = move |_, _| drop(told.take());
            let all = names();
            tokio::select! {
                biased;
                _ = cut => {}
                done = rebuild(&log, &all, &mut progress) => panic!("not cut short: {done:?}"),
            }
            assert_same(&before, &database.projected().await);
        }
        clean_up(&log).await.expect("what was left behind is removed");
        let tables = if database.is_postgres() {
            "SELECT COUNT(*) FROM pg_tables WHERE tablename LIKE '%new%'"
        } else {
            "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE '%new%'"
        };
        assert_eq!(database.number(tables).await, 0);
        in_time("a rebuild", assert_as_rebuilt(&database)).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_rebuild_tells_how_far_it_is_and_where_it_ended(system: System) {
    with_database(system, |database| async move {
        projected_history(&database, 40).await;
        let log = database.log().await;
        let mut told = Vec::new();
        let mut progress = |done, total| told.push((done, total));
        let done = rebuild(&log, &["ticket_details"], &mut progress).await.expect("rebuilt");
        let head = head(&database).await;
        assert_eq!(done, head);
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&(head, head)));
    })
    .await;
}

/// Only rows that an older version built are built again; the test tells them by a row that does
/// not belong to them.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_another_version_built_is_rebuilt_and_the_rest_is_left(system: System) {
    with_database(system, |database| async move {
        projected_history(&database, 40).await;
        let before = database.projected().await;
        for table in ["ticket_details", "customer_directory"] {
            let foreign = format!("INSERT INTO {table} (id, part, body) VALUES ('x', '', '{{}}')");
            database.run(&foreign).await.expect("the owner can");
        }
        let lower = "UPDATE projection_checkpoints SET version = version - 1 \
             WHERE name = 'ticket_details'";
        database.run(lower).await.expect("the owner can");
        let log = database.log().await;
        let mut runner = database.runner(&log).await;
        runner.catch_up().await.expect("every event is projected");
        let is_foreign = |row: &Vec<Option<String>>| row[0].as_deref() == Some("x");
        for ((table, before), (_, after)) in before.iter().zip(&database.projected().await) {
            if *table == "customer_directory" {
                assert_eq!(after.iter().filter(|row| is_foreign(row)).count(), 1);
                continue;
            }
            assert_eq!(before, after, "the rows of {table} differ");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn processes_of_a_new_version_that_start_at_once_rebuild_soundly(system: System) {
    with_database(system, |database| async move {
        projected_history(&database, 60).await;
        let before = database.projected().await;
        let lower = "UPDATE projection_checkpoints SET version = version - 1";
        database.run(lower).await.expect("the owner can");
        let logs = [database.log().await, database.log().await];
        join_all(logs.each_ref().map(|log| database.runner(log))).await;
        assert_same(&before, &database.projected().await);
        let found = checkpoint::all(&database.open().await).await.expect("readable");
        let of_projections = found.iter().filter(|one| names().contains(&one.name.as_str()));
        assert_eq!(of_projections.count(), names().len());
    })
    .await;
}
