//! The connections to PostgreSQL die again and again while commands are recorded. A client that was
//! answered finds the command in the log once; one that was not finds it there at most once, and
//! learns by asking again under the same id.

use std::collections::HashMap;

use futures::future::join_all;
use servicedesk_eventlog::{Db, ExecuteError, Executed, Log};
use uuid::Uuid;

use super::{assert_dense, whole};
use crate::support::database::MAX_CONNECTIONS;
use crate::support::desk::{command, fresh, id, note, opened, run};
use crate::support::{TestDatabase, in_time, on_postgres};

/// Every connection of the service to this database.
const TERMINATE: &str = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity \
     WHERE application_name = 'servicedesk' AND datname = CURRENT_DATABASE()";
const TASKS: usize = 8;
const EACH: usize = 40;

/// Records notes on one ticket. Every third command is given up when it fails; the others are
/// repeated until they are answered.
async fn work(log: Log, task: usize) -> Vec<(Uuid, Executed)> {
    let ticket = format!("of {task}");
    let mut answered = Vec::new();
    for number in 0..EACH {
        let name = format!("{task} {number}");
        let context = command(&name);
        let gives_up = number % 3 == 2;
        // A repeat needs an id that can come again.
        let context = if gives_up { fresh(context) } else { context };
        loop {
            match run(&log, &ticket, note(&name), context).await {
                Ok(executed) => {
                    answered.push((context.command_id.id, executed));
                    break;
                }
                Err(ExecuteError::Unavailable(_)) if gives_up => break,
                Err(ExecuteError::Unavailable(_)) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    }
    answered
}

/// Ends every connection whenever some more events are in the log, until the log is full.
async fn disturb(database: TestDatabase, log: Log, last: i64) -> usize {
    let mut head = log.watch();
    let mut ended = 0;
    let mut next = 20;
    while next < last {
        if head.wait_for(|head| *head >= next).await.is_err() {
            break;
        }
        ended += database.texts(TERMINATE).await.len();
        next = *head.borrow() + 25;
    }
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_neither_loses_nor_doubles_a_command() {
    on_postgres(|database| async move {
        let logs = [database.log().await, database.log().await];
        for task in 0..TASKS {
            opened(&logs[0], &format!("of {task}")).await;
        }
        let least = i64::try_from(TASKS * EACH / 2).expect("small");
        let disturbing = tokio::spawn(disturb(database.clone(), logs[0].clone(), least));
        let working = (0..TASKS).map(|task| tokio::spawn(work(logs[task % 2].clone(), task)));
        let done = in_time("recording", join_all(working)).await;
        let ended = in_time("disturbing", disturbing).await.expect("no panic");
        assert!(ended >= 10, "only {ended} connections were ended");

        let answered: HashMap<Uuid, Executed> =
            done.into_iter().flat_map(|answered| answered.expect("no panic")).collect();
        assert!(answered.len() >= TASKS * EACH * 2 / 3);
        // A log of its own: those that were disturbed might remember more than there is.
        let events = whole(&database.log().await).await;
        assert_dense(&events);
        let mut at: HashMap<Uuid, i64> = HashMap::new();
        for event in &events {
            let earlier = at.insert(event.metadata.causation_id, event.position);
            assert_eq!(earlier, None, "recorded twice: {event:?}");
        }
        for (command_id, executed) in &answered {
            assert_eq!(at.get(command_id), Some(&executed.position), "answered and not recorded");
        }
        // What nobody was told of may be there, but nothing that nobody asked for.
        for task in 0..TASKS {
            at.remove(&id(&format!("open of {task}")));
            for number in 0..EACH {
                at.remove(&id(&format!("{task} {number}")));
            }
        }
        assert!(at.is_empty(), "nobody asked for {at:?}");
    })
    .await;
}

/// As after a restart of PostgreSQL: whatever is idle in the pool is dead.
#[tokio::test]
async fn a_command_is_recorded_although_every_idle_connection_has_died() {
    on_postgres(|database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        for round in 0..3 {
            let Db::Postgres(postgres) = log.db() else { panic!("it is PostgreSQL") };
            let held = join_all((0..MAX_CONNECTIONS - 1).map(|_| postgres.pool().acquire())).await;
            // One may listen; all others are open at once, and idle from here on.
            assert!(held.iter().all(Result::is_ok), "{held:?}");
            let held_count = held.len();
            drop(held);
            let ended = database.texts(TERMINATE).await.len();
            assert!(ended >= held_count, "only {ended} connections were open");
            let name = round.to_string();
            run(&log, "1", note(&name), command(&name)).await.expect("recorded");
        }
        assert_dense(&whole(&log).await);
    })
    .await;
}
