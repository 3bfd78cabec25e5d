//! Looking after parked reactions on the command line.

use clap::{Args, Subcommand};
use servicedesk_domain::kernel::text::for_terminal;
use servicedesk_eventlog::Log;
use servicedesk_eventlog::parking::{self, ParkedKey};

use super::screen;

/// Commands on reactions that could not be done.
#[derive(Debug, Subcommand)]
pub(super) enum ReactionsCommand {
    /// List what is parked: its key, how much waits, since when, the next attempt, and the fault.
    List,
    /// Try parked reactions again now instead of when their next attempt is due. The running service
    /// does so within a second, or as soon as it is started.
    Retry(RetryArgs),
}

/// Which reactions are tried again.
#[derive(Debug, Args)]
pub(super) struct RetryArgs {
    /// Only those of this key, as `list` shows it; all if it is not given.
    #[arg(long)]
    key: Option<String>,
}

/// Carries a command out.
pub(super) async fn run(log: &Log, command: ReactionsCommand) -> anyhow::Result<()> {
    match command {
        ReactionsCommand::List => {
            let parked = parking::all(log.db()).await?;
            for key in &parked {
                print(key)?;
            }
            if parked.is_empty() {
                screen::line("nothing is parked")?;
            }
        }
        ReactionsCommand::Retry(args) => {
            let key = args.key.as_deref();
            let found = parking::retry(log.db(), key, log.now()).await?;
            if let Some(key) = key {
                anyhow::ensure!(found > 0, "{key} is not parked; see `servicedesk reactions list`");
            }
            screen::line(format_args!("{found} keys will be tried again"))?;
        }
    }
    Ok(())
}

fn print(parked: &ParkedKey) -> anyhow::Result<()> {
    let first = parked.first_position.map_or_else(|| "-".to_owned(), |first| first.to_string());
    screen::line(format_args!(
        "{}  waiting {} from event {first}  attempts {}  since {}  next {}  {}",
        parked.ordering_key,
        parked.waiting,
        parked.attempts,
        parked.parked_at.format("%FT%TZ"),
        parked.next_attempt_at.format("%FT%TZ"),
        for_terminal(&parked.fault),
    ))
}
