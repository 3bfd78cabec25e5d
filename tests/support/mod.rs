//! What whole-system tests stand on: fresh databases of both kinds, a clock that stands still
//! until it is told otherwise, and the people, tickets and commands of an example desk.
//!
//! ```ignore
//! #[test_case(Sqlite; "on_sqlite")]
//! #[test_case(Postgres; "on_postgres")]
//! #[tokio::test]
//! async fn a_rule_holds(system: System) {
//!     with_database(system, |database| async move {
//!         let log = database.log().await;
//!         …
//!     })
//!     .await;
//! }
//! ```

pub(crate) mod app;
pub(crate) mod applications;
pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod desk;
pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod introspection;
pub(crate) mod payloads;
pub(crate) mod process;
pub(crate) mod releases;
pub(crate) mod samples;
pub(crate) mod settings;
pub(crate) mod staff;
pub(crate) mod watch;

pub(crate) use clock::TestClock;
pub(crate) use database::{System, TestDatabase, on_both, on_postgres, on_sqlite, with_database};

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use servicedesk_eventlog::{Log, Position};

/// Longer than anything that a test waits for takes, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the future gives, unless it takes longer than anything should.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(PATIENCE, future).await;
    outcome.unwrap_or_else(|_| panic!("{what} did not happen within {PATIENCE:?}"))
}

/// Polls a future at most so many times, and drops it if it is not done by then.
pub(crate) async fn polled<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Waits until this process knows of the event at `position`.
pub(crate) async fn sees(log: &Log, position: Position) {
    let mut head = log.watch();
    let seen = in_time("the log's head", head.wait_for(|head| *head >= position)).await;
    assert!(seen.is_ok(), "the log has ended");
}
