//! Loading a catalogue file: the default one once, at the first start, and others on demand.

use servicedesk_domain::catalogue::{CalendarId, Catalogue, CatalogueFile, Command, catalogue_id};
use servicedesk_domain::kernel::Actor;
use servicedesk_eventlog::{CommandId, Executed, Log, Origin};
use uuid::Uuid;

use crate::desk;

const DEFAULT: &str = include_str!("default.toml");

/// Loads the default catalogue, unless anything was ever defined. What the vendor changed or
/// retired since is never undone.
///
/// # Errors
/// Where the log fails.
pub async fn load_default(log: &Log) -> anyhow::Result<()> {
    let (catalogue, _) = log.load::<Catalogue>(catalogue_id().uuid()).await?;
    if catalogue.is_defined {
        load_service_levels(log, &catalogue).await?;
        return load_brokers(log, &catalogue).await;
    }
    // Two processes that start together send the same command, which is carried out once.
    let id = Uuid::new_v5(&catalogue_id().uuid(), b"default");
    load(log, DEFAULT, Some(CommandId { id, origin: Origin::Repeatable })).await?;
    tracing::info!("the default catalogue was loaded");
    Ok(())
}

/// A catalogue of a time before anything was measured gets the default service levels, and the
/// calendar that they name where it has none of that name.
async fn load_service_levels(log: &Log, catalogue: &Catalogue) -> anyhow::Result<()> {
    if !catalogue.service_levels.is_empty() {
        return Ok(());
    }
    let mut file: CatalogueFile = toml::from_str(DEFAULT)?;
    let is_known = |code: &str| catalogue.calendars.contains_key(&CalendarId::named(code));
    file.calendars.retain(|calendar| !is_known(&calendar.code));
    let file = CatalogueFile {
        calendars: file.calendars,
        service_levels: file.service_levels,
        ..CatalogueFile::default()
    };
    load_once(log, file, "default service levels").await
}

/// A catalogue of a time before there were applications gets the default brokers.
async fn load_brokers(log: &Log, catalogue: &Catalogue) -> anyhow::Result<()> {
    if !catalogue.brokers.is_empty() {
        return Ok(());
    }
    let file: CatalogueFile = toml::from_str(DEFAULT)?;
    let file = CatalogueFile { brokers: file.brokers, ..CatalogueFile::default() };
    load_once(log, file, "default brokers").await
}

/// Loads a part of the default catalogue, whichever process comes first.
async fn load_once(log: &Log, file: CatalogueFile, what: &str) -> anyhow::Result<()> {
    let mut context = desk::own_context(Actor::Operator, log.now());
    let id = Uuid::new_v5(&catalogue_id().uuid(), what.as_bytes());
    context.command_id = CommandId { id, origin: Origin::Repeatable };
    let command = Command::Load(Box::new(file), log.now());
    log.execute::<Catalogue>(catalogue_id().uuid(), command, context).await?;
    tracing::info!("the {what} were loaded");
    Ok(())
}

/// Loads a catalogue file: what is new or differs becomes events.
///
/// # Errors
/// Where the file cannot be read as a catalogue, a rule refuses it, or the log fails.
pub async fn load(
    log: &Log,
    toml_text: &str,
    command_id: Option<CommandId>,
) -> anyhow::Result<Executed> {
    let file: CatalogueFile = toml::from_str(toml_text)?;
    let mut context = desk::own_context(Actor::Operator, log.now());
    context.command_id = command_id.unwrap_or(context.command_id);
    let command = Command::Load(Box::new(file), log.now());
    Ok(log.execute::<Catalogue>(catalogue_id().uuid(), command, context).await?)
}
