//! P3: building every projection again from a long log, beside merely reading that log.

use std::time::{Duration, Instant};

use anyhow::Context;

use crate::history::History;
use crate::report::{Figure, Goal, Report};
use crate::service::{caught_up, program};
use crate::settings::Settings;
use crate::store::{Store, open_log};
use crate::{postgres, sqlite};

const PATIENCE: Duration = Duration::from_mins(15);

/// Measures on this system.
pub(crate) async fn measure(
    store: &Store,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    let history = History::read().await?;
    let url = store.fresh("rebuild").await?;
    let log = open_log(&url).await?;
    log.db().close().await;
    drop(log);
    let begun = Instant::now();
    match store {
        Store::Postgres { .. } => postgres::load(&url, &history, settings.events).await?,
        Store::Sqlite(_) => sqlite::load(&url, &history, settings.events).await?,
    }
    let seconds = begun.elapsed().as_secs();
    eprintln!("bench: {} events loaded into {} in {seconds} s", settings.events, store.name());

    let (mut read, mut rebuilt) = (Vec::new(), Vec::new());
    for _ in 0..settings.rounds {
        read.push(match store {
            Store::Postgres { .. } => postgres::read_log(&url).await?,
            Store::Sqlite(_) => sqlite::read_log(&url).await?,
        });
        rebuilt.push(rebuild(&url).await?);
    }
    let log = open_log(&url).await?;
    caught_up(log.db()).await?;
    log.db().close().await;
    report.note(format!("P3 on {}: {}", store.name(), history.source));
    report.add(Figure {
        name: "P3",
        what: format!("rebuild from {} events, {}", settings.events, store.name()),
        yardstick: match store {
            Store::Postgres { .. } => "COPY (SELECT * FROM events ORDER BY position) TO STDOUT",
            Store::Sqlite(_) => "SELECT … FROM events ORDER BY position",
        },
        unit: "s",
        measured: rebuilt,
        beside: read,
        goal: Goal::AtMost(4.0),
        needed: Some(Goal::AtMost(8.0)),
    });
    Ok(())
}

/// How many seconds `servicedesk rebuild` takes, from its start to its end.
async fn rebuild(url: &str) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut child = program(url).arg("rebuild").spawn()?;
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.context("it hangs")??;
    anyhow::ensure!(status.success(), "`servicedesk rebuild` failed");
    Ok(begun.elapsed().as_secs_f64())
}
