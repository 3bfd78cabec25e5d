//! Opening (T1, T3).

use super::*;
use crate::ticket::Rejection;
use crate::ticket::rejection::TextField;

fn opening(open: Open) -> Asked {
    asked(open)
}

/// T3: with nobody available the ticket waits in the queue.
#[test]
fn an_opened_ticket_waits_in_the_queue_of_its_departments() {
    given_nothing().when(opening(open())).then_expect_events(vec![opened()]);
}

/// T3: several departments may be told at once.
#[test]
fn a_ticket_goes_to_every_department_that_the_category_names() {
    let departments = vec![technical(), sales()];
    let both = given_nothing()
        .when(opening(Open { routing: Ok(departments.clone()), ..open() }))
        .inspect_result()
        .expect("the ticket is opened");
    assert!(matches!(
        &both[..],
        [TicketEvent::Opened { department_ids, .. }] if *department_ids == departments
    ));
}

/// T3: the assignment policy picks the agent.
#[test]
fn an_opened_ticket_is_assigned_to_whom_the_policy_picks() {
    given_nothing()
        .when(opening(Open { pick: Some(agent().staff_member_id), ..open() }))
        .then_expect_events(vec![opened(), assigned(&agent(), AssignmentBasis::Policy)]);
}

/// T1: category and product are required, so one that is not offered opens nothing.
#[test]
fn a_category_or_product_that_is_not_offered_is_refused() {
    for rejection in [Rejection::CategoryNotFound, Rejection::ProductNotFound] {
        given_nothing()
            .when(opening(Open { routing: Err(rejection), ..open() }))
            .then_expect_error(rejection);
    }
}

/// T1: the number belongs to one ticket, so an id is opened once, by whatever command.
#[test]
fn an_id_is_opened_once() {
    given(Status::New).when(opening(open())).then_expect_error(Rejection::AlreadyOpened);
}

#[test]
fn subject_and_text_are_stored_without_the_space_around_them() {
    given_nothing()
        .when(opening(Open {
            subject: "  Subject ".to_owned(),
            text: "\nText\n\n".to_owned(),
            ..open()
        }))
        .then_expect_events(vec![opened()]);
}

/// The limits count characters: twelve Cyrillic letters are 24 bytes and pass a limit of 12.
#[test]
fn subject_and_text_have_limits_in_characters_and_not_in_bytes() {
    let written = |subject: String, text: String| {
        given_nothing().when(opening(Open { subject, text, ..open() }))
    };
    let fits = written("ж".repeat(12), "ж".repeat(20)).inspect_result();
    assert!(fits.is_ok(), "{fits:?}");
    written("ж".repeat(13), "ж".to_owned())
        .then_expect_error(Rejection::TextTooLong { field: TextField::Subject, max: 12 });
    written("ж".to_owned(), "ж".repeat(21))
        .then_expect_error(Rejection::TextTooLong { field: TextField::Text, max: 20 });
}

/// T1: the customer writes a subject and a text.
#[test]
fn subject_and_text_are_required_and_printable() {
    let written = |subject: &str, text: &str| {
        let (subject, text) = (subject.to_owned(), text.to_owned());
        given_nothing().when(opening(Open { subject, text, ..open() }))
    };
    written(" ", "Text").then_expect_error(Rejection::TextEmpty(TextField::Subject));
    written("Subject", "\n").then_expect_error(Rejection::TextEmpty(TextField::Text));
    written("\0", "Text").then_expect_error(Rejection::TextUnprintable(TextField::Subject));
    written("Subject", "a\u{1b}b").then_expect_error(Rejection::TextUnprintable(TextField::Text));
}
