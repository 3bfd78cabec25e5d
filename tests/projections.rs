//! The read models, on both databases: rows are a function of the log alone, however they came
//! about, and what cannot be projected stops loudly.

mod any_history;
mod faults;
mod rebuilding;
mod turns;
mod waiting;

use servicedesk_eventlog::{Log, Position, checkpoint};
use servicedesk_projections::rebuild::{names, rebuild};

use crate::support::TestDatabase;
use crate::support::database::Row;

/// Every projection's rows, with where each stands.
type Projected = Vec<(&'static str, Vec<Row>)>;

/// The position of the last event in the database.
async fn head(database: &TestDatabase) -> Position {
    database.number("SELECT position FROM log_head").await
}

/// Every projection stands at the head of the log, and its rows are those that a rebuild gives.
async fn assert_as_rebuilt(database: &TestDatabase) {
    let live = database.projected().await;
    let log = database.log().await;
    rebuild_all(&log).await;
    assert_same(&live, &database.projected().await);
    for found in checkpoint::all(log.db()).await.expect("readable") {
        assert_eq!((found.position, &found.fault), (head(database).await, &None), "{found:?}");
    }
}

fn assert_same(left: &Projected, right: &Projected) {
    for ((table, left), (_, right)) in left.iter().zip(right) {
        assert_eq!(left, right, "the rows of {table} differ");
    }
}

async fn rebuild_all(log: &Log) {
    rebuild(log, &names(), &mut |_, _| {}).await.expect("every projection is rebuilt");
}
