//! Time worked on a ticket (B2), and its correction (B4).

use super::*;
use crate::ticket::Rejection;
use crate::ticket::decide::time::{MAX_DAYS, MAX_MINUTES};
use crate::ticket::rejection::TextField;

fn reversed(by: &Worker) -> TicketEvent {
    TicketEvent::TimeReversed {
        entry_id: entry("first"),
        staff_member_id: by.staff_member_id,
        reason: personal("Reason"),
    }
}

/// The right entry in the place of the agent's first.
fn second(minutes: u32) -> TicketEvent {
    TicketEvent::TimeLogged {
        entry_id: entry("second"),
        staff_member_id: agent().staff_member_id,
        minutes,
        started_at: None,
        worked_at: work(1).worked_at,
        note: None,
        charging: Charging::FreeOnly,
        overlap_reason: None,
    }
}

#[test]
fn whole_minutes_are_logged_with_what_was_done() {
    for minutes in [1, 30, MAX_MINUTES] {
        given(Status::InProgress)
            .when(log_time(agent(), work(i64::from(minutes))))
            .then_expect_events(vec![logged(&agent(), minutes)]);
    }
    let noted = Work { note: Some(" Set up ".to_owned()), ..work(5) };
    let mut expected = logged(&agent(), 5);
    if let TicketEvent::TimeLogged { note, .. } = &mut expected {
        *note = Some(personal("Set up"));
    }
    given(Status::New).when(log_time(agent(), noted)).then_expect_events(vec![expected]);
}

#[test]
fn no_time_or_more_than_a_day_is_refused() {
    for minutes in [0, -1, i64::MIN] {
        given(Status::InProgress)
            .when(log_time(agent(), work(minutes)))
            .then_expect_error(Rejection::TimeNotPositive);
    }
    for minutes in [i64::from(MAX_MINUTES) + 1, i64::from(u32::MAX) + 2, i64::MAX] {
        given(Status::InProgress)
            .when(log_time(agent(), work(minutes)))
            .then_expect_error(Rejection::TimeTooLong { max: MAX_MINUTES });
    }
}

#[test]
fn work_ends_neither_in_the_future_nor_too_long_ago() {
    let worked = |worked_at| log_time(agent(), Work { worked_at, ..work(5) });
    let (now, second, earliest) = (day(0), TimeDelta::seconds(1), day(-MAX_DAYS));
    for allowed in [now, earliest] {
        given(Status::InProgress).when(worked(allowed)).inspect_result().expect("allowed");
    }
    for future in [now + second, Moment::MAX_UTC] {
        given(Status::InProgress).when(worked(future)).then_expect_error(Rejection::TimeInFuture);
    }
    for old in [earliest - second, Moment::MIN_UTC] {
        given(Status::InProgress)
            .when(worked(old))
            .then_expect_error(Rejection::TimeTooOld { earliest });
    }
}

#[test]
fn an_entry_that_is_there_already_records_nothing() {
    for status in [Status::InProgress, Status::Closed] {
        given(status)
            .and(vec![logged(&agent(), 30)])
            .when(log_time(agent(), work(30)))
            .then_expect_events(vec![]);
    }
}

/// T3, T4: those who may work on a ticket may log time on it, and nobody else.
#[test]
fn time_is_logged_by_those_who_may_work_on_the_ticket() {
    for by in [agent(), colleague(), manager()] {
        given(Status::InProgress)
            .when(log_time(by.clone(), work(30)))
            .then_expect_events(vec![logged(&by, 30)]);
    }
    for by in [outsider(), auditor()] {
        let given = || given(Status::InProgress).and(vec![logged(&agent(), 30)]);
        given().when(log_time(by.clone(), work(5))).then_expect_error(Rejection::NotInDepartment);
        given().when(correct_time(by, None)).then_expect_error(Rejection::NotInDepartment);
    }
}

