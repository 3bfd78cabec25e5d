//! The terms of support: the default ones once, at the first start, and those in force.

use serde::Deserialize;
use servicedesk_domain::billing::terms::{Command, Ledgers, Proposal, Rejection};
use servicedesk_domain::billing::{InForce, SupportTerms, Version, support_terms_id};
use servicedesk_domain::kernel::{Actor, Moment, Money};
use servicedesk_eventlog::{CommandId, ExecuteError, Log, Origin};
use uuid::Uuid;

use crate::desk;
use crate::error::ApiError;

const DEFAULT: &str = include_str!("default.toml");

/// The terms as they are written down.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsFile {
    hourly_price: Money,
    package_minutes: i64,
    warning_percent: i64,
    needs_agreement: bool,
    time_zone: chrono_tz::Tz,
}

/// Loads the default terms, unless any were ever defined.
///
/// # Errors
/// Where the log fails.
pub async fn load_default(log: &Log) -> anyhow::Result<()> {
    let id = support_terms_id().uuid();
    let (history, _) = log.load::<SupportTerms>(id).await?;
    if !history.versions.is_empty() {
        return Ok(());
    }
    let file: TermsFile = toml::from_str(DEFAULT)?;
    let proposal = Proposal {
        hourly_price: Ok(file.hourly_price),
        package_minutes: file.package_minutes,
        warning_percent: file.warning_percent,
        needs_agreement: file.needs_agreement,
        time_zone: Some(file.time_zone),
    };
    let at = log.now();
    let mut context = desk::own_context(Actor::Operator, at);
    // Two processes that start together send the same command, which is carried out once.
    context.command_id =
        CommandId { id: Uuid::new_v5(&id, b"default"), origin: Origin::Repeatable };
    let ledgers = Ledgers::Empty;
    let command = Command::Define { proposal, in_force_from: None, ledgers, at };
    log.execute::<SupportTerms>(id, command, context).await?;
    tracing::info!("the default terms of support were loaded");
    Ok(())
}

/// The terms in force at a moment.
///
/// # Errors
/// A fault, where they cannot be read or there are none, which is a mistake in the program.
pub async fn in_force_at(log: &Log, moment: Moment) -> Result<Version, ExecuteError<Rejection>> {
    // Read from the log: another process may have defined new ones a moment ago.
    let (history, _) = log.load::<SupportTerms>(support_terms_id().uuid()).await?;
    let none = || ExecuteError::Fault("no terms of support were ever defined".to_owned());
    history.in_force_at(moment).copied().ok_or_else(none)
}

/// The terms in force from one moment until another.
///
/// # Errors
/// A fault, as above.
pub async fn in_force_during(
    log: &Log,
    from: Moment,
    until: Moment,
) -> Result<InForce, ExecuteError<Rejection>> {
    let (history, _) = log.load::<SupportTerms>(support_terms_id().uuid()).await?;
    let none = || ExecuteError::Fault("no terms of support were ever defined".to_owned());
    history.in_force_during(from, until).ok_or_else(none)
}

/// Every version of the terms.
///
/// # Errors
/// `Internal` if they cannot be read.
pub async fn history(log: &Log) -> Result<SupportTerms, ApiError> {
    let loaded = log.load::<SupportTerms>(support_terms_id().uuid()).await;
    Ok(loaded.map_err(ApiError::from)?.0)
}

/// The same for a request.
///
/// # Errors
/// `Internal` if they cannot be read.
pub async fn for_request(log: &Log, moment: Moment) -> Result<Version, ApiError> {
    in_force_at(log, moment).await.map_err(ApiError::from)
}
