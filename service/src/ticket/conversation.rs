//! Replies, notes and waiting on the customer (T4, T5, S1).

use servicedesk_domain::ticket::command::{AddNote, AddReply};
use servicedesk_domain::ticket::{Command, MessageId, TicketId};

use super::acting::Done;
use crate::acting::Acting;

/// The id of the message that [`add_reply`] or [`add_note`] records.
pub fn new_message_id(acting: &Acting<'_>) -> MessageId {
    acting.new_id("message")
}

/// Adds a public message.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn add_reply(acting: Acting<'_>, ticket_id: TicketId, text: String) -> Done {
    let (by, message_id) = (acting.party()?, new_message_id(&acting));
    acting.on_ticket(ticket_id, AddReply { by, message_id, text }).await
}

/// Adds an internal message.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn add_note(acting: Acting<'_>, ticket_id: TicketId, text: String) -> Done {
    let (by, message_id) = (acting.staff()?, new_message_id(&acting));
    acting.on_ticket(ticket_id, AddNote { by, message_id, text }).await
}

/// A member of staff has looked at the customer's answer after the resolution.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn acknowledge_answer(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, Command::AcknowledgeAnswer { by }).await
}

/// Stops work until the customer answers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn await_customer(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, Command::AwaitCustomer { by }).await
}

/// Goes on without the customer's answer.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn resume_ticket(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, Command::Resume { by }).await
}
