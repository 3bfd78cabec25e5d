//! Whatever fails on a connection, the next command finds a sound one. A connection on which a
//! transaction failed or was given up half-way never comes back to its pool, because nobody knows
//! what state it is in.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use futures::future::join_all;
use servicedesk_domain::ticket::Ticket;
use servicedesk_eventlog::bulk::{self, Cell, Column, Kind};
use servicedesk_eventlog::{ExecuteError, Log, checkpoint, in_tx};

use super::{assert_dense, whole};
use crate::support::desk::{command, note, opened, run, ticket};
use crate::support::{TestDatabase, in_time, on_both, on_postgres, on_sqlite};

/// More than there are connections.
const READS: usize = 20;
/// Who waits for a lock in this database.
const WAITING: &str = "SELECT CAST(pid AS TEXT) FROM pg_stat_activity \
     WHERE wait_event_type = 'Lock' AND datname = CURRENT_DATABASE()";
const HOLD_THE_HEAD: &str = "BEGIN; SELECT position FROM log_head FOR UPDATE";

/// Every connection of the process can be read from and written on.
async fn assert_sound(log: &Log, round: &str) {
    for _ in 0..3 {
        let reads = (0..READS).map(|_| log.load::<Ticket>(ticket("1").uuid()));
        join_all(reads).await.into_iter().for_each(|read| drop(read.expect("readable")));
    }
    let writes = (0..4).map(|_| async {
        let mut tx = log.db().begin_projection().await.expect("it begins");
        checkpoint::lock_free(&mut tx).await.expect("readable");
        tx.commit().await.expect("it ends");
    });
    in_time("writing", join_all(writes)).await;
    let name = format!("afterwards {round}");
    run(log, "1", note(&name), command(&name)).await.expect("recorded");
    assert_dense(&whole(log).await);
}

/// The processes that wait for a lock now.
async fn who_waits(database: &TestDatabase) -> Vec<String> {
    // Within a transaction the server would show what it showed before.
    database.run("SELECT pg_stat_clear_snapshot()").await.expect("the owner can");
    database.texts(WAITING).await.into_iter().flatten().collect()
}

