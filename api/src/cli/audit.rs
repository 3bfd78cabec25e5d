//! Verifying the log on the command line (A2).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use servicedesk_domain::kernel::text::for_terminal;
use servicedesk_eventlog::Db;
use servicedesk_eventlog::seal::verify::{Trusted, VerifyError, verify};
use servicedesk_eventlog::seal::{self, Sealer};

use super::screen;
use crate::config::Config;

/// Commands on the seal of the log.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Verify every event against the seal: what was changed, removed, inserted or moved is found.
    Verify(VerifyArgs),
    /// Print the public key that checkpoints are signed with.
    Key,
    /// Begin a new series of checkpoints under another name, after a backup was put back.
    NewOrigin {
        /// The name, for example `desk.example.com/2`; no spaces, no plus sign.
        origin: String,
    },
}

/// What the log is verified against, beside what is kept by the service itself.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The public key as you have it, from `audit key` at an earlier time.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A checkpoint that you have kept, from `GET /checkpoint` at an earlier time.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

/// Carries a command out.
pub(super) async fn run(db: &Db, config: &Config, command: AuditCommand) -> anyhow::Result<()> {
    match command {
        AuditCommand::Verify(args) => verify_log(db, config, args).await,
        AuditCommand::Key => match seal::public_key(db).await? {
            Some(key) => screen::line(key),
            None => anyhow::bail!("nothing was sealed yet; `servicedesk serve` seals the log"),
        },
        AuditCommand::NewOrigin { origin } => {
            let mut sealer = Sealer::new(db.clone(), config.checkpoint_of(db));
            sealer.begin_again(&origin).await?;
            screen::line(format_args!(
                "checkpoints are signed as {} from now on",
                for_terminal(&origin)
            ))
        }
    }
}

async fn verify_log(db: &Db, config: &Config, args: VerifyArgs) -> anyhow::Result<()> {
    let kept = match args.checkpoint {
        None => None,
        Some(path) => {
            let place = path.display().to_string();
            let text = std::fs::read_to_string(&path)
                .map_err(|error| anyhow::anyhow!("{place}: {error}"))?;
            Some((place, text))
        }
    };
    let trusted = Trusted { outside: config.checkpoint_of(db), key: args.key, kept };
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{wide_bar} {pos}/{len} events  {per_sec}  {eta}",
    )?);
    let verified = verify(db, &trusted, &mut |done, total| {
        bar.set_length(total.unsigned_abs());
        bar.set_position(done.unsigned_abs());
    })
    .await;
    bar.finish_and_clear();
    match verified {
        Ok(verified) => screen::line(format_args!(
            "verified {} events, {} of them sealed, with the key {}",
            verified.events, verified.sealed, verified.key
        )),
        Err(VerifyError::Found(found)) => match found.position {
            Some(position) => anyhow::bail!("the log is not sound at position {position}: {found}"),
            None => anyhow::bail!("the log is not sound: {found}"),
        },
        Err(error) => Err(error.into()),
    }
}
