//! What commands mean for a ticket's clocks (S1, S2), and measuring again (S4). The arithmetic is
//! tested where it stands; here is what a ticket makes of it.

use super::*;
use crate::sla::tests::every_hour;
use crate::sla::{Fact, RequestKind, Target, TargetResult};
use crate::ticket::command::Remeasure;
use crate::ticket::decide::decide;
use crate::ticket::{Rejection, fact};

/// Every hour counts, and there are four of them.
fn circumstances(at: Moment) -> Circumstances {
    Circumstances { at, policy: policy(), book: every_hour(RequestKind::Ticket, 240, Some(60)) }
}

/// The command, measured, whenever it was to be asked.
fn measured(ticket: &Ticket, (command, _): Asked, at: Moment) -> Vec<TicketEvent> {
    decide(ticket, command, &circumstances(at)).expect("the rules allow it")
}

/// A ticket after these commands, each an hour after the one before, and the types of all events.
fn after(commands: Vec<Asked>) -> (Ticket, Vec<&'static str>) {
    let (mut ticket, mut types) = (Ticket::default(), Vec::new());
    for (command, hour) in commands.into_iter().zip(0..) {
        let events = measured(&ticket, command, day(0) + TimeDelta::hours(hour));
        types.extend(events.iter().map(<&'static str>::from));
        for event in events {
            ticket.evolve(event);
        }
    }
    (ticket, types)
}

fn opening() -> Asked {
    asked(open())
}

fn answer() -> Asked {
    reply(Party::Staff(agent()), "Hello")
}

#[test]
fn every_fact_of_a_ticket_moves_its_clocks() {
    let (ticket, types) = after(vec![
        opening(),
        accept(agent()),
        answer(),
        await_customer(agent()),
        reply(customer(), "Hello"),
        resolve(agent()),
        reopen(customer(), day(0)),
    ]);
    let expected = [
        "ticket.opened",
        "ticket.clock_started",
        "ticket.target_at_risk",
        "ticket.accepted",
        "ticket.target_breached",
        "ticket.reply_added",
        "ticket.target_ended",
        // Three hours are three quarters of the target.
        "ticket.target_at_risk",
        "ticket.waiting_started",
        "ticket.clock_paused",
        "ticket.reply_added",
        "ticket.waiting_ended",
        "ticket.clock_resumed",
        "ticket.resolved",
        "ticket.target_ended",
        "ticket.reopened",
        "ticket.clock_started",
    ];
    assert_eq!(types, expected);
    let cycles = &ticket.measurement.cycles;
    assert_eq!(cycles.len(), 2);
    assert_eq!(cycles[0].processing.elapsed_micros, 4 * 3_600_000_000);
    assert_eq!(cycles[0].processing.ended.map(|ended| ended.result), Some(TargetResult::Met));
}

#[test]
fn closing_what_is_resolved_ends_no_target_twice() {
    let close = close(customer(), day(0));
    let (_, types) = after(vec![opening(), accept(agent()), resolve(agent()), close.clone()]);
    assert_eq!(types.iter().filter(|name| **name == "ticket.target_ended").count(), 2);
    let (ticket, _) = after(vec![opening(), close]);
    let ended = ticket.measurement.cycles[0].processing.ended;
    assert_eq!(ended.map(|ended| ended.result), Some(TargetResult::Lapsed));
}

/// A log of before holds no fact about clocks; its tickets go on without.
#[test]
fn a_ticket_of_before_is_not_measured() {
    given(Status::InProgress)
        .when((Command::AwaitCustomer { by: agent() }, circumstances(day(0))))
        .then_expect_events(vec![waiting_started(&agent())]);
    given(Status::New)
        .when((Command::CrossLines, circumstances(day(9))))
        .then_expect_events(vec![]);
}

#[test]
fn what_concerns_no_clock_records_nothing_of_them() {
    given(Status::New)
        .when((Command::Accept { by: agent() }, circumstances(day(0))))
        .then_expect_events(vec![accepted(&agent())]);
}

#[test]
fn lines_are_crossed_once() {
    let (mut ticket, _) = after(vec![opening()]);
    let later = circumstances(day(1));
    let events = decide(&ticket, Command::CrossLines, &later).expect("they are");
    let targets: Vec<_> = events
        .iter()
        .map(|event| match event {
            TicketEvent::TargetAtRisk(line) => ("at risk", line.target),
            TicketEvent::TargetBreached(line) => ("breached", line.target),
            other => panic!("{other:?}"),
        })
        .collect();
    let both = |target| [("at risk", target), ("breached", target)];
    assert_eq!(targets, [both(Target::FirstResponse), both(Target::Processing)].concat());
    for event in events {
        ticket.evolve(event);
    }
    assert_eq!(decide(&ticket, Command::CrossLines, &later), Ok(vec![]));
    assert_eq!(
        decide(&Ticket::default(), Command::CrossLines, &later),
        Err(Rejection::TicketNotFound)
    );
}

/// A line belongs to those who were responsible when it was crossed, so it stands before whatever
/// is done after it, whether that moves a clock or not.
#[test]
fn whatever_is_done_to_a_ticket_the_lines_crossed_before_come_first() {
    let entry = new_entry("another", work(5));
    for (command, own) in [
        (assign(agent(), colleague()), "ticket.assigned"),
        (transfer(agent(), sales()), "ticket.transferred"),
        (join(agent(), outsider()), "ticket.collaborator_joined"),
        (leave(colleague()), "ticket.collaborator_left"),
        (answer(), "ticket.reply_added"),
        (note(agent(), "Hello"), "ticket.note_added"),
        (asked(LogTime { by: agent(), entry }), "ticket.time_logged"),
        (correct_time(agent(), None), "ticket.time_reversed"),
        (mark_courtesy(agent()), "ticket.time_marked_courtesy"),
        (ask_for_agreement(agent()), "ticket.agreement_asked"),
        (agree_to_charges(customer_id()), "ticket.charges_agreed"),
        (allow_charges(manager()), "ticket.charges_allowed"),
        (assess(agent()), "ticket.priority_assessed"),
        (promise(agent(), day(20)), "ticket.resolution_promised"),
        (await_customer(agent()), "ticket.waiting_started"),
        (resolve(agent()), "ticket.resolved"),
        (close(customer(), day(0)), "ticket.closed"),
    ] {
        let (mut ticket, _) = after(vec![opening(), accept(agent())]);
        for event in [joined(&colleague()), logged(&agent(), 30)] {
            ticket.evolve(event);
        }
        let events = measured(&ticket, command, day(1));
        let types: Vec<_> = events.iter().map(<&'static str>::from).take(4).collect();
        // The first response became at risk before the ticket was accepted.
        let lines = ["ticket.target_breached", "ticket.target_at_risk", "ticket.target_breached"];
        assert_eq!(types[..3], lines, "before {own}");
        assert_eq!(types[3], own);
    }
}

/// What is resolved has no clock that runs, so nothing but the closing is recorded.
#[test]
fn closing_by_itself_records_nothing_of_clocks_that_have_ended() {
    let (ticket, _) = after(vec![opening(), accept(agent()), answer(), resolve(agent())]);
    let until = ticket.reopenable_until.expect("it is resolved");
    let events = measured(&ticket, expire(day(0)), until + TimeDelta::days(9));
    assert_eq!(events, [closed(ClosingBasis::Expiry, until)]);
}

fn remeasure(by: Worker, reason: &str) -> Remeasure {
    let history = vec![(Fact::Opened(RequestKind::Ticket), day(0)), (Fact::Resolved, day(1))];
    Remeasure { by, reason: reason.to_owned(), history }
}

fn remeasured(ticket: &Ticket, command: Remeasure) -> Result<Vec<TicketEvent>, Rejection> {
    decide(ticket, command.into(), &circumstances(day(2)))
}

#[test]
fn a_manager_has_a_ticket_measured_anew_once() {
    let events = remeasured(&resolved_before(), remeasure(manager(), "Holiday")).expect("it is");
    let [TicketEvent::Remeasured(again)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(again.cycles[0].processing.elapsed_micros, 86_400_000_000);
    assert_eq!(again.staff_member_id, manager().staff_member_id);
    let mut ticket = resolved_before();
    for event in events {
        ticket.evolve(event);
    }
    let again = remeasured(&ticket, remeasure(manager(), "Holiday"));
    assert_eq!(again, Ok(vec![]), "it is so already");
}

#[test]
fn nobody_else_does_and_not_without_a_reason() {
    let refused = |command, rejection| {
        assert_eq!(remeasured(&resolved_before(), command), Err(rejection));
    };
    refused(remeasure(agent(), "Holiday"), Rejection::ManagerNeeded);
    refused(remeasure(colleague(), "Holiday"), Rejection::ManagerNeeded);
    let field = crate::ticket::rejection::TextField::Reason;
    refused(remeasure(manager(), " "), Rejection::TextEmpty(field));
}

/// A ticket of a log of before.
fn resolved_before() -> Ticket {
    let mut ticket = Ticket::default();
    let history = [opened(), accepted(&agent()), resolved(&agent(), day(14))];
    for event in history {
        ticket.evolve(event);
    }
    ticket
}

#[test]
fn every_kind_of_end_is_a_fact() {
    assert_eq!(fact(&closed(ClosingBasis::Expiry, day(14))), Some(Fact::Withdrawn));
    assert_eq!(fact(&accepted(&agent())), None);
}
