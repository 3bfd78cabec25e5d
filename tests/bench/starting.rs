//! P9: how fast the program starts, how much memory it holds when idle, and how large it is.

use std::time::Instant;

use servicedesk_projections::Runner;

use crate::machine::field_kib;
use crate::report::{Figure, Goal, Report};
use crate::service::{PROGRAM, Service};
use crate::settings::Settings;
use crate::store::{Store, open_log};
use crate::workload;

const TICKETS_EACH: usize = 4;

/// Measures on a small SQLite database that is there already.
pub(crate) async fn measure(settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let store = Store::sqlite()?;
    let url = store.fresh("start").await?;
    let log = open_log(&url).await?;
    let clients = workload::clients(&log, TICKETS_EACH).await?;
    Runner::prepare(log.clone(), servicedesk_projections::all()).await?.catch_up().await?;
    log.db().close().await;
    drop(log);

    let (mut milliseconds, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..settings.starts {
        let begun = Instant::now();
        let service = Service::start(&url)?;
        service.first_answer(&clients[0].token).await?;
        milliseconds.push(begun.elapsed().as_secs_f64() * 1_000.0);
        tokio::time::sleep(settings.idle).await;
        let status = format!("/proc/{}/status", service.process_id()?);
        resident.push(mebibytes(field_kib(&status, "VmRSS:").unwrap_or(0) * 1024));
        service.stop().await?;
    }
    let size = mebibytes(std::fs::metadata(PROGRAM)?.len());
    let figure = |what: &str, unit, measured, most| Figure {
        name: "P9",
        what: what.to_owned(),
        yardstick: "",
        unit,
        measured,
        beside: Vec::new(),
        goal: Goal::AtMost(most),
        needed: Some(Goal::AtMost(most)),
    };
    report.add(figure("start to first answered query", "ms", milliseconds, 300.0));
    report.add(figure("idle resident memory", "MiB", resident, 48.0));
    report.add(figure("size of the program", "MiB", vec![size], 40.0));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "sizes here are far below 2^52")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
