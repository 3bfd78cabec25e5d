//! What must hold after any crash.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::ticket::TicketEvent;
use servicedesk_eventlog::reader;
use uuid::Uuid;

use super::load::Worker;
use crate::support::TestDatabase;
use crate::support::database::opened;
use crate::support::process::{Server, printed};

/// Sends what was not answered once more, ends the service, and looks at everything: the log is
/// dense, every acknowledged command is in it once and where the answer said, and the read models
/// are what a rebuild makes of the log.
pub(super) async fn assert_kept(
    folder: &Path,
    database: &TestDatabase,
    server: Server,
    workers: &mut [Worker],
) {
    let mut people = Vec::new();
    for worker in workers.iter_mut() {
        worker.retry(server.address).await;
        people.push(person(&server, &worker.token).await);
    }
    let head = database.number("SELECT position FROM log_head").await;
    server.settle(&workers[0].token, head).await;
    assert!(server.stop().await.success());

    assert_log(database, workers, &people, head).await;
    let live = database.projected().await;
    printed(folder, &database.url, &["rebuild"]).await;
    for ((table, live), (_, rebuilt)) in live.iter().zip(&database.projected().await) {
        assert!(live == rebuilt, "the rows of {table} are not those of a rebuild");
    }
}

async fn assert_log(database: &TestDatabase, workers: &[Worker], people: &[CustomerId], head: i64) {
    let db = database.open().await;
    let log = opened(&db, reader::read_after(&db, 0, i64::MAX).await.expect("sound")).await;
    let is_dense = log.iter().map(|event| event.position).eq(1..=head);
    assert!(is_dense, "positions are not dense up to the head, {head}");
    // An answer names the last of its command's events.
    let last: HashMap<Uuid, i64> =
        log.iter().map(|event| (event.metadata.causation_id, event.position)).collect();
    let mut texts: HashMap<&str, Vec<i64>> = HashMap::new();
    let mut sequences = HashMap::new();
    let mut serials = Vec::new();
    for event in &log {
        let sequence = sequences.entry((event.aggregate_type(), event.aggregate_id)).or_insert(0);
        *sequence += 1;
        assert_eq!(event.sequence, *sequence, "sequences are dense");
        serials.extend(event.serial);
        if let Some(TicketEvent::Opened { text, .. } | TicketEvent::ReplyAdded { text, .. }) =
            event.event.as_ticket()
        {
            texts.entry(text.shown()).or_default().push(last[&event.metadata.causation_id]);
        }
    }
    assert!(texts.values().all(|found| found.len() == 1), "something was done twice");
    let numbers: Vec<i64> = (1..).take(serials.len()).collect();
    assert_eq!(serials, numbers, "tickets' numbers are unique and without a gap");

    let commands = database.table("log_commands").await;
    let known: HashMap<_, _> = commands.iter().map(|row| (row[0].clone(), row)).collect();
    let mut count = 0;
    for (worker, person) in workers.iter().zip(people) {
        for acknowledged in &worker.acknowledged {
            let told = &[acknowledged.position][..];
            let found = texts.get(acknowledged.text.as_str()).map(Vec::as_slice);
            assert_eq!(found, Some(told), "{} is not where it was told to be", acknowledged.text);
            let id = Uuid::new_v5(&person.uuid(), acknowledged.key.as_bytes()).simple().to_string();
            let row = known.get(&Some(id)).expect("its key is remembered");
            assert_eq!(row[4].as_deref(), Some(acknowledged.position.to_string().as_str()));
            count += 1;
        }
    }
    assert!(count > 0, "nothing was ever acknowledged");
    // Whatever is in the log was acknowledged in the end, so nothing else was done.
    assert_eq!(texts.len(), count);
    eprintln!("{}: {count} acknowledged commands, {head} events", database.system());
}

async fn person(server: &Server, token: &str) -> CustomerId {
    let request = json!({ "query": "{ viewer { customer { id } } }" });
    let answer = server.send(token, &request).await.expect("an answer");
    let id = answer["data"]["viewer"]["customer"]["id"].as_str().expect("an id");
    servicedesk::graphql::relay::parse_id(&async_graphql::ID::from(id)).expect("a customer's id")
}
