//! Any history, projected in any batches and through any crashes, gives the rows that a clean
//! rebuild gives.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use test_case::test_case;

use proptest::collection::vec;
use proptest::prelude::*;
use servicedesk_domain::ticket::command::{AssessPriority, Transfer};
use servicedesk_domain::ticket::events::Priority;
use servicedesk_eventlog::Log;
use servicedesk_projections::Runner;
use servicedesk_projections::rebuild::names;
use servicedesk_service::reactions;

use super::{assert_as_rebuilt, assert_same, head, rebuild_all};
use crate::support::desk::{command, manager, opened, run, sales};
use crate::support::history::{Act, acts, live};
use crate::support::{TestDatabase, in_time, on_postgres, on_sqlite, polled, sees};

/// What happens to the projections between two parts of a history.
#[derive(Debug, Clone)]
enum Turn {
    /// They go on for some steps.
    Steps(usize),
    /// The process ends, and another one begins with batches of this size.
    Crash(usize),
    /// The process ends within a step, after it was polled so many times.
    CrashWithin(usize, usize),
    /// A step is given up after it was polled so many times, and the process goes on.
    GiveUp(usize),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        2 => (1..4_usize).prop_map(Turn::Steps),
        1 => (1..50_usize).prop_map(Turn::Crash),
        2 => (1..50_usize, 1..40_usize).prop_map(|(batch, polls)| Turn::CrashWithin(batch, polls)),
        2 => (1..40_usize).prop_map(Turn::GiveUp),
    ]
}

async fn runner(database: &TestDatabase, log: &Log, batch: usize) -> Runner {
    database.runner(log).await.with_batch(batch)
}

async fn check(database: TestDatabase, batch: usize, acts: Vec<Act>, turns: Vec<Turn>) {
    let log = database.log().await;
    let mut projecting = begun(&database, &log, batch).await;
    let part = acts.len() / turns.len() + 1;
    let mut parts = acts.chunks(part);
    for (number, turn) in turns.into_iter().enumerate() {
        let acts = parts.next().unwrap_or_default();
        in_time("a part of the history", live(&log, number * part, acts)).await;
        match turn {
            Turn::Steps(count) => {
                for _ in 0..count {
                    in_time("a step", projecting.step()).await.expect("a step");
                }
            }
            Turn::Crash(batch) => {
                drop(projecting);
                projecting = begun(&database, &log, batch).await;
            }
            Turn::CrashWithin(batch, polls) => {
                drop(in_time("a part of a step", polled(polls, projecting.step())).await);
                drop(projecting);
                projecting = begun(&database, &log, batch).await;
            }
            Turn::GiveUp(polls) => {
                drop(in_time("a part of a step", polled(polls, projecting.step())).await);
            }
        }
    }
    in_time("the rest", projecting.catch_up()).await.expect("every event is projected");
    drop(projecting);
    in_time("the rebuild", assert_as_rebuilt(&database)).await;
    in_time("projecting from nothing", assert_as_from_zero(&database, &log)).await;
}

/// A runner, which begins although another one was dropped a moment ago.
async fn begun(database: &TestDatabase, log: &Log, batch: usize) -> Runner {
    in_time("the beginning", runner(database, log, batch)).await
}

/// The rows are those that a runner makes from nothing, many events at a time.
async fn assert_as_from_zero(database: &TestDatabase, log: &Log) {
    let rebuilt = database.projected().await;
    let mut all: Vec<_> = names().iter().map(|name| format!("DROP TABLE {name}")).collect();
    all.push("DELETE FROM projection_checkpoints".to_owned());
    database.run(&all.join("; ")).await.expect("the owner can");
    let mut projecting = runner(database, log, 2_000).await;
    projecting.catch_up().await.expect("every event is projected");
    assert_same(&rebuilt, &database.projected().await);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        max_shrink_iters: 30,
        max_shrink_time: 60_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_history_any_batching_and_any_crash_give_the_rows_of_a_rebuild(
        batch in 1..50_usize,
        acts in acts(60),
        turns in vec(turn(), 1..8),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let checked = |on| check(on, batch, acts.clone(), turns.clone());
            on_sqlite(checked).await;
            on_postgres(checked).await;
        });
    }
}

/// Some history that is the same in every run.
pub(super) fn some_acts(count: usize) -> Vec<Act> {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut drawn = Vec::new();
    while drawn.len() < count {
        let tree = acts(count).new_tree(&mut runner).expect("some acts");
        drawn.extend(proptest::strategy::ValueTree::current(&tree));
    }
    drawn
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_project_at_once_give_the_rows_of_one(system: System) {
    with_database(system, |database| async move {
        let logs = [database.log().await, database.log().await];
        let mut running = Vec::new();
        let mut positions = Vec::new();
        for (log, batch) in logs.iter().zip([3, 5]) {
            let runner = runner(&database, log, batch).await;
            positions.push(runner.positions());
            running.push(tokio::spawn(runner.run()));
        }
        let acts = some_acts(160);
        let (first, second) = acts.split_at(80);
        tokio::join!(live(&logs[0], 0, first), live(&logs[1], 80, second));
        positions.push(reactions::positions(logs[0].db()));
        // What follows from events is recorded while this waits.
        let (mut known, mut last) = (0, head(&database).await);
        assert!(last > 30, "only {last} events came of the acts");
        while known < last {
            for positions in &positions {
                let waited = positions.wait_for(last, crate::support::PATIENCE).await;
                waited.expect("both learn of it");
            }
            (known, last) = (last, head(&database).await);
        }
        for running in running {
            running.abort();
            assert!(running.await.is_err_and(|error| error.is_cancelled()), "a runner ended");
        }
        assert_as_rebuilt(&database).await;
    })
    .await;
}

/// A transaction left open on its connection would keep everybody else from writing.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_given_up_while_it_begins_keeps_no_lock(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        for number in 0..60 {
            drop(polled(1 + number % 6, log.db().begin_projection()).await);
            let begun = in_time("beginning", log.db().begin_projection()).await;
            begun.expect("the transaction begins").commit().await.expect("it ends");
        }
        in_time("recording", opened(&log, "1")).await;
    })
    .await;
}

/// A projecting process keeps rows in memory. Changes by another process in the meantime count.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_row_that_another_process_has_changed_is_read_again(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        let mut first = runner(&database, &here, 10).await;
        let mut second = runner(&database, &there, 10).await;
        // This one counts events, and would save the others from going on with an old row.
        let stopped = "UPDATE projection_checkpoints SET fault = 'stopped' \
             WHERE name = 'ticket_details'";
        database.run(stopped).await.expect("the owner can");
        opened(&here, "1").await;
        first.catch_up().await.expect("every event is projected");
        let transfer =
            Transfer { by: manager(), to_department_id: sales(), pick: None, reason: None };
        run(&here, "1", transfer, command("transfer")).await.expect("accepted");
        sees(&there, 2).await;
        second.catch_up().await.expect("every event is projected");
        let urgent = AssessPriority { by: manager(), priority: Priority::Urgent };
        run(&here, "1", urgent, command("urgent")).await.expect("accepted");
        first.catch_up().await.expect("every event is projected");
        let live = database.table("department_queue").await;
        rebuild_all(&here).await;
        assert_eq!(live, database.table("department_queue").await);
        assert_eq!(live.len(), 1, "{live:?}");
    })
    .await;
}
