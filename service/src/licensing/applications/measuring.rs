//! Measuring an application again, by the terms in force now (S4). For managers.

use servicedesk_domain::Event;
use servicedesk_domain::licensing::application::command::Remeasure;
use servicedesk_domain::licensing::application::{Command, clocks};
use servicedesk_domain::licensing::{Application, ApplicationId};

use super::{Done, facts};
use crate::access::policy;
use crate::acting::Acting;
use crate::sla::remeasuring::remeasure;

/// Measures an application again. What happened to it is read from the log.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn remeasure_application(
    acting: Acting<'_>,
    application_id: ApplicationId,
    reason: String,
) -> Done {
    let by = policy::acting_manager(acting.caller)?;
    let circumstances = facts::circumstances(acting.desk, acting.now()).await?;
    let fact = |event: &Event| match event {
        Event::Application(event) => clocks::fact(event),
        _ => None,
    };
    let command = |history| {
        let again = Remeasure { by: by.clone(), reason: reason.clone(), history };
        (Command::Remeasure(again), circumstances.clone())
    };
    let (id, context) = (application_id.uuid(), acting.context());
    remeasure::<Application>(acting.desk, id, context, fact, command).await
}
