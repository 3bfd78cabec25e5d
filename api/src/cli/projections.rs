//! Looking after the read models on the command line.

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use servicedesk_domain::kernel::text::for_terminal;
use servicedesk_eventlog::{Log, checkpoint, parking, seal};
use servicedesk_projections::{Runner, rebuild as rebuilding};

use super::screen;

/// Which read models are built again.
#[derive(Debug, Args)]
pub(super) struct RebuildArgs {
    /// Their names, as `status` shows them; all where none is given.
    names: Vec<String>,
}

/// Builds read models again, showing how far it is.
pub(super) async fn rebuild(log: &Log, args: RebuildArgs) -> anyhow::Result<()> {
    if let Some(unknown) = args.names.iter().find(|name| !rebuilding::is_known(name)) {
        let known = rebuilding::names().join(", ");
        anyhow::bail!("there is no read model {unknown}; there are {known}");
    }
    let names: Vec<&str> = if args.names.is_empty() {
        rebuilding::names()
    } else {
        args.names.iter().map(String::as_str).collect()
    };
    // What was never built is created first, so that there is something to swap.
    drop(Runner::prepare(log.clone(), servicedesk_projections::all()).await?);
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{wide_bar} {pos}/{len} events  {per_sec}  {eta}",
    )?);
    let position = rebuilding::rebuild(log, &names, &mut |done, total| {
        bar.set_length(total.unsigned_abs());
        bar.set_position(done.unsigned_abs());
    })
    .await?;
    bar.finish_and_clear();
    screen::line(format_args!("rebuilt {} from {position} events", names.join(", ")))?;
    Ok(())
}

/// Shows the log's head, every read model's state, and how much is parked. Fails if a read model is
/// at fault.
pub(super) async fn status(log: &Log) -> anyhow::Result<()> {
    let head = log.head();
    screen::line(format_args!("log head {head} on {}", log.db().system()))?;
    let checkpoints = checkpoint::all(log.db()).await?;
    let mut faults = 0;
    for found in &checkpoints {
        let lag = head - found.position;
        let health = for_terminal(found.fault.as_deref().unwrap_or("sound"));
        faults += usize::from(found.fault.is_some());
        screen::line(format_args!(
            "{:<20} version {}  position {:>10}  lag {:>8}  {health}",
            found.name, found.version, found.position, lag
        ))?;
    }
    if checkpoints.is_empty() {
        screen::line("no read model was built yet; `servicedesk serve` or `rebuild` builds them")?;
    }
    let parked = parking::all(log.db()).await?;
    if !parked.is_empty() {
        let waiting: i64 = parked.iter().map(|one| one.waiting).sum();
        screen::line(format_args!(
            "degraded: {waiting} reactions of {} keys are parked; see `servicedesk reactions list`",
            parked.len()
        ))?;
    }
    if let Some(seal) = seal::seal(log.db()).await? {
        match &seal.fault {
            None => screen::line(format_args!("sealed {} events", seal.signed_size()))?,
            Some(fault) => screen::line(format_args!("degraded: {}", for_terminal(fault)))?,
        }
    }
    anyhow::ensure!(faults == 0, "{faults} read models are at fault; see `servicedesk rebuild`");
    Ok(())
}
