//! Watching tickets and queues live, over server-sent events and over a WebSocket: a snapshot
//! first, then every change in order, and on with it after a break without a gap.

mod connection;
mod handshakes;
mod queue;
mod ticket;

use serde_json::{Value, json};

use crate::support::app::{App, Person, department};
use crate::support::watch::{Watcher, Way};

const TICKET: &str = "subscription($id: ID!, $after: EventPosition) { \
     ticketChanged(ticketId: $id, afterPosition: $after) { position \
     entry { kind text position } ticket { number status replyCount version } } }";
const QUEUE: &str = "subscription($id: ID!, $after: EventPosition) { \
     queueChanged(departmentId: $id, afterPosition: $after) { position isQueued \
     ticket { number status } queue(first: 10) { totalCount nodes { number } } } }";

/// Both ways to watch.
async fn ways(app: &App) -> [Way; 2] {
    [Way::Events, Way::Socket(app.listen().await)]
}

async fn watch_ticket(
    app: &App,
    way: Way,
    who: &Person,
    ticket: &Value,
    after: impl Into<Option<i64>>,
) -> Watcher {
    let after = after.into().map(|position| position.to_string());
    let variables = json!({ "id": ticket["id"], "after": after });
    Watcher::begin(app, way, who, TICKET, variables).await
}

async fn watch_queue(
    app: &App,
    way: Way,
    who: &Person,
    code: &str,
    after: impl Into<Option<i64>>,
) -> Watcher {
    let after = after.into().map(|position| position.to_string());
    let variables = json!({ "id": department(code), "after": after });
    Watcher::begin(app, way, who, QUEUE, variables).await
}

fn position(item: &Value) -> i64 {
    item["position"].as_str().expect("a position").parse().expect("a number")
}
