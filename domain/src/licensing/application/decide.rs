//! One function per command on an application; [`decide`] only dispatches.

mod deciding;
mod submitting;

use super::clocks::fact;
use super::command::{Command, Party, RequestTicket};
use super::events::ApplicationEvent;
use super::rejection::Rejection;
use super::state::{Application, Status, Submitted};
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal, Text, TextProblem};
use crate::licensing::LicenceId;
use crate::sla::{Book, Fact, measure};

pub use deciding::{decision_reason, licence_of, may_decide, may_override};

/// What a decision gives.
pub type Decision = Result<Vec<ApplicationEvent>, Rejection>;

/// Decides a command on an application.
///
/// # Errors
/// The [`Rejection`] that the rules F1, F2, F8, R1 and R2 give; nothing is to be recorded then.
pub fn decide(application: &Application, command: Command) -> Decision {
    match command {
        Command::Submit(submit) => submitting::submit(application, *submit),
        Command::Take { by } => deciding::take(application, &by),
        Command::Approve { by, application_id, held, at, policy } => {
            deciding::approve(application, &by, (application_id, held), at, &policy)
        }
        Command::FollowGrant { application_id, advisors, basis, staff_member_id, granted_at } => {
            let granted = deciding::Granted { advisors, basis, staff_member_id, at: granted_at };
            deciding::follow_grant(application, application_id, granted)
        }
        Command::Decline { by, reason, most_characters } => {
            deciding::decline(application, &by, &reason, most_characters)
        }
        Command::Override { by, reason, most_characters, application_id, held, at, policy } => {
            let reason = decision_reason(application, &reason, most_characters)?;
            deciding::override_it(application, &by, reason, (application_id, held), at, &policy)
        }
        Command::Withdraw { customer_id, reason, most_characters } => {
            let reason = reason.as_deref();
            deciding::withdraw(application, customer_id, reason, most_characters)
        }
        Command::RequestTicket(request) => request_ticket(application, &request),
        Command::Measured { command, at, book } => measured(application, *command, at, &book),
        Command::CrossLines { at } => cross_lines(application, at),
    }
}

/// What was submitted.
fn submitted(application: &Application) -> Result<&Submitted, Rejection> {
    application.submitted.as_ref().ok_or(Rejection::ApplicationNotFound)
}

/// What is decided already is refused by that name.
fn still_open(application: &Application) -> Result<(), Rejection> {
    match application.status {
        Status::New | Status::Taken => Ok(()),
        Status::Approved => Err(Rejection::ApplicationApproved),
        Status::Declined => Err(Rejection::ApplicationDeclined),
        Status::Withdrawn => Err(Rejection::ApplicationWithdrawn),
    }
}

/// Checks a text and marks it as the customer's.
fn personal(
    customer_id: CustomerId,
    raw: &str,
    max: usize,
    problem: fn(TextProblem) -> Rejection,
) -> Result<Personal<String>, Rejection> {
    let text = Text::parse(raw, max).map_err(problem)?;
    Ok(Personal::new(customer_id, text.into_string()))
}

/// An application may turn into a ticket conversation, once, whatever has become of it.
fn request_ticket(application: &Application, request: &RequestTicket) -> Decision {
    let submitted = submitted(application)?;
    if matches!(request.by, Party::Customer(id) if id != submitted.customer_id) {
        return Err(Rejection::ApplicationNotFound);
    }
    if application.ticket_id.is_some() {
        return Err(Rejection::TicketAlreadyOpened);
    }
    let category_id = request.category_id?;
    let product_id = submitted.request.product_ids().first().copied();
    let subject = personal(
        submitted.customer_id,
        &request.subject,
        request.subject_characters,
        Rejection::BadSubject,
    )?;
    let text = personal(
        submitted.customer_id,
        &request.text,
        request.text_characters,
        Rejection::BadText,
    )?;
    Ok(vec![ApplicationEvent::TicketRequested {
        ticket_id: request.ticket_id,
        category_id,
        product_id: product_id.ok_or(Rejection::ProductMissing)?,
        subject,
        text,
    }])
}

/// Decides a command, and adds what follows for the clock. Lines that were crossed before it and
/// that no timer has recorded yet stand before what it records.
fn measured(application: &Application, command: Command, at: Moment, book: &Book) -> Decision {
    let own = decide(application, command)?;
    if own.is_empty() {
        return Ok(own);
    }
    let facts: Vec<Fact> = own.iter().filter_map(fact).collect();
    let mut measurement = application.measurement.clone();
    let crossed = measure::cross_lines(&mut measurement, at);
    let followed: Vec<_> = facts
        .into_iter()
        .flat_map(|fact| measure::record(&mut measurement, fact, at, book))
        .map(ApplicationEvent::from)
        .collect();
    Ok(crossed.into_iter().map(ApplicationEvent::from).chain(own).chain(followed).collect())
}

/// Records the lines that were crossed. Whoever asks second records nothing.
fn cross_lines(application: &Application, at: Moment) -> Decision {
    submitted(application)?;
    let crossed = measure::cross_lines(&mut application.measurement.clone(), at);
    Ok(crossed.into_iter().map(ApplicationEvent::from).collect())
}

/// A licence that an approval leads to has an id that follows from the application's.
fn licence_id(application_id: super::ApplicationId, what: &str) -> LicenceId {
    LicenceId::named(&format!("application/{application_id}/{what}"))
}
