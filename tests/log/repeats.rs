//! A command that comes again under its id records nothing and gets the answer that it got first,
//! whichever process it reaches.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use futures::future::join_all;
use servicedesk_domain::ticket::Rejection;
use servicedesk_eventlog::{CommandContext, ExecuteError, Executed};
use test_case::test_case;

use super::{assert_dense, whole};
use crate::support::desk::{
    TicketResult, accept, close, command, fresh, having_seen, note, opened, reopen, reply, resolve,
    run,
};

fn repeat_of(executed: Executed) -> Executed {
    Executed { is_repeat: true, ..executed }
}

fn rejection(result: TicketResult) -> Rejection {
    match result {
        Err(ExecuteError::Rejected(rejection)) => rejection,
        other => panic!("not refused: {other:?}"),
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_records_nothing(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        let accepted = run(&here, "1", accept("first"), command("accept")).await.expect("accepted");
        let resolved = run(&here, "1", resolve(), command("resolve")).await.expect("resolved");
        assert_eq!((accepted.position, resolved.position), (2, 3));
        for log in [&here, &there, &database.log().await] {
            // Decided again, it would be refused: the ticket is resolved by now.
            let again = run(log, "1", accept("first"), command("accept")).await.expect("a repeat");
            assert_eq!(again, repeat_of(accepted));
            let again = run(log, "1", resolve(), command("resolve")).await.expect("a repeat");
            assert_eq!(again, repeat_of(resolved));
        }
        assert_eq!(whole(&here).await.len(), 3);
        assert_eq!(database.table("log_commands").await.len(), 3);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_refusal_is_remembered_although_the_command_would_be_accepted_now(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        let first = run(&here, "1", reopen(), command("reopen")).await;
        assert_eq!(rejection(first), Rejection::TicketStillOpen);
        run(&here, "1", close(), command("close")).await.expect("closed");
        for log in [&here, &there] {
            let again = run(log, "1", reopen(), command("reopen")).await;
            assert_eq!(rejection(again), Rejection::TicketStillOpen);
        }
        assert_eq!(whole(&here).await.len(), 2);
        // The same wish under an id of its own is another command.
        run(&there, "1", reopen(), command("reopen later")).await.expect("reopened");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_refusal_under_a_fresh_id_is_given_and_not_stored(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        let refused = run(&log, "1", reopen(), fresh(command("reopen"))).await;
        assert_eq!(rejection(refused), Rejection::TicketStillOpen);
        assert_eq!(database.table("log_commands").await.len(), 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_race_under_one_id_one_is_recorded_and_all_get_its_answer(system: System) {
    with_database(system, |database| async move {
        let logs = [database.log().await, database.log().await];
        opened(&logs[0], "1").await;
        for (round, what) in [note("raced"), accept("first")].into_iter().enumerate() {
            let race = (0..16).map(|task| {
                let (log, what) = (logs[task % 2].clone(), what.clone());
                let context = command(&format!("raced {round}"));
                tokio::spawn(async move { run(&log, "1", what, context).await })
            });
            let answers: Vec<_> = join_all(race)
                .await
                .into_iter()
                .map(|answer| answer.expect("no panic").expect("accepted"))
                .collect();
            let position = i64::try_from(round).expect("small") + 2;
            assert!(answers.iter().all(|answer| answer.position == position), "{answers:?}");
            let first = answers.iter().filter(|answer| !answer.is_repeat).count();
            assert_eq!(first, 1, "{answers:?}");
        }
        let events = whole(&logs[0]).await;
        assert_eq!(events.len(), 3);
        assert_dense(&events);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_id_that_was_used_for_another_command_is_refused_as_such(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        run(&here, "1", note("a"), command("used")).await.expect("accepted");
        run(&here, "1", reopen(), command("used for a refusal")).await.expect_err("still open");
        for log in [&here, &there] {
            for name in ["used", "used for a refusal"] {
                let another = CommandContext { fingerprint: 2, ..command(name) };
                for what in [reply("b"), reopen()] {
                    let answer = run(log, "1", what, another).await;
                    assert!(matches!(answer, Err(ExecuteError::IdReused)), "{answer:?}");
                }
            }
        }
        assert_eq!(whole(&here).await.len(), 2);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_command_on_a_ticket_that_changed_since_it_was_seen_is_stale(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        run(&log, "1", note("a"), command("a")).await.expect("accepted");
        for seen in [0, 1, 3, 100] {
            let context = having_seen(seen, command("b"));
            let answer = run(&log, "1", note("b"), context).await;
            assert!(matches!(answer, Err(ExecuteError::Stale { actual: 2 })), "{answer:?}");
        }
        // A stale command is not answered for good: having looked again, the caller may repeat it.
        let done = run(&log, "1", note("b"), having_seen(2, command("b"))).await.expect("accepted");
        assert_eq!((done.position, done.is_repeat), (3, false));
        assert_eq!(whole(&log).await.len(), 3);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_repeat_is_answered_although_its_own_first_coming_made_it_stale(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        let context = having_seen(1, command("a"));
        let first = run(&here, "1", note("a"), context).await.expect("accepted");
        run(&here, "1", note("b"), command("b")).await.expect("accepted");
        for log in [&here, &there] {
            let again = run(log, "1", note("a"), context).await.expect("a repeat");
            assert_eq!(again, repeat_of(first));
        }
        assert_eq!(whole(&here).await.len(), 3);
    })
    .await;
}
