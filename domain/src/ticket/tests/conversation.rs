//! Replies, notes and waiting on the customer (T4, T5, S1).

use super::*;
use crate::ticket::Rejection;
use crate::ticket::events::Author;
use crate::ticket::rejection::TextField;

fn replied(author: Author) -> TicketEvent {
    TicketEvent::ReplyAdded {
        message_id: message_id(),
        author,
        text: personal("Text"),
        file_ids: Vec::new(),
    }
}

fn by_customer() -> Author {
    Author::Customer(customer_id())
}

#[test]
fn customer_and_staff_reply() {
    given(Status::New)
        .when(reply(customer(), " Text "))
        .then_expect_events(vec![replied(by_customer())]);
    given(Status::New)
        .when(reply(Party::Staff(agent()), "Text"))
        .then_expect_events(vec![replied(Author::Staff(agent().staff_member_id))]);
}

/// S1: time spent waiting on the customer does not count, so their answer ends it at once.
#[test]
fn the_customers_answer_ends_the_waiting_on_her() {
    given(Status::WaitingOnCustomer)
        .when(reply(customer(), "Text"))
        .then_expect_events(vec![replied(by_customer()), TicketEvent::WaitingEnded]);
}

#[test]
fn a_reply_of_staff_does_not_end_the_waiting() {
    given(Status::WaitingOnCustomer)
        .when(reply(Party::Staff(agent()), "Text"))
        .then_expect_events(vec![replied(Author::Staff(agent().staff_member_id))]);
}

/// A ticket with these events after its resolution.
fn resolved_with(further: Vec<TicketEvent>) -> AggregateTestExecutor<Ticket> {
    TestFramework::with(()).given([history(Status::Resolved), further].concat())
}

fn seen(by: &Worker) -> TicketEvent {
    TicketEvent::AnswerSeen { staff_member_id: by.staff_member_id }
}

/// T4: to ask for more work on a resolved ticket, it is reopened; an answer does not reopen it, but
/// waits for somebody to look.
#[test]
fn an_answer_to_a_resolved_ticket_waits_for_somebody_to_look() {
    let answered = TicketEvent::AnsweredAfterResolution;
    given(Status::Resolved)
        .when(reply(customer(), "Text"))
        .then_expect_events(vec![replied(by_customer()), answered.clone()]);
    resolved_with(vec![answered])
        .when(reply(customer(), "Text"))
        .then_expect_events(vec![replied(by_customer())]);
}

/// T4: reopening by an answer is an option of the policy, for as long as it can be reopened.
#[test]
fn an_answer_reopens_a_resolved_ticket_where_the_policy_says_so() {
    let policy = TicketPolicy { on_answer: OnAnswer::Reopen, ..policy() };
    let answer = |days| {
        let (command, circumstances) = reply(customer(), "Text");
        (command, Circumstances { at: day(days), policy: policy.clone(), ..circumstances })
    };
    let reopened = TicketEvent::Reopened { reason: None };
    given(Status::Resolved)
        .when(answer(14))
        .then_expect_events(vec![replied(by_customer()), reopened]);
    given(Status::Resolved)
        .when(answer(15))
        .then_expect_events(vec![replied(by_customer()), TicketEvent::AnsweredAfterResolution]);
}

/// T4: the agent who looks says so, or answers.
#[test]
fn an_answer_waits_until_somebody_has_looked() {
    let answered = || vec![TicketEvent::AnsweredAfterResolution];
    resolved_with(answered()).when(acknowledge(agent())).then_expect_events(vec![seen(&agent())]);
    let by_agent = Author::Staff(agent().staff_member_id);
    resolved_with(answered())
        .when(reply(Party::Staff(agent()), "Text"))
        .then_expect_events(vec![replied(by_agent), seen(&agent())]);
    // A ticket that its customer closes, or that closes by itself, does not hide it.
    for basis in [ClosingBasis::Expiry, ClosingBasis::Customer] {
        resolved_with([answered(), vec![closed(basis, day(14))]].concat())
            .when(acknowledge(agent()))
            .then_expect_events(vec![seen(&agent())]);
    }
}

#[test]
fn what_was_looked_at_or_came_back_waits_no_longer() {
    let answered = TicketEvent::AnsweredAfterResolution;
    for further in [
        seen(&agent()),
        TicketEvent::Reopened { reason: None },
        closed(ClosingBasis::Staff, day(14)),
    ] {
        resolved_with(vec![answered.clone(), further])
            .when(acknowledge(agent()))
            .then_expect_error(Rejection::NoUnseenAnswer);
    }
    resolved_with(vec![answered])
        .when(acknowledge(outsider()))
        .then_expect_error(Rejection::NotInDepartment);
}

#[test]
fn a_closed_ticket_takes_no_reply() {
    for by in [customer(), Party::Staff(agent())] {
        given(Status::Closed).when(reply(by, "Text")).then_expect_error(Rejection::TicketClosed);
    }
}

/// T5: nobody learns from a refusal that somebody else's ticket exists.
#[test]
fn another_customers_ticket_does_not_exist() {
    for status in [Status::InProgress, Status::Resolved, Status::Closed] {
        for command in [
            reply(another_customer(), "Text"),
            // A fault in the text must not tell that the ticket exists either.
            reply(another_customer(), ""),
            close(another_customer(), day(0)),
            reopen(another_customer(), day(0)),
        ] {
            given(status).when(command).then_expect_error(Rejection::TicketNotFound);
        }
    }
}

/// What staff learns later belongs to the ticket, too.
#[test]
fn staff_adds_notes_even_to_a_closed_ticket() {
    for status in [Status::New, Status::Closed] {
        given(status).when(note(agent(), "Text")).then_expect_events(vec![
            TicketEvent::NoteAdded {
                message_id: message_id(),
                staff_member_id: agent().staff_member_id,
                text: personal("Text"),
                file_ids: Vec::new(),
            },
        ]);
    }
}

/// Twenty Cyrillic letters are 40 bytes and pass a limit of 20 characters.
#[test]
fn replies_and_notes_have_the_limit_of_texts() {
    let written = |text: &str| [reply(customer(), text), note(agent(), text)];
    for command in written(&"ж".repeat(20)) {
        let result = given(Status::New).when(command).inspect_result();
        assert!(result.is_ok(), "{result:?}");
    }
    for (text, rejection) in [
        ("ж".repeat(21), Rejection::TextTooLong { field: TextField::Text, max: 20 }),
        (" \n".to_owned(), Rejection::TextEmpty(TextField::Text)),
        ("a\u{0}".to_owned(), Rejection::TextUnprintable(TextField::Text)),
    ] {
        for command in written(&text) {
            given(Status::New).when(command).then_expect_error(rejection);
        }
    }
}

#[test]
fn staff_waits_on_the_customer_and_may_go_on_without_her_answer() {
    given(Status::InProgress)
        .when(await_customer(agent()))
        .then_expect_events(vec![waiting_started(&agent())]);
    given(Status::WaitingOnCustomer)
        .when(resume(agent()))
        .then_expect_events(vec![TicketEvent::WaitingEnded]);
}

/// A hand-over does not answer for the customer: the waiting goes on until they do.
#[test]
fn a_hand_over_leaves_the_ticket_waiting() {
    given(Status::WaitingOnCustomer)
        .and(vec![assigned(&colleague(), AssignmentBasis::Staff)])
        .when(reply(customer(), "Text"))
        .then_expect_events(vec![replied(by_customer()), TicketEvent::WaitingEnded]);
}
