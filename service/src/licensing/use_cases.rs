//! Granting, binding anew, renewing and revoking licences, by licensing.

use serde::Serialize;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::licence::decide::{Grant, IssueLink, Rebind, Renew};
use servicedesk_domain::licensing::licence::{Command, Rejection};
use servicedesk_domain::licensing::{AccountNumber, Licence, LicenceId, LicenceKind};
use servicedesk_eventlog::Executed;
use uuid::Uuid;

use crate::access::{Identity, policy};
use crate::desk::{self, CommandRequest, Desk};
use crate::error::Failure;

/// A licence to be granted.
#[derive(Debug, Clone)]
pub struct NewLicence {
    /// Whose.
    pub customer_id: CustomerId,
    /// For which product.
    pub product_id: ProductId,
    /// On which terms.
    pub kind: LicenceKind,
    /// From when; none: now.
    pub valid_from: Option<Moment>,
    /// Until when.
    pub valid_until: Option<Moment>,
    /// The trading accounts that its key is to be bound to.
    pub account_numbers: Vec<String>,
}

/// Grants a licence.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn grant(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    new: NewLicence,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_licenser(request.caller)?;
    if new.kind == LicenceKind::Affiliate {
        // What is free is granted by an application and the rule; past them only a manager goes.
        policy::acting_manager(request.caller)?;
    }
    let at = desk.now();
    let context = desk::context(request, "grantLicence", content, at)?;
    let id = Uuid::new_v5(&context.command_id.id, b"licence");
    let catalogue = desk.catalogue().await?;
    let product = catalogue.products.get(&new.product_id).filter(|one| !one.is_retired);
    let command = Command::Grant(Grant {
        customer_id: if desk.has_customer(new.customer_id).await? {
            Ok(new.customer_id)
        } else {
            Err(Rejection::CustomerNotFound)
        },
        product_id: product.map(|one| one.product_id).ok_or(Rejection::ProductNotFound),
        kind: new.kind,
        valid_from: new.valid_from.unwrap_or(at),
        valid_until: new.valid_until,
        account_numbers: accounts(&new.account_numbers),
        application_id: None,
        time_zone: catalogue.licensing_policy.time_zone,
        at,
    });
    Ok(desk.log.execute::<Licence>(id, command, context).await?)
}

/// The accounts that a caller names.
fn accounts(raw: &[String]) -> Result<Vec<AccountNumber>, Rejection> {
    let parse = |one: &String| AccountNumber::parse(one).map_err(Rejection::BadAccountNumber);
    raw.iter().map(parse).collect()
}

/// Revokes a licence, from now on.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn revoke(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    licence_id: LicenceId,
    reason: String,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_licenser(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, "revokeLicence", content, at)?;
    let most_characters = desk.catalogue().await?.ticket_policy.reason_characters;
    let command = Command::Revoke { reason, most_characters, at };
    Ok(desk.log.execute::<Licence>(licence_id.uuid(), command, context).await?)
}

/// Binds a licence to other accounts, for a reason.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn rebind(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    licence_id: LicenceId,
    (account_numbers, reason): (&[String], String),
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_licenser(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, "rebindLicence", content, at)?;
    let most_characters = desk.catalogue().await?.ticket_policy.reason_characters;
    let account_numbers = accounts(account_numbers);
    let command = Command::Rebind(Rebind { account_numbers, reason, most_characters, at });
    Ok(desk.log.execute::<Licence>(licence_id.uuid(), command, context).await?)
}

/// Renews a rental by so many months of the vendor's calendar.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn renew(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    licence_id: LicenceId,
    months: i64,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_licenser(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, "renewLicence", content, at)?;
    let time_zone = desk.catalogue().await?.licensing_policy.time_zone;
    let command = Command::Renew(Renew { months, time_zone, at });
    Ok(desk.log.execute::<Licence>(licence_id.uuid(), command, context).await?)
}

/// Issues a download link, for the licence's customer or by licensing.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn issue_link(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    licence_id: LicenceId,
) -> Result<Executed, Failure<Rejection>> {
    let customer_id = match request.caller.identity {
        Identity::Customer(customer_id) => Some(customer_id),
        Identity::Staff(_) => {
            policy::acting_licenser(request.caller)?;
            None
        }
    };
    let at = desk.now();
    let context = desk::context(request, "issueDownloadLink", content, at)?;
    let hours = desk.catalogue().await?.licensing_policy.link_hours;
    let command = Command::IssueLink(IssueLink { customer_id, hours, at });
    Ok(desk.log.execute::<Licence>(licence_id.uuid(), command, context).await?)
}
