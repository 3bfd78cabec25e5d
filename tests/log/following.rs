//! A follower of the log sees every event once, in order, whichever process recorded it and
//! wherever it is read from.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::sync::Arc;
use test_case::test_case;

use chrono::TimeDelta;
use futures::future::join_all;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::{Ticket, TicketEvent};
use servicedesk_eventlog::{CommandContext, Log, NewEvent, Position, Recorded, reader};

use super::{positions, whole};
use crate::support::clock::start;
use crate::support::desk::{command, customer, id, note, opened, run, ticket};
use crate::support::{in_time, sees};

/// Follows the log as every reader does, and gives what it met up to a position.
async fn follow(log: &Log, until: Position, at_once: usize) -> Vec<Arc<Recorded>> {
    let mut head = log.watch();
    let mut met: Vec<Arc<Recorded>> = Vec::new();
    loop {
        head.borrow_and_update();
        loop {
            let after = met.last().map_or(0, |event| event.position);
            let next = log.read_after(after, at_once).await.expect("the log is sound");
            if next.is_empty() {
                break;
            }
            met.extend(next);
        }
        if met.last().is_some_and(|event| event.position >= until) {
            return met;
        }
        head.changed().await.expect("the log goes on");
    }
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_what_other_processes_record_in_order_and_without_a_gap(system: System) {
    with_database(system, |database| async move {
        let follower = database.log().await;
        let (here, there) = (database.log().await, database.log().await);
        opened(&here, "1").await;
        let (tasks, each) = (4, 10);
        let writers = (0..tasks).map(|task| {
            let log = if task % 2 == 0 { here.clone() } else { there.clone() };
            tokio::spawn(async move {
                for number in 0..each {
                    let name = format!("{task} {number}");
                    let on = format!("of {task}");
                    if number == 0 {
                        opened(&log, &on).await;
                    } else {
                        run(&log, &on, note(&name), command(&name)).await.expect("accepted");
                    }
                }
            })
        });
        let readers = [&follower, &here, &there].map(|log| {
            let log = log.clone();
            tokio::spawn(async move { follow(&log, 1 + tasks * each, 7).await })
        });
        join_all(writers).await.into_iter().for_each(|done| done.expect("no panic"));
        let all = whole(&here).await;
        assert_eq!(all.len(), 41);
        for reader in readers {
            let met = in_time("following", reader).await.expect("no panic");
            assert!(met.iter().map(AsRef::as_ref).eq(&all), "met {:?}", positions(&met));
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_log_reads_the_same_from_memory_and_from_the_database(system: System) {
    with_database(system, |database| async move {
        let first = database.log().await;
        for name in ["1", "2", "3"] {
            opened(&first, name).await;
        }
        // This one knows the events that were there before it from the database alone.
        let second = database.log().await;
        let happened = CommandContext {
            occurred_at: start() - TimeDelta::days(400),
            actor: Actor::Customer(customer()),
            ..command("long ago")
        };
        run(&first, "2", note("a"), happened).await.expect("accepted");
        for name in ["4", "5"] {
            opened(&second, name).await;
        }
        let last = whole(&first).await.len();
        let head = Position::try_from(last).expect("small");
        sees(&first, head).await;
        sees(&second, head).await;
        let third = database.log().await;
        for after in 0..=last + 2 {
            for limit in [0, 1, 2, 4, last, 1_000, usize::MAX] {
                let from = Position::try_from(after).expect("small");
                let most = i64::try_from(limit).unwrap_or(i64::MAX);
                let stored = reader::read_after(third.db(), from, most).await.expect("sound");
                assert_eq!(stored.len(), limit.min(last.saturating_sub(after)));
                for log in [&first, &second, &third] {
                    let read = log.read_after(from, limit).await.expect("the log is sound");
                    assert!(read.iter().map(AsRef::as_ref).eq(&stored), "{after} {limit}");
                }
            }
        }
    })
    .await;
}

/// The two times differ for imported history.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_event_tells_who_caused_it_through_what_and_when_it_happened_and_was_recorded(
    system: System,
) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        database.clock.advance(TimeDelta::days(30));
        let recorded_from = database.clock.now();
        let context = CommandContext { actor: Actor::Customer(customer()), ..command("imported") };
        run(&log, "1", note("a"), context).await.expect("accepted");
        let events = whole(&log).await;
        let metadata = &events[1].metadata;
        assert_eq!(metadata.actor, Actor::Customer(customer()));
        assert_eq!(metadata.occurred_at, start());
        assert!(metadata.recorded_at > recorded_from, "{metadata:?}");
        assert!(metadata.recorded_at < database.clock.now(), "{metadata:?}");
        assert_eq!(metadata.causation_id, id("imported"));
        assert_eq!(metadata.correlation_id, id("correlation"));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_aggregate_reads_from_any_of_its_events(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        for name in ["a", "b", "c"] {
            opened(&log, name).await;
            run(&log, "1", note(name), command(name)).await.expect("accepted");
        }
        let of_ticket = ticket("1").uuid();
        let events = whole(&log).await.into_iter().filter(|event| event.aggregate_id == of_ticket);
        let events = crate::support::database::opened(log.db(), events.collect()).await;
        assert_eq!(events.len(), 4);
        for after in 0..6_usize {
            for limit in [0, 1, 3, 10_usize] {
                let from = i64::try_from(after).expect("small");
                let most = i64::try_from(limit).expect("small");
                let read = log.read_aggregate("ticket", of_ticket, from, most).await;
                let expected: Vec<_> = events.iter().skip(after).take(limit).cloned().collect();
                assert_eq!(read.expect("the log is sound"), expected, "{after} {limit}");
            }
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_follower_further_behind_than_memory_reaches_misses_nothing(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        let (commands, each) = (34_usize, 500_usize);
        let event = NewEvent::of::<Ticket>(TicketEvent::WaitingEnded).expect("written as JSON");
        let appends = (0..commands).map(|number| {
            let name = number.to_string();
            command(&name).append::<Ticket>(id(&name), 0, vec![event.clone(); each])
        });
        let answers = here.append_in_order(appends.collect()).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let head = Position::try_from(commands * each).expect("small");
        for log in [&here, &there] {
            let met = in_time("following", follow(log, head, 3_000)).await;
            assert!(met.iter().map(|event| event.position).eq(1..=head));
        }
    })
    .await;
}
