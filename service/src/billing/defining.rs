//! Defining the terms of support (B2).

use servicedesk_domain::billing::terms::{Command, Ledgers, Proposal, Rejection};
use servicedesk_domain::billing::{SupportTerms, support_terms_id};
use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::{Executed, reader};
use servicedesk_projections::billing::support_accounts;

use crate::access::policy;
use crate::acting::Acting;
use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// Defines the terms of support from a moment on. For managers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn define_support_terms(
    acting: Acting<'_>,
    proposal: Proposal,
    in_force_from: Option<Moment>,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_manager(acting.caller)?;
    let ledgers = ledgers(acting.desk).await?;
    let command = Command::Define { proposal, in_force_from, ledgers, at: acting.now() };
    acting.execute::<SupportTerms>(support_terms_id().uuid(), Ok(command)).await
}

/// Whether anything was settled or paid, with everything that was recorded until now.
async fn ledgers(desk: &Desk) -> Result<Ledgers, ApiError> {
    desk.settled(reader::head(desk.log.db()).await?).await?;
    let is_used = support_accounts::any_amounts(desk.log.db()).await?;
    Ok(if is_used { Ledgers::InUse } else { Ledgers::Empty })
}