/// B4: the wrong entry stays in the log, and so does who took it back, and why.
#[test]
fn a_wrong_entry_is_reversed_and_the_right_one_recorded() {
    for status in [Status::InProgress, Status::Resolved, Status::Closed] {
        let given = || given(status).and(vec![logged(&agent(), 30)]);
        given()
            .when(correct_time(agent(), Some(work(20))))
            .then_expect_events(vec![reversed(&agent()), second(20)]);
        given().when(correct_time(agent(), None)).then_expect_events(vec![reversed(&agent())]);
    }
}

/// A manager corrects anybody's entry; the work stays the agent's.
#[test]
fn an_entry_is_corrected_by_its_agent_or_a_manager() {
    let given = || given(Status::InProgress).and(vec![logged(&agent(), 30)]);
    given()
        .when(correct_time(manager(), Some(work(20))))
        .then_expect_events(vec![reversed(&manager()), second(20)]);
    given()
        .when(correct_time(colleague(), Some(work(20))))
        .then_expect_error(Rejection::TimeEntryOfAnother);
}

#[test]
fn an_entry_is_corrected_once() {
    given(Status::InProgress)
        .and(vec![logged(&agent(), 30), reversed(&agent())])
        .when(correct_time(agent(), Some(work(20))))
        .then_expect_error(Rejection::TimeEntryReversed);
    given(Status::InProgress)
        .when(correct_time(agent(), Some(work(20))))
        .then_expect_error(Rejection::TimeEntryNotFound);
}

/// Either both events are recorded or none.
#[test]
fn a_correction_by_something_that_is_wrong_too_is_refused() {
    let given = || given(Status::InProgress).and(vec![logged(&agent(), 30)]);
    given()
        .when(correct_time(agent(), Some(work(0))))
        .then_expect_error(Rejection::TimeNotPositive);
    given()
        .when(correct_time_because(" ", agent(), None))
        .then_expect_error(Rejection::TextEmpty(TextField::Reason));
}

/// What was worked before the ticket was closed can be logged after; what was worked after cannot.
#[test]
fn a_closed_ticket_takes_the_time_from_before_its_closing() {
    let worked_at = work(30).worked_at;
    let logging = |closed_at| {
        let entry = NewEntry { closed_at, ..new_entry("first", work(30)) };
        asked(LogTime { by: agent(), entry })
    };
    for closed_at in [worked_at, worked_at + TimeDelta::seconds(1)] {
        given(Status::Closed)
            .when(logging(Some(closed_at)))
            .then_expect_events(vec![logged(&agent(), 30)]);
    }
    for closed_at in [None, Some(worked_at - TimeDelta::seconds(1))] {
        given(Status::Closed).when(logging(closed_at)).then_expect_error(Rejection::TicketClosed);
    }
    let late = NewEntry { closed_at: None, ..new_entry("second", work(30)) };
    let correct = CorrectTime {
        by: agent(),
        entry_id: entry("first"),
        reason: "Reason".to_owned(),
        instead: Some(late),
    };
    given(Status::Closed)
        .and(vec![logged(&agent(), 30)])
        .when(asked(correct))
        .then_expect_error(Rejection::TicketClosed);
}

/// A timer says when the work began; a reason says why something else was done at the same time.
#[test]
fn an_entry_says_when_it_began_and_why_it_overlaps() {
    let began = work(30).worked_at - TimeDelta::seconds(1_790);
    let explained = |reason: &str| Work {
        started_at: Some(began),
        overlap: Some(reason.to_owned()),
        ..work(30)
    };
    let mut expected = logged(&agent(), 30);
    if let TicketEvent::TimeLogged { started_at, overlap_reason, .. } = &mut expected {
        (*started_at, *overlap_reason) = (Some(began), Some(personal("Reason")));
    }
    given(Status::InProgress)
        .when(log_time(agent(), explained(" Reason ")))
        .then_expect_events(vec![expected]);
    given(Status::InProgress)
        .when(log_time(agent(), explained(" ")))
        .then_expect_error(Rejection::TextEmpty(TextField::OverlapReason));
}
