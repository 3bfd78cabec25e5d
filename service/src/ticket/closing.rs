//! Resolving, closing and reopening (T4, T8).

use servicedesk_domain::ticket::command::{Reopen, Resolve};
use servicedesk_domain::ticket::events::Outcome;
use servicedesk_domain::ticket::{Command, TicketId};

use super::acting::Done;
use crate::acting::Acting;

/// Says that a ticket is solved.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn resolve_ticket(
    acting: Acting<'_>,
    ticket_id: TicketId,
    outcome: Outcome,
    summary: Option<String>,
) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, Resolve { by, outcome, summary }).await
}

/// Ends a ticket.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn close_ticket(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.party()?;
    acting.on_ticket(ticket_id, Command::Close { by }).await
}

/// Brings a resolved or closed ticket back.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn reopen_ticket(
    acting: Acting<'_>,
    ticket_id: TicketId,
    reason: Option<String>,
) -> Done {
    let by = acting.party()?;
    acting.on_ticket(ticket_id, Reopen { by, reason }).await
}
