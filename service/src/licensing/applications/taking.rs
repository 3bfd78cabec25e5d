//! Taking applications, by licensing, so that everybody knows who decides them (F8).

use servicedesk_domain::licensing::ApplicationId;
use servicedesk_domain::licensing::application::Command;

use super::{Done, on_application};
use crate::access::policy;
use crate::acting::Acting;

/// Takes an application, to decide it.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn take_application(acting: Acting<'_>, application_id: ApplicationId) -> Done {
    let by = policy::acting_licenser(acting.caller)?.clone();
    on_application(acting, application_id, Ok(Command::Take { by })).await
}
