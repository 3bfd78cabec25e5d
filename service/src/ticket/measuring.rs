//! Having a ticket measured again (S4).

use servicedesk_domain::Event;
use servicedesk_domain::ticket::command::Remeasure;
use servicedesk_domain::ticket::{self, Command, Ticket, TicketId};

use super::acting::Done;
use crate::access::policy;
use crate::acting::Acting;
use crate::sla::remeasuring;

/// Has a ticket measured again, by the terms in force now. What happened to it is read from the log,
/// so a ticket from before anything was measured can be measured as well. For managers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn remeasure_ticket(acting: Acting<'_>, ticket_id: TicketId, reason: String) -> Done {
    let by = policy::acting_manager(acting.caller)?.clone();
    let circumstances = acting.desk.circumstances(acting.now()).await?;
    let fact = |event: &Event| event.as_ticket().and_then(ticket::fact);
    let command = |history| {
        let remeasure = Remeasure { by: by.clone(), reason: reason.clone(), history };
        (Command::from(remeasure), circumstances.clone())
    };
    let (desk, context) = (acting.desk, acting.context());
    remeasuring::remeasure::<Ticket>(desk, ticket_id.uuid(), context, fact, command).await
}