/// Waits until somebody waits for a lock, and gives their process ids.
async fn waiting(database: &TestDatabase) -> Vec<String> {
    loop {
        let waiting = who_waits(database).await;
        if !waiting.is_empty() {
            return waiting;
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until that process no longer waits for a lock.
async fn failed(database: &TestDatabase, pid: &str) {
    while who_waits(database).await.iter().any(|one| one == pid) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_cancelled_leaves_a_sound_pool() {
    on_postgres(|database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        for round in 0..3 {
            database.run(HOLD_THE_HEAD).await.expect("the owner can");
            let (writing, name) = (log.clone(), format!("cancelled {round}"));
            let write =
                tokio::spawn(async move { run(&writing, "1", note(&name), command(&name)).await });
            let pids = in_time("a write that waits", waiting(&database)).await;
            for pid in pids {
                let cancel = format!("SELECT CAST(pg_cancel_backend({pid}) AS TEXT)");
                database.texts(&cancel).await;
            }
            database.run("COMMIT").await.expect("the owner can");
            in_time("the answer", write).await.expect("no panic").expect("recorded in the end");
            assert_sound(&log, &round.to_string()).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_limits_of_the_server_leave_a_sound_pool() {
    on_postgres(|database| async move {
        for (round, setting) in ["lock_timeout", "statement_timeout"].into_iter().enumerate() {
            let name = "(SELECT quote_ident(CURRENT_DATABASE()))";
            let set = format!(
                "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || {name} || ' SET {setting} = 100'; END $$"
            );
            database.run(&set).await.expect("the owner can");
            let log = database.log().await;
            if round == 0 {
                opened(&log, "1").await;
            }
            database.run(HOLD_THE_HEAD).await.expect("the owner can");
            let writing = log.clone();
            let write =
                tokio::spawn(
                    async move { run(&writing, "1", note(setting), command(setting)).await },
                );
            let pids = in_time("a write that waits", waiting(&database)).await;
            in_time("the limit", failed(&database, &pids[0])).await;
            database.run("COMMIT").await.expect("the owner can");
            in_time("the answer", write).await.expect("no panic").expect("recorded in the end");
            assert_sound(&log, setting).await;
        }
    })
    .await;
}

/// As on a server that was demoted: it answers, and refuses every write.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_read_only_for_a_while_is_written_on_again() {
    const END_OTHERS: &str = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) \
         FROM pg_stat_activity WHERE application_name = 'servicedesk' \
         AND datname = CURRENT_DATABASE()";
    let read_only = |value: &str| {
        format!(
            "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || quote_ident(CURRENT_DATABASE()) || \
             ' SET default_transaction_read_only = {value}'; END $$"
        )
    };
    on_postgres(|database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        database.run(&read_only("on")).await.expect("the owner can");
        database.texts(END_OTHERS).await;
        let answer = in_time("an answer", run(&log, "1", note("while"), command("while"))).await;
        assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
        assert!(!log.db().is_recording(), "readiness tells it");
        database.run("SET default_transaction_read_only = off").await.expect("the owner can");
        database.run(&read_only("off")).await.expect("the owner can");
        run(&log, "1", note("while"), command("while")).await.expect("recorded");
        assert!(log.db().is_recording());
        assert_sound(&log, "").await;
    })
    .await;
}

/// SQLite does so by itself when the disk is full.
#[tokio::test]
async fn a_transaction_that_sqlite_has_rolled_back_leaves_a_sound_connection() {
    const ROLL_BACK: &str = "CREATE TRIGGER roll_back BEFORE INSERT ON events \
         BEGIN SELECT RAISE(ROLLBACK, 'as on a full disk'); END";
    on_sqlite(|database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        for round in 0..3 {
            database.run(ROLL_BACK).await.expect("the owner can");
            let name = format!("while {round}");
            let answer = run(&log, "1", note(&name), command(&name)).await;
            assert!(matches!(answer, Err(ExecuteError::Fault(_))), "{answer:?}");
            database.run("DROP TRIGGER roll_back").await.expect("the owner can");
            run(&log, "1", note(&name), command(&name)).await.expect("recorded");
            assert_sound(&log, &round.to_string()).await;
        }
    })
    .await;
}

/// Polls a future at most so many times, and drops it if it is not done by then.
async fn polled(times: usize, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        future.as_mut().poll(context)
    })
    .await;
}

/// Copies many rows into a table of its own, in a transaction.
async fn copying(log: &Log) {
    const COLUMNS: &[Column] =
        &[Column { name: "id", kind: Kind::Integer }, Column { name: "text", kind: Kind::Text }];
    let mut tx = log.db().begin_projection().await.expect("it begins");
    in_tx!(&mut tx, connection => {
        let sql = "CREATE TABLE copied (id BIGINT PRIMARY KEY, text TEXT)";
        sqlx::query(sql).execute(connection).await.expect("it is made");
    });
    let rows = (0..500).map(|number| vec![Cell::from(number), "text".to_owned().into()]).collect();
    bulk::insert(&mut tx, "copied", &["id"], COLUMNS, rows).await.expect("they are copied");
    tx.commit().await.expect("it ends");
}

#[tokio::test]
async fn a_transaction_that_is_given_up_anywhere_leaves_a_sound_pool() {
    on_both(|database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        for polls in 1..60 {
            // Where it was done before it was dropped, the table is there.
            database.run("DROP TABLE IF EXISTS copied").await.expect("the owner can");
            polled(polls, copying(&log)).await;
            let begun = in_time("beginning", log.db().begin_projection()).await;
            begun.expect("the transaction begins").commit().await.expect("it ends");
        }
        assert_sound(&log, "").await;
    })
    .await;
}
