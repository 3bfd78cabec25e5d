//! P6: the service level report of a year by department, beside reading one row by its key, and how
//! both grow with the number of tickets; and what asking for due targets costs while many are open
//! and none is due (S2).

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use chrono::NaiveDate;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::sla::RequestKind;
use servicedesk_eventlog::{Db, Recorded, on_db};
use servicedesk_projections::sla::report::{Question, answer};
use servicedesk_projections::sla::rollup::Dimension;
use servicedesk_projections::sla::{service_levels, targets};

use crate::history::History;
use crate::report::{Figure, Goal, Report};
use crate::settings::Settings;
use crate::store::{Store, open_log};

/// The yardstick: one row by its key.
const ROW: &str = "SELECT body FROM service_levels WHERE id = $1 AND part = 'request'";
/// How many targets are open while asking for due ones is measured.
const OPEN: i64 = 100_000;
/// As a rebuild does it.
const BATCH: usize = 5_000;
const MAX_UNWRITTEN: usize = 60_000;
/// How often each is asked in a round; the median counts.
const ASKED: usize = 200;

/// Measures on this system.
pub(crate) async fn measure(
    store: &Store,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    let history = History::read().await?;
    if history.is_made_up {
        eprintln!("bench: P6 is left out, because the real help desk's log is missing");
        return Ok(());
    }
    // All are filled first and then asked by turns, so that the machine's mood is the same for all.
    let mut filled = Vec::new();
    for tickets in &settings.tickets {
        let url = store.fresh(&format!("report{tickets}")).await?;
        let log = open_log(&url).await?;
        let begun = Instant::now();
        let (tickets, events) = history.recorded(*tickets);
        fill(log.db(), events).await?;
        let seconds = begun.elapsed().as_secs();
        eprintln!("bench: {tickets} tickets projected into {} in {seconds} s", store.name());
        filled.push((tickets, log, Vec::new(), Vec::new()));
    }
    for _ in 0..settings.rounds {
        for (_, log, rows, reports) in &mut filled {
            rows.push(one_row(log.db()).await?);
            reports.push(a_year(log.db()).await?);
        }
    }
    let mut by_size = Vec::new();
    for (tickets, log, rows, reports) in filled {
        log.db().close().await;
        report.add(Figure {
            name: "P6",
            what: format!("report of a year by department, {tickets} tickets, {}", store.name()),
            yardstick: ROW,
            unit: "ms",
            measured: reports.clone(),
            beside: rows,
            goal: Goal::AtMost(5.0),
            needed: None,
        });
        by_size.push((tickets, reports));
    }
    if let [(few, small), .., (many, large)] = &by_size[..] {
        report.add(Figure {
            name: "P6",
            what: format!("its growth from {few} to {many} tickets, {}", store.name()),
            yardstick: "the same with the fewest tickets",
            unit: "ms",
            measured: large.clone(),
            beside: small.clone(),
            goal: Goal::AtMost(1.2),
            needed: None,
        });
    }
    let url = store.fresh("open").await?;
    let log = open_log(&url).await?;
    let (tickets, events) = history.recorded(OPEN);
    fill(log.db(), events.filter(|event| event.sequence <= 2)).await?;
    let (mut looks, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..settings.rounds {
        rows.push(one_row(log.db()).await?);
        looks.push(what_is_due(log.db()).await?);
    }
    log.db().close().await;
    report.add(Figure {
        name: "S2",
        what: format!("asking what is due, {tickets} open tickets, {}", store.name()),
        yardstick: ROW,
        unit: "ms",
        measured: looks,
        beside: rows,
        goal: Goal::AtMost(2.0),
        needed: None,
    });
    Ok(())
}

/// Projects events into a fresh read model as a rebuild does, without a log of them, which would be
/// ten times as large and is measured elsewhere (P3).
async fn fill(db: &Db, events: impl Iterator<Item = Recorded>) -> anyhow::Result<()> {
    let mut projection = service_levels::projection();
    let name = projection.name();
    let mut tx = db.begin_projection().await?;
    projection.create(&mut tx, name).await?;
    tx.commit().await?;
    let mut events = events.map(Arc::new).peekable();
    while events.peek().is_some() {
        let batch: Vec<Arc<Recorded>> = events.by_ref().take(BATCH).collect();
        let mut tx = db.begin_projection().await?;
        projection.fold(db, &mut tx, name, &batch).await?;
        if projection.unwritten() >= MAX_UNWRITTEN {
            projection.flush(db, &mut tx, name).await?;
        }
        tx.commit().await?;
    }
    let mut tx = db.begin_projection().await?;
    projection.flush(db, &mut tx, name).await?;
    projection.index(&mut tx, name, "bench").await?;
    tx.commit().await?;
    // What the server does by itself after a while, and would do while something is measured.
    match db {
        Db::Postgres(postgres) => {
            let tidy = format!("VACUUM ANALYZE {name}");
            sqlx::query(&tidy).execute(postgres.pool()).await?;
            if let Err(error) = sqlx::query("CHECKPOINT").execute(postgres.pool()).await {
                eprintln!("bench: the server may write while P6 is measured: {error}");
            }
        }
        Db::Sqlite(sqlite) => {
            sqlx::query(&format!("ANALYZE {name}")).execute(sqlite.readers()).await?;
        }
    }
    Ok(())
}

/// The median of how long the timers' question takes while nothing is due, in milliseconds.
async fn what_is_due(db: &Db) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let begun = Instant::now();
        let due = targets::due(db, Moment::UNIX_EPOCH, 200).await?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(due.is_empty(), "something is due");
    }
    Ok(median(times))
}

/// The median of how long the report takes, in milliseconds. The real log has its most tickets in
/// this year.
async fn a_year(db: &Db) -> anyhow::Result<f64> {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).context("a day");
    let question = Question {
        request: RequestKind::Ticket,
        from: day(2012)?,
        until: day(2013)?,
        group_by: Some(Dimension::Department),
        filter: Vec::new(),
        bucket: None,
    };
    let mut times = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let begun = Instant::now();
        let lines = answer(db, &question).await?;
        let quantiles =
            lines.iter().filter_map(|line| line.figures.processing.quantiles([0.5, 0.9, 0.99]));
        anyhow::ensure!(quantiles.count() > 0, "the report is empty");
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(median(times))
}

/// The median of how long it takes to read one row by its key, in milliseconds.
async fn one_row(db: &Db) -> anyhow::Result<f64> {
    const ONE: &str = "SELECT id FROM service_levels WHERE part = 'request' LIMIT 1";
    let id: String = on_db!(db, connection => sqlx::query_scalar(ONE).fetch_one(connection).await?);
    let mut times = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let begun = Instant::now();
        let body: String = on_db!(db, connection => sqlx::query_scalar(ROW).bind(&id).fetch_one(connection).await?);
        anyhow::ensure!(!body.is_empty(), "the row is empty");
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(median(times))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
