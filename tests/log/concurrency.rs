//! Many tasks and several processes write at once: nothing is lost, nothing is doubled, and
//! positions, sequences and serials stay dense.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use test_case::test_case;

use futures::future::join_all;
use servicedesk_domain::staff::{self, StaffMember, StaffMemberId};
use servicedesk_domain::ticket::Command;
use servicedesk_eventlog::{CommandContext, ExecuteError, Executed, Log};
use uuid::Uuid;

use super::{assert_dense, whole};
use crate::support::TestDatabase;
use crate::support::desk::{
    accept, close, command, fresh, id, note, open, opened, reopen, reply, run, technical, ticket,
};

/// Several processes on one database.
async fn processes(database: &TestDatabase, count: usize) -> Vec<Log> {
    let mut logs = Vec::new();
    for _ in 0..count {
        logs.push(database.log().await);
    }
    logs
}

/// Every accepted command is in the log exactly once, where its outcome says, and no other is.
async fn assert_recorded(log: &Log, accepted: &HashMap<Uuid, Executed>) {
    let events = whole(log).await;
    assert_dense(&events);
    let mut last_of = HashMap::new();
    for event in &events {
        let earlier = last_of.insert(event.metadata.causation_id, event);
        if let Some(earlier) = earlier {
            // The events of one command stand together.
            assert_eq!(earlier.position + 1, event.position);
            assert_eq!(earlier.aggregate_id, event.aggregate_id);
        }
    }
    for (command_id, executed) in accepted {
        let last = last_of.remove(command_id).expect("an accepted command is in the log");
        assert_eq!(last.position, executed.position);
        assert_eq!(last.aggregate_id, executed.aggregate_id);
    }
    assert!(last_of.is_empty(), "what was not accepted is in the log: {last_of:?}");
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_commands_on_one_ticket_neither_lose_nor_double_an_event(system: System) {
    with_database(system, |database| async move {
        let logs = processes(&database, 2).await;
        let opened = opened(&logs[0], "1").await;
        let (tasks, each) = (8, 12);
        let work = (0..tasks).map(|task| {
            let log = logs[task % logs.len()].clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                for number in 0..each {
                    let name = format!("{task} {number}");
                    let (what, context) = act(task, number, &name);
                    match run(&log, "1", what, context).await {
                        Ok(executed) => {
                            assert!(!executed.is_repeat);
                            done.push((context.command_id.id, executed));
                        }
                        // Another command made this one impossible, or got in its way throughout.
                        Err(ExecuteError::Rejected(_) | ExecuteError::Contended) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                done
            })
        });
        let done = join_all(work).await.into_iter().flat_map(|done| done.expect("no panic"));
        let mut accepted: HashMap<_, _> = done.collect();
        // Notes are never refused, so that there is something to lose.
        assert!(accepted.len() >= tasks, "only {} commands were accepted", accepted.len());
        accepted.insert(id("open 1"), opened);
        assert_recorded(&logs[0], &accepted).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn many_writers_of_one_ticket_are_served_in_turn_and_none_is_sent_away(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        let (writers, each) = (20, 10);
        let done = Arc::new(AtomicUsize::new(0));
        let work = (0..writers).map(|writer| {
            let (log, done) = (log.clone(), done.clone());
            tokio::spawn(async move {
                let mut longest = 0;
                for number in 0..each {
                    let name = format!("{writer} {number}");
                    let before = done.load(Ordering::SeqCst);
                    run(&log, "1", note(&name), command(&name)).await.expect("it is recorded");
                    let after = done.fetch_add(1, Ordering::SeqCst);
                    longest = longest.max(after - before);
                }
                longest
            })
        });
        let waited = join_all(work).await.into_iter().map(|longest| longest.expect("no panic"));
        // Who came later was not served before, but for those who came while nobody waited.
        let longest = waited.max().expect("writers");
        assert!(longest <= 3 * writers, "{longest} were served before one who waited");
        assert_eq!(done.load(Ordering::SeqCst), writers * each);
    })
    .await;
}

/// Some acts are always allowed, some forbid each other; some ids can come again, some cannot.
fn act(task: usize, number: usize, name: &str) -> (Command, CommandContext) {
    let what = match (task + number) % 6 {
        0 => reply(name),
        1 => accept("first"),
        2 => close(),
        3 => reopen(),
        _ => note(name),
    };
    let context = command(name);
    (what, if number.is_multiple_of(2) { context } else { fresh(context) })
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn positions_and_serials_stay_dense_when_processes_open_tickets_at_once(system: System) {
    with_database(system, |database| async move {
        let logs = processes(&database, if database.is_postgres() { 3 } else { 2 }).await;
        let tasks = 10;
        let work = (0..tasks).map(|task| {
            let log = logs[task % logs.len()].clone();
            tokio::spawn(async move {
                for number in 0..6 {
                    // Every ticket is opened by two tasks, of which one is refused.
                    let name = format!("{} {number}", task / 2);
                    let context = command(&format!("{task} {number}"));
                    let result = run(&log, &name, open(), context).await;
                    assert!(matches!(result, Ok(_) | Err(ExecuteError::Rejected(_))), "{result:?}");
                    let member = StaffMemberId::named(&format!("{task} {number}"));
                    let register = staff::Command::Register {
                        staff_member_id: member,
                        name: "Name".to_owned(),
                        role: staff::Role::Agent,
                        department_ids: vec![technical()],
                    };
                    let context = command(&format!("staff {task} {number}"));
                    let result = log.execute::<StaffMember>(member.uuid(), register, context).await;
                    result.expect("nobody else registers this one");
                }
            })
        });
        join_all(work).await.into_iter().for_each(|done| done.expect("no panic"));
        let events = whole(&logs[0]).await;
        assert_dense(&events);
        for (aggregate_type, count) in [("ticket", 30), ("staff_member", 60)] {
            let of_type = events.iter().filter(|event| event.aggregate_type() == aggregate_type);
            let mut serials: Vec<_> = of_type.filter_map(|event| event.serial).collect();
            // Serials follow the order of the log, because both are given out together.
            assert!(serials.is_sorted(), "{aggregate_type}: {serials:?}");
            serials.dedup();
            assert_eq!(serials, (1..=count).collect::<Vec<i64>>(), "{aggregate_type}");
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_agents_who_accept_a_ticket_at_once_one_gets_it(system: System) {
    with_database(system, |database| async move {
        let logs = processes(&database, 2).await;
        for round in 0..10 {
            let name = round.to_string();
            opened(&logs[0], &name).await;
            let race =
                ["first", "second", "third", "fourth"].iter().enumerate().map(|(at, who)| {
                    let context = command(&format!("{who} accepts {name}"));
                    run(&logs[at % 2], &name, accept(who), context)
                });
            let results = join_all(race).await;
            let winners = results.iter().filter(|result| result.is_ok()).count();
            assert_eq!(winners, 1, "{results:?}");
            let losers = results.into_iter().filter_map(Result::err);
            assert!(losers.into_iter().all(|error| matches!(error, ExecuteError::Rejected(_))));
        }
        let events = whole(&logs[0]).await;
        assert_eq!(events.len(), 20);
        assert!(events.iter().all(|event| event.sequence <= 2));
        assert_dense(&events);
        assert_eq!(events[0].aggregate_id, ticket("0").uuid());
    })
    .await;
}
