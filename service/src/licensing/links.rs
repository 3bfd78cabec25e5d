//! Issuing download links, for a licence's customer or by licensing (R3).

use servicedesk_domain::licensing::licence::Command;
use servicedesk_domain::licensing::licence::decide::IssueLink;
use servicedesk_domain::licensing::{Licence, LicenceId};

use super::granting::Done;
use crate::access::{Identity, policy};
use crate::acting::Acting;

/// Issues a download link.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn issue_download_link(acting: Acting<'_>, licence_id: LicenceId) -> Done {
    let customer_id = match acting.caller.identity {
        Identity::Customer(customer_id) => Some(customer_id),
        Identity::Staff(_) => policy::acting_licenser(acting.caller).map(|_| None)?,
    };
    let hours = acting.desk.catalogue().await?.licensing_policy.link_hours;
    let command = Command::IssueLink(IssueLink { customer_id, hours, at: acting.now() });
    acting.execute::<Licence>(licence_id.uuid(), Ok(command)).await
}
