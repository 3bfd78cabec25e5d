//! Granting and revoking licences, by licensing.

use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::licence::decide::{GrantLicence, Revoke};
use servicedesk_domain::licensing::licence::{Command, Rejection};
use servicedesk_domain::licensing::{AccountNumber, Licence, LicenceId, LicenceKind};
use servicedesk_eventlog::Executed;

use crate::access::policy;
use crate::acting::Acting;
use crate::error::Failure;

/// What a use case on a licence gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// A licence to be granted.
#[derive(Debug, Clone)]
pub struct NewLicence {
    /// The customer who gets it.
    pub customer_id: CustomerId,
    /// The licensed product.
    pub product_id: ProductId,
    /// The terms.
    pub kind: LicenceKind,
    /// The moment from which it is valid. None: now.
    pub valid_from: Option<Moment>,
    /// The moment until which it is valid. None: without end.
    pub valid_until: Option<Moment>,
    /// The trading accounts that its key is bound to.
    pub account_numbers: Vec<String>,
}

/// Grants a licence. Free ones are granted by applications and their rule; only a manager grants one
/// without.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn grant_licence(acting: Acting<'_>, new: NewLicence) -> Done {
    policy::acting_licenser(acting.caller)?;
    if new.kind == LicenceKind::Affiliate {
        policy::acting_manager(acting.caller)?;
    }
    let catalogue = acting.desk.catalogue().await?;
    let product = catalogue.products.get(&new.product_id).filter(|one| !one.is_retired);
    let is_known = acting.desk.has_customer(new.customer_id).await?;
    let command = Command::Grant(GrantLicence {
        customer_id: is_known.then_some(new.customer_id).ok_or(Rejection::CustomerNotFound),
        product_id: product.map(|one| one.product_id).ok_or(Rejection::ProductNotFound),
        kind: new.kind,
        valid_from: new.valid_from.unwrap_or_else(|| acting.now()),
        valid_until: new.valid_until,
        account_numbers: parse_accounts(&new.account_numbers),
        application_id: None,
        time_zone: catalogue.licensing_policy.time_zone,
        at: acting.now(),
    });
    let id: LicenceId = acting.new_id("licence");
    acting.execute::<Licence>(id.uuid(), Ok(command)).await
}

/// The accounts that a caller names.
pub(super) fn parse_accounts(numbers: &[String]) -> Result<Vec<AccountNumber>, Rejection> {
    let parse = |one: &String| AccountNumber::parse(one).map_err(Rejection::BadAccountNumber);
    numbers.iter().map(parse).collect()
}

/// Revokes a licence, from now on.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn revoke_licence(acting: Acting<'_>, licence_id: LicenceId, reason: String) -> Done {
    policy::acting_licenser(acting.caller)?;
    let max_characters = acting.desk.catalogue().await?.ticket_policy.reason_characters;
    let command = Command::Revoke(Revoke { reason, max_characters, at: acting.now() });
    acting.execute::<Licence>(licence_id.uuid(), Ok(command)).await
}
