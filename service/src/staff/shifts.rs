//! Shifts: when an agent takes tickets (T3).

use servicedesk_domain::staff::{Command, Rejection, StaffMember};
use servicedesk_eventlog::Executed;

use crate::access::policy;
use crate::acting::Acting;
use crate::error::Failure;

/// The caller takes tickets from now on.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn start_shift(acting: Acting<'_>) -> Result<Executed, Failure<Rejection>> {
    change(acting, Command::StartShift).await
}

/// The caller takes no tickets from now on.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn end_shift(acting: Acting<'_>) -> Result<Executed, Failure<Rejection>> {
    change(acting, Command::EndShift).await
}

/// An auditor is refused by the rule, which says why.
async fn change(acting: Acting<'_>, command: Command) -> Result<Executed, Failure<Rejection>> {
    let member_id = policy::reading_staff(acting.caller)?.staff_member_id.uuid();
    acting.execute::<StaffMember>(member_id, Ok(command)).await
}
