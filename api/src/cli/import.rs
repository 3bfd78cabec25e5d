//! `servicedesk import`: the command line around an import.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use servicedesk_eventlog::Log;

use servicedesk_service::import::mapping::Mapping;
use servicedesk_service::import::{Options, report, run};

/// Brings another help desk's history in.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// The mapping: what the words of the file mean here.
    #[arg(long, value_name = "FILE")]
    pub mapping: PathBuf,
    /// The history: one line for each thing that happened.
    #[arg(value_name = "CSV")]
    pub csv: PathBuf,
    /// Where to write what became of each line.
    #[arg(long, value_name = "FILE", default_value = "import-report.csv")]
    pub report: PathBuf,
}

/// Imports a file into a log, writes the report and prints the summary.
///
/// # Errors
/// Where a file cannot be read or written, or the import stops; what was recorded until then
/// stays, and running it again goes on from there.
pub async fn command(log: &Log, args: ImportArgs) -> anyhow::Result<()> {
    let path = args.mapping.display();
    let text = std::fs::read_to_string(&args.mapping).with_context(|| path.to_string())?;
    let mapping = Mapping::read(&text).with_context(|| path.to_string())?;
    let path = args.csv.display();
    let csv = File::open(&args.csv).with_context(|| path.to_string())?;
    // The report is opened first: hours of work should not end at a folder that is not there. It
    // is written beside the old one, so that an interrupted run does not leave half of one.
    let unfinished = args.report.with_extension("unfinished");
    let to = File::create(&unfinished).with_context(|| unfinished.display().to_string())?;

    let bar = bar();
    let begun = Instant::now();
    let mut progress = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let import = run(log, &mapping, BufReader::new(csv), Options::default(), &mut progress).await;
    bar.finish_and_clear();
    if import.is_err() {
        drop(std::fs::remove_file(&unfinished));
    }
    let import = import.with_context(|| path.to_string())?;

    report::write(&import.lines, to).with_context(|| unfinished.display().to_string())?;
    let path = args.report.display();
    std::fs::rename(&unfinished, &args.report).with_context(|| path.to_string())?;
    let mut screen = std::io::stdout().lock();
    write!(screen, "{}", import.summary)?;
    writeln!(screen, "{:<34}{:>10.1}", "seconds", begun.elapsed().as_secs_f64())?;
    writeln!(screen, "what became of each line stands in {path}")?;
    Ok(())
}

/// Drawn where somebody watches; elsewhere nothing is printed.
fn bar() -> ProgressBar {
    let template = "{wide_bar} {human_pos} of {human_len} lines, {eta} left";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
