//! Replies, notes and waiting on the customer (T4, T5, S1).

use servicedesk_domain::file::{Attachment, Place};
use servicedesk_domain::ticket::command::{AddNote, AddReply};
use servicedesk_domain::ticket::{Command, MessageId, TicketId};

use super::acting::Done;
use crate::acting::Acting;
use crate::file::attaching::{self, Files};

/// The id of the message that [`add_reply`] or [`add_note`] records.
pub fn new_message_id(acting: &Acting<'_>) -> MessageId {
    acting.new_id("message")
}

/// Adds a public message.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn add_reply(
    acting: Acting<'_>,
    ticket_id: TicketId,
    text: String,
    files: Files,
) -> Done {
    let (by, message_id) = (acting.party()?, new_message_id(&acting));
    let reply = AddReply { by, message_id, text, file_ids: files.ids() };
    let to = Attachment { ticket_id, place: Place::Reply(message_id) };
    with_files(acting, to, reply.into(), &files).await
}

/// Adds an internal message.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn add_note(acting: Acting<'_>, ticket_id: TicketId, text: String, files: Files) -> Done {
    let (by, message_id) = (acting.staff()?, new_message_id(&acting));
    let note = AddNote { by, message_id, text, file_ids: files.ids() };
    let to = Attachment { ticket_id, place: Place::Note(message_id) };
    with_files(acting, to, note.into(), &files).await
}

/// Records a message whose files are claimed for it.
async fn with_files(acting: Acting<'_>, to: Attachment, command: Command, files: &Files) -> Done {
    let claimed = attaching::claim(&acting, files, to, command.clone()).await;
    let done = acting.on_ticket_if(to.ticket_id, claimed.map(|()| command)).await;
    attaching::settle(&acting, files, to, &done).await;
    done
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
