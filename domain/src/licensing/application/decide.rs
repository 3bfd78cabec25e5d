//! One function per command on an application; [`decide`] dispatches, and adds what a decision means
//! for the clocks.

mod deciding;
mod measuring;
mod submitting;

use super::clocks::fact;
use super::command::{Circumstances, Command, Party, RequestTicket};
use super::events::ApplicationEvent;
use super::rejection::Rejection;
use super::state::{Application, Status, Submitted};
use crate::customer::CustomerId;
use crate::kernel::{Form, Personal, TextProblem};
use crate::licensing::LicenceId;
use crate::sla::measure;

pub use deciding::{Bought, bought_licence, decision_reason, licence_of, may_decide, may_override};

/// The events that a decision leads to.
pub type Decision = Result<Vec<ApplicationEvent>, Rejection>;

/// Decides a command on an application, and adds what follows from it for the clocks (S1).
///
/// # Errors
/// The [`Rejection`] by the rules F1, F2, F8, R1 and R2; nothing is recorded.
pub fn decide(
    application: &Application,
    command: Command,
    circumstances: &Circumstances,
) -> Decision {
    let own = match command {
        Command::CrossLines => return measuring::cross_lines(application, circumstances.at),
        Command::Remeasure(remeasure) => {
            return measuring::remeasure(application, &remeasure, circumstances);
        }
        Command::Submit(submit) => submitting::submit(application, *submit, circumstances),
        Command::Take { by } => deciding::take(application, &by),
        Command::Approve(approve) => deciding::approve(application, &approve, circumstances),
        Command::FollowGrant(grant) => deciding::follow_grant(application, grant),
        Command::Decline(decline) => deciding::decline(application, &decline, circumstances),
        Command::Override(override_it) => {
            deciding::override_it(application, &override_it, circumstances)
        }
        Command::Withdraw(withdraw) => deciding::withdraw(application, &withdraw, circumstances),
        Command::RequestTicket(request) => request_ticket(application, &request, circumstances),
    }?;
    let Circumstances { at, book, .. } = circumstances;
    Ok(measure::with_clock_events(&application.measurement, own, fact, *at, book))
}

/// What was submitted.
fn submitted(application: &Application) -> Result<&Submitted, Rejection> {
    application.submitted.as_ref().ok_or(Rejection::ApplicationNotFound)
}

/// An application that is decided already is refused by its status.
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

/// An application can lead to a ticket once, whatever its status.
fn request_ticket(
    application: &Application,
    request: &RequestTicket,
    circumstances: &Circumstances,
) -> Decision {
    let limits = &circumstances.ticket_policy;
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
        limits.subject_characters,
        Rejection::BadSubject,
    )?;
    let text =
        personal(submitted.customer_id, &request.text, limits.text_characters, Rejection::BadText)?;
    Ok(vec![ApplicationEvent::TicketRequested {
        ticket_id: request.ticket_id,
        category_id,
        product_id: product_id.ok_or(Rejection::ProductMissing)?,
        subject,
        text,
    }])
}

/// The id of a licence that an approval leads to follows from the application's.
fn licence_id(application_id: super::ApplicationId, what: &str) -> LicenceId {
    LicenceId::named(&format!("application/{application_id}/{what}"))
}
