//! The database no longer holds the log that a process knows, because a failover lost its end or a
//! file was replaced. The process notices it and records nothing more.

use servicedesk_eventlog::{DbError, ExecuteError};

use super::whole;
use crate::support::desk::{command, note, opened, run};
use crate::support::process::printed;
use crate::support::{TestDatabase, in_time, on_both, on_postgres, on_sqlite, sees};

/// Makes the last event another one, or none, past the triggers.
async fn change_the_end(database: &TestDatabase, sql: &str) {
    if database.is_postgres() {
        database.run("ALTER TABLE events DISABLE TRIGGER ALL").await.expect("the owner can");
    } else {
        for trigger in ["events_no_update", "events_no_delete"] {
            let drop_it = format!("DROP TRIGGER IF EXISTS {trigger}");
            database.run(&drop_it).await.expect("the owner can");
        }
    }
    database.run(sql).await.expect("the owner can");
}

const SHORTER: &str = "DELETE FROM events WHERE position = 2; \
     UPDATE log_head SET position = 1";

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_lost_is_noticed_and_nothing_more_is_recorded() {
    on_both(|database| async move {
        let writer = database.log().await;
        opened(&writer, "1").await;
        run(&writer, "1", note("a"), command("a")).await.expect("accepted");
        let follower = database.log().await;
        change_the_end(&database, SHORTER).await;
        for log in [&writer, &follower] {
            let error = in_time("the notice", log.db().diverged()).await;
            assert!(error.to_string().contains("event 2 is gone"), "{error}");
            assert!(matches!(log.db().check(), Err(DbError::Diverged(_))));
            let answer = run(log, "1", note("b"), command("b")).await;
            assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
        }
        // A new process begins with what is there.
        let log = database.log().await;
        run(&log, "1", note("b"), command("b")).await.expect("accepted");
        assert_eq!(whole(&log).await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_another_one_is_noticed() {
    on_both(|database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        sees(&log, 1).await;
        let sql = if database.is_postgres() {
            "UPDATE events SET metadata = CAST(jsonb_set(CAST(metadata AS jsonb), \
             '{causation_id}', '\"00000000-0000-0000-0000-000000000001\"') AS json)"
        } else {
            "UPDATE events SET metadata = json_set(metadata, '$.causation_id', \
             '00000000-0000-0000-0000-000000000001')"
        };
        change_the_end(&database, sql).await;
        let error = in_time("the notice", log.db().diverged()).await;
        assert!(error.to_string().contains("event 1 is another one"), "{error}");
    })
    .await;
}

/// The connections of the process are ended, so that it is a new one that finds it out.
#[tokio::test(flavor = "multi_thread")]
async fn a_failover_that_lost_the_end_is_noticed_on_a_new_connection() {
    on_postgres(|database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        run(&log, "1", note("a"), command("a")).await.expect("accepted");
        let end = "ALTER TABLE events DISABLE TRIGGER ALL; \
             DELETE FROM events WHERE position = 2; UPDATE log_head SET position = 1; \
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'servicedesk' AND datname = CURRENT_DATABASE()";
        database.run(end).await.expect("the owner can");
        let answer = run(&log, "1", note("b"), command("b")).await;
        assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
        in_time("the notice", log.db().diverged()).await;
        assert_eq!(database.number("SELECT COUNT(*) FROM events").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_was_deleted_or_replaced_is_not_written_on() {
    on_sqlite(|database| async move {
        let path = database.url.trim_start_matches("sqlite:").to_owned();
        for (round, suffix) in ["", "-wal", "-shm"].into_iter().enumerate() {
            let name = round.to_string();
            let log = database.log().await;
            opened(&log, &name).await;
            let (file, aside) = (format!("{path}{suffix}"), format!("{path}-aside"));
            std::fs::rename(&file, &aside).expect("moved");
            for replacement in [None, Some("")] {
                if let Some(content) = replacement {
                    std::fs::write(&file, content).expect("written");
                }
                let check = log.db().check();
                assert!(matches!(check, Err(DbError::Vanished(_))), "{suffix}: {check:?}");
                let answer = run(&log, &name, note("a"), command(&format!("a {name}"))).await;
                assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
                let begun = log.db().begin_projection().await;
                assert!(matches!(begun, Err(DbError::Vanished(_))), "{begun:?}");
            }
            // In place again, it is what it was.
            std::fs::rename(&aside, &file).expect("moved back");
            run(&log, &name, note("a"), command(&format!("a {name}"))).await.expect("recorded");
        }
    })
    .await;
}

/// POSIX ends every lock of a process on a file when it closes any handle of it. A database that is
/// opened twice in a process must not lose its locks, or others delete the files beside it.
#[tokio::test]
async fn a_file_that_is_opened_again_keeps_the_locks_on_it() {
    on_sqlite(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let log = database.log().await;
        opened(&log, "a").await;
        let again = database.log().await;
        // Another process comes and goes.
        printed(folder.path(), &database.url, &["status"]).await;
        for log in [&log, &again] {
            log.db().check().expect("its files are there");
            run(log, "a", note("a"), command("b")).await.expect("recorded");
        }
    })
    .await;
}
