//! The master key of personal data on the command line.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use servicedesk_eventlog::sealing::store;
use servicedesk_eventlog::{Log, MasterKey, MasterKeySource};

use super::screen;
use crate::config::Config;

/// Commands on the master key.
#[derive(Debug, Subcommand)]
pub(super) enum MasterKeyCommand {
    /// Print the id of the master key, which tells nothing about the key.
    Id,
    /// Wrap everybody's key with another master key. No event is touched. Stop the service first,
    /// and start it with the new key.
    Replace {
        /// The file with the new key, which is made if there is none. Without it, the file of the
        /// key that is in force gets the new one, and the old one is kept beside it under its id.
        #[arg(long, value_name = "FILE")]
        with: Option<PathBuf>,
    },
}

/// Carries a command out.
pub(super) async fn run(
    log: &Log,
    config: &Config,
    command: MasterKeyCommand,
) -> anyhow::Result<()> {
    match command {
        MasterKeyCommand::Id => screen::line(log.db().master_key_id()?),
        MasterKeyCommand::Replace { with: Some(path) } => {
            let new = read_or_make(&path)?;
            let count = store::rewrap(log.db(), &new).await?;
            let (id, path) = (new.id(), path.display());
            screen::line(format_args!(
                "keys wrapped by the master key {id}: {count}; start the service with the key in \
                 {path}"
            ))
        }
        MasterKeyCommand::Replace { with: None } => {
            let MasterKeySource::File(path) = config.master_key_source()? else {
                anyhow::bail!("the master key is in no file; name one for the new key: --with FILE")
            };
            let new = read_or_make(&MasterKeySource::successor(&path))?;
            let count = store::rewrap(log.db(), &new).await?;
            MasterKeySource::succeed(&path)?;
            let (id, path) = (new.id(), path.display());
            screen::line(format_args!(
                "keys wrapped by the master key {id} in {path}: {count}; the old one is beside it"
            ))
        }
    }
}

fn read_or_make(path: &Path) -> anyhow::Result<MasterKey> {
    if let Some(key) = MasterKey::read(path)? {
        return Ok(key);
    }
    let new = MasterKey::random();
    new.write_new(path)?;
    Ok(new)
}
