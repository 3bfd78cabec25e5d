//! The vendor's signing keys on the command line.

use clap::Subcommand;
use servicedesk_eventlog::Log;

use servicedesk_service::licensing::signing;

use super::screen;

/// Commands on signing keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// List the signing keys: number, public half, and which one signs.
    List,
    /// Make a new signing key, which signs from now on. Keys that were signed before stay good.
    Rotate,
    /// Print the public halves as JSON, for products that check keys themselves.
    Export,
}

/// Carries a command out.
pub(super) async fn run(log: &Log, command: KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::List => {}
        KeysCommand::Rotate => signing::rotate(log).await?,
        KeysCommand::Export => {
            // A product that is shipped before the first licence needs the key that will sign it.
            signing::signer(log).await?;
            let keys = signing::keys(log).await?;
            let labels: serde_json::Map<_, _> = keys
                .keys
                .iter()
                .map(|(number, key)| (number.to_string(), key.to_string().into()))
                .collect();
            screen::line(serde_json::to_string_pretty(&labels)?)?;
            return Ok(());
        }
    }
    let keys = signing::keys(log).await?;
    let current = keys.current().map(|(number, _)| number);
    for (number, key) in &keys.keys {
        let state = if current == Some(*number) { "signs" } else { "checks" };
        screen::line(format_args!("{number:5}  {key}  {state}"))?;
    }
    Ok(())
}
