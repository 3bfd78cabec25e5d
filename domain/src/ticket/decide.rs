//! One function per command on a ticket; [`decide`] only dispatches. All are pure: the same
//! ticket, command and circumstances always give the same events.

mod charges;
mod closing;
mod conversation;
mod handling;
mod measuring;
mod opening;
pub mod time;

use super::clocks::fact;
use super::command::{Circumstances, Command, Party};
use super::events::TicketEvent;
use super::rejection::{Rejection, TextField};
use super::state::{Status, Ticket};
use crate::kernel::Personal;
use crate::sla::measure::with_clock_events;
use crate::staff::Worker;

/// What a decision gives: the new events, or the fact that forbids them.
pub type Decision = Result<Vec<TicketEvent>, Rejection>;

/// Decides a command on a ticket, and adds what it means for the ticket's clocks (S1, S2). Only the
/// commands that are about the clocks themselves record nothing but what they say.
///
/// # Errors
/// The [`Rejection`] that the rules T1 to T8 give; nothing is to be recorded then.
pub fn decide(ticket: &Ticket, command: Command, circumstances: &Circumstances) -> Decision {
    let own = match command {
        Command::CrossLines => return measuring::cross_lines(ticket, circumstances),
        Command::Remeasure(remeasure) => {
            return measuring::remeasure(ticket, remeasure, circumstances);
        }
        Command::Open(open) => opening::open(ticket, open, circumstances),
        Command::Accept { by } => handling::accept(ticket, &by),
        Command::Assign(assign) => handling::assign(ticket, assign, circumstances),
        Command::Transfer(transfer) => handling::transfer(ticket, transfer, circumstances),
        Command::JoinCollaborator(join) => handling::join_collaborator(ticket, &join),
        Command::Leave { by } => handling::leave(ticket, &by),
        Command::Relinquish { staff_member_id } => handling::relinquish(ticket, staff_member_id),
        Command::AssessPriority(assess) => handling::assess_priority(ticket, &assess),
        Command::PromiseResolution(promise) => {
            handling::promise_resolution(ticket, &promise, circumstances)
        }
        Command::AddReply(reply) => conversation::add_reply(ticket, reply, circumstances),
        Command::AddNote(note) => conversation::add_note(ticket, note, circumstances),
        Command::AwaitCustomer { by } => conversation::await_customer(ticket, &by),
        Command::AcknowledgeAnswer { by } => conversation::acknowledge_answer(ticket, &by),
        Command::Resume { by } => conversation::resume(ticket, &by),
        Command::LogTime(log) => time::log_time(ticket, log, circumstances),
        Command::CorrectTime(correct) => time::correct_time(ticket, correct, circumstances),
        Command::MarkCourtesy(mark) => time::mark_courtesy(ticket, mark, circumstances),
        Command::AskForAgreement(ask) => charges::ask_for_agreement(ticket, &ask),
        Command::AgreeToCharges(agree) => charges::agree_to_charges(ticket, &agree),
        Command::AllowCharges(allow) => charges::allow_charges(ticket, allow, circumstances),
        Command::Resolve(resolve) => closing::resolve(ticket, resolve, circumstances),
        Command::Close { by } => closing::close(ticket, &by, circumstances),
        Command::Expire => closing::expire(ticket, circumstances),
        Command::Reopen(reopen) => closing::reopen(ticket, reopen, circumstances),
    }?;
    let Circumstances { at, book, .. } = circumstances;
    Ok(with_clock_events(&ticket.measurement, own, fact, *at, book))
}

/// Whether this member of staff may begin to work on the ticket now (T3, T4).
///
/// # Errors
/// The [`Rejection`] that logging time worked from now on would get.
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

/// Checks a text and marks it as the customer's: what is written on a ticket concerns
/// them.
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
