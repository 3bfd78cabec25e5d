//! An event that cannot be projected stops the projections that it concerns, loudly and for good;
//! the others go on, and nobody waits for those that stopped.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_eventlog::checkpoint::{self, Checkpoint};
use servicedesk_projections::Fault;
use servicedesk_projections::rebuild::{names, rebuild};
use test_case::test_case;

use super::{assert_same, head};
use crate::support::desk::{command, id, note, opened, run, sales, ticket};
use crate::support::{PATIENCE, TestDatabase};

/// The projections that a reply concerns.
const CONCERNED: [&str; 2] = ["customer_tickets", "ticket_details"];

/// Adds a reply to a ticket that was never opened, which no command could.
async fn add_impossible_event(database: &TestDatabase) {
    let message = id("message");
    let author = sales();
    let payload = format!(
        r#"{{"ticket.reply_added":{{"message_id":"{message}","author":{{"staff":"{author}"}},
             "text":{{"of":"{author}","plain":"Text"}}}}}}"#
    );
    let never_opened = ticket("never opened");
    let sql = format!(
        "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, \
         event_version, payload, metadata) \
         SELECT (SELECT position FROM log_head) + 1, 'ticket', '{never_opened}', 1, \
         'ticket.reply_added', '1', '{payload}', metadata FROM events WHERE position = 1; \
         UPDATE log_head SET position = position + 1"
    );
    database.run(&sql).await.expect("an event by hand");
}

async fn checkpoints(database: &TestDatabase) -> Vec<Checkpoint> {
    checkpoint::all(&database.open().await).await.expect("readable")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn an_event_that_cannot_be_projected_stops_what_it_concerns_and_nothing_else(system: System) {
    with_database(system, |database| async move {
        opened(&database.log().await, "1").await;
        add_impossible_event(&database).await;
        let log = database.log().await;
        for name in ["2", "3"] {
            opened(&log, name).await;
        }
        let mut runner = database.runner(&log).await.with_batch(10);
        runner.catch_up().await.expect("the others go on");
        run(&log, "1", note("a"), command("a")).await.expect("accepted");
        runner.catch_up().await.expect("the others go on");

        for found in checkpoints(&database).await {
            if CONCERNED.contains(&found.name.as_str()) {
                let fault = found.fault.expect("it stopped");
                assert!(fault.starts_with("event 2: "), "{fault}");
                assert!(found.position < 2, "{} went past the event", found.name);
            } else {
                assert_eq!((found.position, found.fault), (5, None), "{}", found.name);
            }
        }
        assert_eq!(database.table("department_queue").await.len(), 3);
        assert!(database.table("ticket_details").await.len() < 2);
        runner.positions().wait_for(5, PATIENCE).await.expect("nobody waits for what stopped");

        // Another process finds it so, and does not go on either.
        let mut another = database.runner(&database.log().await).await;
        let before = database.projected().await;
        another.positions().wait_for(5, PATIENCE).await.expect("nobody waits for what stopped");
        assert_eq!(another.step().await.expect("nothing to do"), 0);
        assert_same(&before, &database.projected().await);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_rebuild_refuses_the_same_event_and_leaves_what_is_live(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        let mut runner = database.runner(&log).await;
        runner.catch_up().await.expect("every event is projected");
        add_impossible_event(&database).await;
        let log = database.log().await;
        database.runner(&log).await.catch_up().await.expect("the others go on");
        let before = database.projected().await;
        for names in [names(), CONCERNED.to_vec(), vec!["ticket_details"]] {
            let refused = rebuild(&log, &names, &mut |_, _| {}).await;
            let is_named = matches!(&refused, Err(Fault::Unprojectable { position: 2, .. }));
            assert!(is_named, "{refused:?}");
            assert_same(&before, &database.projected().await);
        }
        // What the event does not concern is rebuilt all the same.
        let sound: Vec<_> = names().into_iter().filter(|name| !CONCERNED.contains(name)).collect();
        rebuild(&log, &sound, &mut |_, _| {}).await.expect("rebuilt");
        assert_same(&before, &database.projected().await);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_projection_that_stopped_does_not_go_on_by_itself(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        drop(database.runner(&log).await);
        let stopped = "UPDATE projection_checkpoints SET fault = 'stopped' \
             WHERE name = 'ticket_details'";
        database.run(stopped).await.expect("the owner can");
        opened(&log, "1").await;
        // Neither the process that sees it stopped nor one that starts later tries it again.
        for _ in 0..2 {
            database.runner(&log).await.catch_up().await.expect("the others go on");
            assert_eq!(database.table("ticket_details").await.len(), 0);
            assert_eq!(database.table("customer_tickets").await.len(), 1);
        }
    })
    .await;
}

/// A fault that was none of the log's is gone after a rebuild, and the projection goes on.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_projection_goes_on_when_a_rebuild_has_mended_it(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        let mut runner = database.runner(&log).await;
        runner.catch_up().await.expect("every event is projected");
        let sound = database.projected().await;
        database.run("UPDATE ticket_details SET body = 'x'").await.expect("the owner can");
        // Another process has no rows in memory, and reads the broken one.
        let another = database.log().await;
        run(&another, "1", note("a"), command("a")).await.expect("accepted");
        let mut runner = database.runner(&another).await;
        runner.catch_up().await.expect("the others go on");
        let stopped = |found: &Checkpoint| found.fault.is_some();
        let found = checkpoints(&database).await;
        let names: Vec<_> = found.iter().filter(|one| stopped(one)).map(|one| &one.name).collect();
        assert_eq!(names, ["ticket_details"]);

        rebuild(&another, &["ticket_details"], &mut |_, _| {}).await.expect("rebuilt");
        run(&another, "1", note("b"), command("b")).await.expect("accepted");
        runner.catch_up().await.expect("every event is projected");
        let found = checkpoints(&database).await;
        assert!(found.iter().all(|one| one.position == 3 && one.fault.is_none()), "{found:?}");
        assert_eq!(head(&database).await, 3);
        let mended = database.projected().await;
        assert_eq!(sound.len(), mended.len());
        assert_eq!(database.table("ticket_details").await.len(), 1);
    })
    .await;
}
