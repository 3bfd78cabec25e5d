//! P6: the service level report of a year by department, beside reading one row by its key, and how
//! both grow with the number of tickets.

use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::NaiveDate;
use servicedesk_domain::sla::RequestKind;
use servicedesk_eventlog::{Db, on_db};
use servicedesk_projections::sla::report::{Question, answer};
use servicedesk_projections::sla::rollup::Dimension;

use crate::history::History;
use crate::report::{Figure, Goal, Report};
use crate::service::program;
use crate::settings::Settings;
use crate::store::{Store, open_log};
use crate::{postgres, sqlite};

const PATIENCE: Duration = Duration::from_hours(1);
/// How often each is asked in a round; the median counts.
const ASKED: usize = 200;

/// Measures on this system.
pub(crate) async fn measure(
    store: &Store,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    let history = History::read().await?;
    let mut by_size = Vec::new();
    for tickets in &settings.tickets {
        let url = store.fresh(&format!("report{tickets}")).await?;
        let log = open_log(&url).await?;
        log.db().close().await;
        drop(log);
        let events = history.events_of(*tickets);
        match store {
            Store::Postgres { .. } => postgres::load(&url, &history, events).await?,
            Store::Sqlite(_) => sqlite::load(&url, &history, events).await?,
        }
        rebuild(&url).await?;
        let log = open_log(&url).await?;
        let (mut reports, mut rows) = (Vec::new(), Vec::new());
        for _ in 0..settings.rounds {
            rows.push(one_row(log.db()).await?);
            reports.push(a_year(log.db()).await?);
        }
        log.db().close().await;
        report.add(Figure {
            name: "P6",
            what: format!("report of a year by department, {tickets} tickets, {}", store.name()),
            yardstick: "SELECT body FROM service_levels WHERE id = $1 AND part = 'request'",
            unit: "ms",
            measured: reports.clone(),
            beside: rows,
            goal: Goal::AtMost(5.0),
            needed: None,
        });
        by_size.push((*tickets, reports));
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
    Ok(())
}

async fn rebuild(url: &str) -> anyhow::Result<()> {
    let mut child = program(url).args(["rebuild", "service_levels"]).spawn()?;
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.context("it hangs")??;
    anyhow::ensure!(status.success(), "`servicedesk rebuild` failed");
    Ok(())
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
        filter: None,
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
    const ROW: &str = "SELECT body FROM service_levels WHERE id = $1 AND part = 'request'";
    let id: String = on_db!(db, pool => sqlx::query_scalar(ONE).fetch_one(pool).await?);
    let mut times = Vec::with_capacity(ASKED);
    for _ in 0..ASKED {
        let begun = Instant::now();
        let body: String =
            on_db!(db, pool => sqlx::query_scalar(ROW).bind(&id).fetch_one(pool).await?);
        anyhow::ensure!(!body.is_empty(), "the row is empty");
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(median(times))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
