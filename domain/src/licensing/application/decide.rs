//! One function per command on an application; [`decide`] only dispatches.

mod deciding;
mod submitting;

use super::clocks::fact;
use super::command::{Command, Party, RequestTicket};
use super::events::ApplicationEvent;
use super::rejection::Rejection;
use super::state::{Application, Status, Submitted};
use crate::customer::CustomerId;
use crate::kernel::{Form, Moment, Personal, TextProblem};
use crate::licensing::LicenceId;
use crate::sla::events::Remeasured;
use crate::sla::{Book, Fact, measure};
use crate::staff::Worker;

pub use deciding::{Bought, bought_licence, decision_reason, licence_of, may_decide, may_override};

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
        Command::Approve { by, application_id, bought, at, policy } => {
            deciding::approve(application, &by, (application_id, bought), at, &policy)
        }
        Command::FollowGrant { application_id, advisors, basis, staff_member_id, granted_at } => {
            let granted = deciding::Granted { advisors, basis, staff_member_id, at: granted_at };
            deciding::follow_grant(application, application_id, granted)
        }
        Command::Decline { by, reason, most_characters } => {
            deciding::decline(application, &by, &reason, most_characters)
        }
        Command::Override { by, reason, most_characters, application_id, bought, at, policy } => {
            let reason = decision_reason(application, &reason, most_characters)?;
            deciding::override_it(application, &by, reason, (application_id, bought), at, &policy)
        }
        Command::Withdraw { customer_id, reason, most_characters } => {
            let reason = reason.as_deref();
            deciding::withdraw(application, customer_id, reason, most_characters)
        }
        Command::RequestTicket(request) => request_ticket(application, &request),
        Command::Measured { command, at, book } => measured(application, *command, at, &book),
        Command::CrossLines { at } => cross_lines(application, at),
        Command::Remeasure { by, reason, most_characters, history, at, book } => {
            let reason = decision_reason(application, &reason, most_characters)?;
            remeasure(application, &by, reason, &history, at, &book)
        }
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
    personal_as(Form::Text, customer_id, raw, max, problem)
}

/// The same for a text of one line.
fn personal_line(
    customer_id: CustomerId,
    raw: &str,
    max: usize,
    problem: fn(TextProblem) -> Rejection,
) -> Result<Personal<String>, Rejection> {
    personal_as(Form::Line, customer_id, raw, max, problem)
}

fn personal_as(
    form: Form,
    customer_id: CustomerId,
    raw: &str,
    max: usize,
    problem: fn(TextProblem) -> Rejection,
) -> Result<Personal<String>, Rejection> {
    let text = form.parse(raw, max).map_err(problem)?;
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
    let subject = personal_line(
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

/// Decides a command, and adds what follows for the clock (S1).
fn measured(application: &Application, command: Command, at: Moment, book: &Book) -> Decision {
    let own = decide(application, command)?;
    Ok(measure::with_clock_events(&application.measurement, own, fact, at, book))
}

/// Records the lines that were crossed (S2).
fn cross_lines(application: &Application, at: Moment) -> Decision {
    submitted(application)?;
    Ok(measure::due_lines(&application.measurement, at))
}

/// Measures an application anew, by the terms in force now (S4). Where it is measured so already,
/// there is nothing to record.
fn remeasure(
    application: &Application,
    by: &Worker,
    reason: Personal<String>,
    history: &[(Fact, Moment)],
    at: Moment,
    book: &Book,
) -> Decision {
    deciding::manager_only(by)?;
    let staff_member_id = by.staff_member_id;
    let cycles = measure::remeasure(&application.measurement, history, at, book);
    let recorded = cycles.map(|cycles| {
        ApplicationEvent::Remeasured(Remeasured { staff_member_id, reason, at, cycles })
    });
    Ok(recorded.into_iter().collect())
}

/// A licence that an approval leads to has an id that follows from the application's.
fn licence_id(application_id: super::ApplicationId, what: &str) -> LicenceId {
    LicenceId::named(&format!("application/{application_id}/{what}"))
}
