//! P1: durable appends through the log, by many commands at once, with every check on.

use std::time::{Duration, Instant};

use servicedesk_eventlog::Log;
use tokio::task::JoinSet;

use crate::workload::{self, Client};

/// How many one-event commands a second the log carries out for all clients together.
pub(crate) async fn rate(log: &Log, clients: &[Client], load: Duration) -> anyhow::Result<f64> {
    let before = log.head();
    let begun = Instant::now();
    let mut working = JoinSet::new();
    for client in clients.iter().cloned() {
        working.spawn(work(log.clone(), client, begun + load));
    }
    let mut count = 0;
    while let Some(done) = working.join_next().await {
        count += done??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    anyhow::ensure!(log.head() - before == i64::from(count), "one event for each command");
    Ok(f64::from(count) / seconds)
}

/// One command after the other until the time is over.
async fn work(log: Log, client: Client, until: Instant) -> anyhow::Result<u32> {
    let mut count = 0;
    for ticket_id in client.tickets.iter().cycle() {
        if Instant::now() >= until {
            break;
        }
        workload::reply(&log, client.customer_id, *ticket_id).await?;
        count += 1;
    }
    Ok(count)
}
