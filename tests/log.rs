//! The event log, on both databases: what is promised of it, and that it holds when several
//! processes write at once, when connections die, and when somebody tampers with it.

mod another_log;
mod append_only;
mod batches;
mod concurrency;
mod damage;
mod following;
mod freshness;
mod given_up;
mod lost_connections;
mod repeats;

use servicedesk_eventlog::{DbError, Log, Position, Recorded, reader};

/// The whole log as the database has it.
async fn whole(log: &Log) -> Vec<Recorded> {
    reader::read_after(log.db(), 0, i64::MAX).await.expect("the log is sound")
}

/// The log is dense, and so is every aggregate's sequence within it.
fn assert_dense(events: &[Recorded]) {
    let mut sequences = std::collections::HashMap::new();
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position, position, "positions are dense");
        let key = (event.aggregate_type(), event.aggregate_id);
        let sequence = sequences.entry(key).or_insert(0);
        *sequence += 1;
        assert_eq!(event.sequence, *sequence, "sequences are dense");
    }
}

/// What reading gives, where it must report damage.
fn damage<T>(read: Result<T, DbError>) -> String {
    match read {
        Err(DbError::Damaged(what)) => what,
        Err(error) => panic!("not reported as damage: {error}"),
        Ok(_) => panic!("the damage was passed over"),
    }
}

/// The positions of some events.
fn positions(events: &[std::sync::Arc<Recorded>]) -> Vec<Position> {
    events.iter().map(|event| event.position).collect()
}
