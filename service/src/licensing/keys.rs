//! What makes another key of a licence: binding it to other accounts, and renewing it, by licensing.

use servicedesk_domain::licensing::licence::Command;
use servicedesk_domain::licensing::licence::decide::{Rebind, Renew};
use servicedesk_domain::licensing::{Licence, LicenceId};

use super::granting::{Done, parse_accounts};
use crate::access::policy;
use crate::acting::Acting;

/// Binds a licence to other accounts.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn rebind_licence(
    acting: Acting<'_>,
    licence_id: LicenceId,
    account_numbers: &[String],
    reason: String,
) -> Done {
    policy::acting_licenser(acting.caller)?;
    let max_characters = acting.desk.catalogue().await?.ticket_policy.reason_characters;
    let account_numbers = parse_accounts(account_numbers);
    let rebind = Rebind { account_numbers, reason, max_characters, at: acting.now() };
    acting.execute::<Licence>(licence_id.uuid(), Ok(Command::Rebind(rebind))).await
}

/// Renews a rental by a number of months in the vendor's calendar.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn renew_licence(acting: Acting<'_>, licence_id: LicenceId, months: i64) -> Done {
    policy::acting_licenser(acting.caller)?;
    let time_zone = acting.desk.catalogue().await?.licensing_policy.time_zone;
    let command = Command::Renew(Renew { months, time_zone, at: acting.now() });
    acting.execute::<Licence>(licence_id.uuid(), Ok(command)).await
}
