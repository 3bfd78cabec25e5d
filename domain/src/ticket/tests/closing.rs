//! Resolving, closing and reopening (T4, T8).

use super::*;
use crate::ticket::Rejection;
use crate::ticket::rejection::TextField;

const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

/// T4: it may be reopened until 14 days after its resolution.
#[test]
fn a_resolved_ticket_may_be_reopened_for_the_days_of_the_policy() {
    given(Status::InProgress)
        .when(resolve(agent()))
        .then_expect_events(vec![resolved(&agent(), day(14))]);
    let policy = TicketPolicy { reopen_days: 3, ..policy() };
    let (resolving, _) = resolve(agent());
    given(Status::InProgress)
        .when(asked_under(policy, day(0), resolving))
        .then_expect_events(vec![resolved(&agent(), day(3))]);
}

/// S1: time spent waiting does not count, so what was measured must know where it ended.
#[test]
fn resolving_ends_the_waiting_on_the_customer() {
    given(Status::WaitingOnCustomer)
        .when(resolve(agent()))
        .then_expect_events(vec![TicketEvent::WaitingEnded, resolved(&agent(), day(14))]);
}

/// The summary is a text and has a text's limit, in characters.
#[test]
fn the_summary_of_a_resolution_has_the_limit_of_texts() {
    let summed_up = |text: &str| {
        given(Status::InProgress).when(asked(Resolve {
            by: agent(),
            outcome: Outcome::Duplicate,
            summary: Some(text.to_owned()),
        }))
    };
    let text = "ж".repeat(20);
    summed_up(&text).then_expect_events(vec![TicketEvent::Resolved {
        staff_member_id: agent().staff_member_id,
        outcome: Outcome::Duplicate,
        summary: Some(personal(&text)),
        reopenable_until: day(14),
    }]);
    summed_up(&"ж".repeat(21))
        .then_expect_error(Rejection::TextTooLong { field: TextField::Summary, max: 20 });
    summed_up(" ").then_expect_error(Rejection::TextEmpty(TextField::Summary));
    summed_up("\0").then_expect_error(Rejection::TextUnprintable(TextField::Summary));
}

/// T4: the customer may close.
#[test]
fn the_customer_closes_her_ticket_at_any_time() {
    let expected = closed(ClosingBasis::Customer, day(16));
    for status in [Status::New, Status::Assigned, Status::InProgress, Status::Reopened] {
        given(status).when(close(customer(), day(2))).then_expect_events(vec![expected.clone()]);
    }
    given(Status::WaitingOnCustomer)
        .when(close(customer(), day(2)))
        .then_expect_events(vec![TicketEvent::WaitingEnded, expected]);
}

#[test]
fn staff_closes_only_what_is_resolved() {
    given(Status::Resolved)
        .when(close(Party::Staff(agent()), day(2)))
        .then_expect_events(vec![closed(ClosingBasis::Staff, day(14))]);
    for by in [agent(), manager()] {
        given(Status::InProgress)
            .when(close(Party::Staff(by), day(2)))
            .then_expect_error(Rejection::TicketNotResolved);
    }
}

/// T4: the period runs from the resolution.
#[test]
fn closing_a_resolved_ticket_does_not_prolong_the_reopening_period() {
    given(Status::Resolved)
        .when(close(customer(), day(10)))
        .then_expect_events(vec![closed(ClosingBasis::Customer, day(14))]);
}

/// S4: what a policy changes holds for what happens after the change.
#[test]
fn a_changed_policy_does_not_move_a_period_that_runs() {
    let policy = TicketPolicy { reopen_days: 90, ..policy() };
    given(Status::Resolved)
        .when(asked_under(policy.clone(), day(1), Command::Close { by: customer() }))
        .then_expect_events(vec![closed(ClosingBasis::Customer, day(14))]);
    given(Status::Resolved)
        .when(asked_under(policy, day(15), Reopen { by: customer(), reason: None }))
        .then_expect_error(Rejection::ReopenPeriodOver { until: day(14) });
}

/// T4: the last moment of the period is in, one microsecond later is out.
#[test]
fn a_ticket_is_reopened_up_to_and_including_the_last_moment_of_its_period() {
    for status in [Status::Resolved, Status::Closed] {
        for by in [customer(), Party::Staff(agent())] {
            given(status)
                .when(reopen(by.clone(), day(14)))
                .then_expect_events(vec![TicketEvent::Reopened { reason: None }]);
            given(status)
                .when(reopen(by, day(14) + MICROSECOND))
                .then_expect_error(Rejection::ReopenPeriodOver { until: day(14) });
        }
    }
}

/// T4: after the period it closes by itself, and not a microsecond sooner.
#[test]
fn a_resolved_ticket_closes_by_itself_once_it_cannot_be_reopened() {
    given(Status::Resolved)
        .when(expire(day(14)))
        .then_expect_error(Rejection::ReopenPeriodRunning { until: day(14) });
    given(Status::Resolved)
        .when(expire(day(14) + MICROSECOND))
        .then_expect_events(vec![closed(ClosingBasis::Expiry, day(14))]);
}

/// T4: a second resolution starts a second period; the first one's end means nothing by then.
#[test]
fn a_reopened_ticket_gets_a_new_period_with_its_next_resolution() {
    let again = vec![accepted(&agent()), resolved(&agent(), day(34))];
    given(Status::Reopened)
        .and(again.clone())
        .when(expire(day(15)))
        .then_expect_error(Rejection::ReopenPeriodRunning { until: day(34) });
    given(Status::Reopened)
        .and(again)
        .when(reopen(customer(), day(34)))
        .then_expect_events(vec![TicketEvent::Reopened { reason: None }]);
}

#[test]
fn only_a_resolved_ticket_closes_by_itself() {
    for status in [Status::InProgress, Status::Reopened] {
        given(status).when(expire(day(99))).then_expect_error(Rejection::TicketNotResolved);
    }
}

/// T8: `reopened → in_progress`, by the agent who was responsible.
#[test]
fn a_reopened_ticket_is_its_agents_again() {
    given(Status::Reopened).when(accept(agent())).then_expect_events(vec![accepted(&agent())]);
    given(Status::Reopened)
        .when(accept(colleague()))
        .then_expect_error(Rejection::AssignedToAnother);
}

/// A ticket that its customer closed before anybody took it comes back into the queue.
#[test]
fn a_reopened_ticket_that_nobody_had_taken_is_anybodys_of_the_department() {
    given(Status::New)
        .and(vec![closed(ClosingBasis::Customer, day(14)), TicketEvent::Reopened { reason: None }])
        .when(accept(colleague()))
        .then_expect_events(vec![accepted(&colleague())]);
}

/// The reason has the limit of reasons, in characters.
#[test]
fn the_reason_for_reopening_has_its_limit() {
    let because = |reason: &str| {
        given(Status::Resolved)
            .when(asked_at(day(1), Reopen { by: customer(), reason: Some(reason.to_owned()) }))
    };
    let reason = "ж".repeat(10);
    because(&reason)
        .then_expect_events(vec![TicketEvent::Reopened { reason: Some(personal(&reason)) }]);
    because(&"ж".repeat(11))
        .then_expect_error(Rejection::TextTooLong { field: TextField::Reason, max: 10 });
    because("").then_expect_error(Rejection::TextEmpty(TextField::Reason));
}
