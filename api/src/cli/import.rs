//! `servicedesk import`: the command line around an import.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use servicedesk_eventlog::Log;

use servicedesk_service::import::mapping::Mapping;
use servicedesk_service::import::{Options, run};

use super::report_file::ReportFile;
use super::{screen, serve};

/// Brings another help desk's history in.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// The mapping: what the words of the file mean here.
    #[arg(long, value_name = "FILE")]
    pub mapping: PathBuf,
    /// The history: one line for each thing that happened.
    #[arg(value_name = "CSV")]
    pub csv: PathBuf,
    /// Where to write the report on each line; an earlier report is replaced, any other file is not.
    #[arg(long, value_name = "FILE", default_value = "import-report.csv")]
    pub report: PathBuf,
}

/// Imports a file into a log, writes the report and prints the summary.
///
/// # Errors
/// Where a file cannot be read or written, or the import stops or is told to; what was recorded
/// until then stays, and running it again goes on from there.
pub async fn command(log: &Log, args: ImportArgs) -> anyhow::Result<()> {
    let path = args.mapping.display();
    let text = std::fs::read_to_string(&args.mapping).with_context(|| path.to_string())?;
    let mapping = Mapping::read(&text).with_context(|| path.to_string())?;
    let path = args.csv.display();
    let csv = File::open(&args.csv).with_context(|| path.to_string())?;
    let report = ReportFile::prepare(&args.report, &[&args.csv, &args.mapping])?;

    let bar = bar();
    let begun = Instant::now();
    let mut progress = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let running = run(log, &mapping, BufReader::new(csv), Options::default(), &mut progress);
    let import = tokio::select! {
        import = running => Some(import),
        () = serve::stop_signal() => None,
    };
    let (done, total) = (bar.position(), bar.length().unwrap_or_default());
    bar.finish_and_clear();
    let Some(import) = import else {
        anyhow::bail!(
            "interrupted after {done} of {total} lines. What is recorded stays, and there is no \
             report yet: run the same command again to go on from here. Until then, for a day, no \
             ticket of the file closes by itself"
        );
    };
    let import = import.with_context(|| path.to_string())?;

    report.write(&import.lines)?;
    screen::text(&import.summary)?;
    screen::line(format_args!("{:<34}{:>10.1}", "seconds", begun.elapsed().as_secs_f64()))?;
    screen::line(format_args!("the report on each line is {}", args.report.display()))
}

/// Drawn where somebody watches; elsewhere nothing is printed.
fn bar() -> ProgressBar {
    let template = "{wide_bar} {human_pos} of {human_len} lines, {eta} left";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
