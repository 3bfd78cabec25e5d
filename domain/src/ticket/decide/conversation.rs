//! Replies, notes and waiting on the customer (T4, T5, S1).

use super::{Decision, party_access, personal_text, staff_access, still_open};
use crate::catalogue::OnAnswer;
use crate::staff::Worker;
use crate::ticket::command::{AddNote, AddReply, Circumstances, Party};
use crate::ticket::events::{Author, TicketEvent};
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::{Status, Ticket};

/// Adds a public message. The customer's answer ends the waiting on them. After the resolution the
/// policy says whether it reopens the ticket, or waits for staff to look; a reply of staff shows
/// that they have.
pub(super) fn add_reply(
    ticket: &Ticket,
    AddReply { by, message_id, text, file_ids }: AddReply,
    Circumstances { at, policy, .. }: &Circumstances,
) -> Decision {
    party_access(ticket, &by)?;
    if ticket.status == Status::Closed {
        return Err(Rejection::TicketClosed);
    }
    let text = personal_text(ticket.customer_id, TextField::Text, &text, policy.text_characters)?;
    let author = match &by {
        Party::Customer(id) => Author::Customer(*id),
        Party::Staff(worker) => Author::Staff(worker.staff_member_id),
    };
    let follows = match (author, ticket.status) {
        (Author::Customer(_), Status::WaitingOnCustomer) => Some(TicketEvent::WaitingEnded),
        (Author::Customer(_), Status::Resolved)
            if policy.on_answer == OnAnswer::Reopen
                && ticket.reopenable_until.is_some_and(|until| *at <= until) =>
        {
            Some(TicketEvent::Reopened { reason: None })
        }
        (Author::Customer(_), Status::Resolved) if !ticket.has_unseen_answer => {
            Some(TicketEvent::AnsweredAfterResolution)
        }
        (Author::Staff(staff_member_id), _) if ticket.has_unseen_answer => {
            Some(TicketEvent::AnswerSeen { staff_member_id })
        }
        _ => None,
    };
    let reply = TicketEvent::ReplyAdded { message_id, author, text, file_ids };
    Ok(std::iter::once(reply).chain(follows).collect())
}

/// Adds an internal message. Allowed in every state: what staff learns later belongs here too.
pub(super) fn add_note(
    ticket: &Ticket,
    AddNote { by, message_id, text, file_ids }: AddNote,
    Circumstances { policy, .. }: &Circumstances,
) -> Decision {
    staff_access(ticket, &by)?;
    let text = personal_text(ticket.customer_id, TextField::Text, &text, policy.text_characters)?;
    let staff_member_id = by.staff_member_id;
    Ok(vec![TicketEvent::NoteAdded { message_id, staff_member_id, text, file_ids }])
}

/// Somebody has looked at what the customer answered after the resolution, and leaves it at that.
pub(super) fn acknowledge_answer(ticket: &Ticket, by: &Worker) -> Decision {
    staff_access(ticket, by)?;
    if !ticket.has_unseen_answer {
        return Err(Rejection::NoUnseenAnswer);
    }
    Ok(vec![TicketEvent::AnswerSeen { staff_member_id: by.staff_member_id }])
}

/// Stops work until the customer answers.
pub(super) fn await_customer(ticket: &Ticket, by: &Worker) -> Decision {
    staff_access(ticket, by)?;
    match ticket.status {
        Status::InProgress => {
            Ok(vec![TicketEvent::WaitingStarted { staff_member_id: by.staff_member_id }])
        }
        status => Err(Rejection::forbidden_by(status)),
    }
}

/// Goes on without the customer's answer.
pub(super) fn resume(ticket: &Ticket, by: &Worker) -> Decision {
    staff_access(ticket, by)?;
    still_open(ticket)?;
    match ticket.status {
        Status::WaitingOnCustomer => Ok(vec![TicketEvent::WaitingEnded]),
        _ => Err(Rejection::TicketNotWaiting),
    }
}
