//! A client that has just changed something waits until it can be read, and is told when the wait was in
//! vain.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::time::Duration;
use test_case::test_case;

use servicedesk_projections::runner::WaitError;

use crate::support::desk::opened;
use crate::support::{PATIENCE, in_time};

const SHORT: Duration = Duration::from_millis(60);

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_reader_waits_until_its_own_process_has_projected(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let runner = database.runner(&log).await;
        let positions = runner.positions();
        positions.wait_for(0, SHORT).await.expect("there is nothing to wait for");
        let running = tokio::spawn(runner.run());
        for name in ["1", "2", "3"] {
            let done = opened(&log, name).await;
            positions.wait_for(done.position, PATIENCE).await.expect("it is projected");
            let rows = i64::try_from(database.table("ticket_details").await.len()).expect("few");
            assert_eq!((rows, positions.reached()), (done.position, done.position));
        }
        running.abort();
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_reader_learns_that_the_projections_are_behind(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        opened(&log, "1").await;
        let mut runner = database.runner(&log).await;
        runner.catch_up().await.expect("every event is projected");
        opened(&log, "2").await;
        let waited = in_time("waiting", runner.positions().wait_for(2, SHORT)).await;
        let Err(WaitError::Behind { reached, asked }) = waited else { panic!("{waited:?}") };
        assert_eq!((reached, asked), (1, 2));
        runner.catch_up().await.expect("every event is projected");
        runner.positions().wait_for(2, SHORT).await.expect("it is projected now");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_reader_sees_what_another_process_has_projected(system: System) {
    with_database(system, |database| async move {
        let (here, there) = (database.log().await, database.log().await);
        // Nothing projects here.
        let positions = database.runner(&here).await.positions();
        let mut runner = database.runner(&there).await;
        let done = opened(&there, "1").await;
        let waiting = positions.wait_for(done.position, PATIENCE);
        let (waited, projected) = tokio::join!(waiting, runner.catch_up());
        projected.expect("every event is projected");
        waited.expect("it is seen");
        assert_eq!(positions.reached(), done.position);
    })
    .await;
}

/// As a version leaves one that has a projection more or less than this one.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_projection_that_this_version_does_not_know_holds_nobody_back(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let mut runner = database.runner(&log).await;
        let unknown = "INSERT INTO projection_checkpoints (name, version, position) \
             VALUES ('unheard_of', 1, 0)";
        database.run(unknown).await.expect("the owner can");
        let another = database.runner(&log).await.positions();
        let done = opened(&log, "1").await;
        runner.catch_up().await.expect("every event is projected");
        assert_eq!(runner.positions().reached(), done.position);
        another.wait_for(done.position, PATIENCE).await.expect("it is seen");
    })
    .await;
}
