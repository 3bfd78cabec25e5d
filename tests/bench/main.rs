//! The speed and size of the service, each beside a yardstick measured in the same run on the same
//! machine. `make bench` runs it; `docs/benchmarks.md` says what is measured and how.
//!
//! usage: make bench [ARGS="p1 p2 p3 p6 p9 postgres sqlite"]
//!
//! Without names everything is measured. With `BENCH_QUICK=1` the sizes are small: that shows that
//! the measuring works, and its figures mean nothing.

mod appending;
mod history;
mod http;
mod machine;
mod postgres;
mod rebuilding;
mod replying;
mod report;
mod reporting;
mod service;
mod settings;
mod sqlite;
mod starting;
mod store;
mod workload;

use std::process::ExitCode;
use std::time::Duration;

use machine::Machine;
use report::Report;
use settings::Settings;
use store::Store;

/// Longer than everything together takes, even on a busy machine.
const LONGEST: Duration = Duration::from_hours(1);

fn main() -> ExitCode {
    let settings = Settings::read();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let measured = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let limit = async { tokio::time::timeout(LONGEST, measure(&settings)).await };
        runtime.block_on(limit).unwrap_or_else(|_| Err(anyhow::anyhow!("it took too long")))
    });
    match measured.and_then(|report| report.show_and_write()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new(Machine::look().await, settings.is_quick);
    if settings.is_chosen("postgres") {
        match postgres::server() {
            Some(server) => {
                on_store(&Store::postgres(&server).await?, settings, &mut report).await?;
            }
            None => report.note("PostgreSQL was not measured: there is none here"),
        }
    }
    if settings.is_chosen("sqlite") {
        on_store(&Store::sqlite()?, settings, &mut report).await?;
    }
    if settings.is_chosen("p9") {
        starting::measure(settings, &mut report).await?;
    }
    report.machine.look_again();
    Ok(report)
}

async fn on_store(store: &Store, settings: &Settings, report: &mut Report) -> anyhow::Result<()> {
    let measured = async {
        if settings.is_chosen("p1") || settings.is_chosen("p2") {
            replying::measure(store, settings, report).await?;
        }
        if settings.is_chosen("p3") {
            rebuilding::measure(store, settings, report).await?;
        }
        if settings.is_chosen("p6") {
            reporting::measure(store, settings, report).await?;
        }
        Ok(())
    };
    let measured = measured.await;
    store.remove().await;
    measured
}
