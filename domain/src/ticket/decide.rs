//! One function per command on a ticket; [`decide`] only dispatches. All are pure: the same
//! ticket and command always give the same events.

mod charges;
mod closing;
mod conversation;
mod handling;
mod measuring;
mod opening;
pub(crate) mod time;

use super::command::{Command, Party};
use super::events::TicketEvent;
use super::rejection::{Rejection, TextField};
use super::state::{Status, Ticket};
use crate::kernel::Personal;
use crate::staff::Worker;

/// What a decision gives: the new events, or the fact that forbids them.
pub type Decision = Result<Vec<TicketEvent>, Rejection>;

/// Decides a command on a ticket.
///
/// # Errors
/// The [`Rejection`] that the rules T1 to T8 give; nothing is to be recorded then.
pub fn decide(ticket: &Ticket, command: Command) -> Decision {
    match command {
        Command::Open(open) => opening::open(ticket, open),
        Command::Accept { by } => handling::accept(ticket, &by),
        Command::Assign { by, assignee, reason, policy } => {
            handling::assign(ticket, &by, &assignee, reason.as_deref(), &policy)
        }
        Command::Transfer { by, to_department_id, pick, reason, policy } => {
            handling::transfer(ticket, &by, to_department_id, pick, reason.as_deref(), &policy)
        }
        Command::JoinCollaborator { by, collaborator } => {
            handling::join_collaborator(ticket, &by, &collaborator)
        }
        Command::Leave { by } => handling::leave(ticket, &by),
        Command::AssessPriority { by, priority } => {
            handling::assess_priority(ticket, &by, priority)
        }
        Command::PromiseResolution { by, promised_for, at, policy } => {
            handling::promise_resolution(ticket, &by, promised_for, at, &policy)
        }
        Command::AddReply { by, message_id, text, policy } => {
            conversation::add_reply(ticket, &by, message_id, &text, &policy)
        }
        Command::AddNote { by, message_id, text, policy } => {
            conversation::add_note(ticket, &by, message_id, &text, &policy)
        }
        Command::LogTime { by, entry_id, work, cost, at, policy } => {
            time::log_time(ticket, &by, (entry_id, &work, cost), at, &policy)
        }
        Command::CorrectTime { by, entry_id, reason, instead, at, policy } => {
            time::correct_time(ticket, &by, entry_id, &reason, instead.as_ref(), at, &policy)
        }
        Command::MarkCourtesy { by, entry_id, reason, policy } => {
            time::mark_courtesy(ticket, &by, entry_id, &reason, &policy)
        }
        Command::AskForAgreement { by, version } => {
            charges::ask_for_agreement(ticket, &by, &version)
        }
        Command::AgreeToCharges { customer_id, shown_price, version } => {
            charges::agree_to_charges(ticket, customer_id, shown_price, &version)
        }
        Command::AllowCharges { by, reason, policy } => {
            charges::allow_charges(ticket, &by, &reason, &policy)
        }
        Command::AwaitCustomer { by } => conversation::await_customer(ticket, &by),
        Command::Resume { by } => conversation::resume(ticket, &by),
        Command::Resolve { by, outcome, summary, at, policy } => {
            closing::resolve(ticket, &by, outcome, summary.as_deref(), at, &policy)
        }
        Command::Close { by, at, policy } => closing::close(ticket, &by, at, &policy),
        Command::Expire { at } => closing::expire(ticket, at),
        Command::Reopen { by, reason, at, policy } => {
            closing::reopen(ticket, &by, reason.as_deref(), at, &policy)
        }
        Command::Measured { command, at, book } => measuring::measured(ticket, *command, at, &book),
        Command::CrossLines { at } => measuring::cross_lines(ticket, at),
        Command::Remeasure { by, reason, history, at, book, policy } => {
            measuring::remeasure(ticket, &by, &reason, &history, at, &book, &policy)
        }
    }
}

/// Whether this member of staff may log time on the ticket now (T3, T4).
///
/// # Errors
/// The [`Rejection`] that logging time would get.
pub fn may_log_time(ticket: &Ticket, by: &Worker) -> Result<(), Rejection> {
    staff_access(ticket, by)?;
    if ticket.status == Status::Closed { Err(Rejection::TicketClosed) } else { Ok(()) }
}

/// The ticket must exist and this member of staff may work on it.
fn staff_access(ticket: &Ticket, by: &Worker) -> Result<(), Rejection> {
    if !ticket.is_opened {
        return Err(Rejection::TicketNotFound);
    }
    if ticket.admits(by) { Ok(()) } else { Err(Rejection::NotInDepartment) }
}

/// Either side may act on the ticket; another customer's ticket does not exist for a customer.
fn party_access(ticket: &Ticket, by: &Party) -> Result<(), Rejection> {
    match by {
        Party::Customer(id) if ticket.is_opened && ticket.customer_id == *id => Ok(()),
        Party::Customer(_) => Err(Rejection::TicketNotFound),
        Party::Staff(worker) => staff_access(ticket, worker),
    }
}

/// Work on a ticket that is resolved or closed is refused by that name.
fn still_open(ticket: &Ticket) -> Result<(), Rejection> {
    match ticket.status {
        status @ (Status::Resolved | Status::Closed) => Err(Rejection::forbidden_by(status)),
        _ => Ok(()),
    }
}

/// Checks a text and marks it as the customer's: what is written on a ticket concerns her.
fn personal_text(
    ticket_customer: crate::customer::CustomerId,
    field: TextField,
    raw: &str,
    max: usize,
) -> Result<Personal<String>, Rejection> {
    field
        .form()
        .parse(raw, max)
        .map(|text| Personal::new(ticket_customer, text.into_string()))
        .map_err(|problem| Rejection::of_text(field, problem))
}

/// An optional text: absent stays absent, present must pass.
fn optional_text(
    ticket: &Ticket,
    field: TextField,
    raw: Option<&str>,
    max: usize,
) -> Result<Option<Personal<String>>, Rejection> {
    raw.map(|raw| personal_text(ticket.customer_id, field, raw, max)).transpose()
}
