//! What commands mean for a ticket's clocks (S1, S2), and measuring anew (S4). The arithmetic is
//! tested where it stands; here is what a ticket makes of it.

use std::sync::Arc;

use super::{
    Command, Open, Party, Status, Ticket, TicketEvent, accepted, agent, closed, colleague,
    customer, customer_id, day, given, manager, message_id, opened, policy, technical,
};
use crate::catalogue::{CategoryId, ProductId};
use crate::kernel::Moment;
use crate::sla::tests::every_hour;
use crate::sla::{Book, Fact, RequestKind, Target, TargetResult};
use crate::ticket::decide::decide;
use crate::ticket::events::{ClosingBasis, Outcome, Priority};
use crate::ticket::{Rejection, fact};

/// Every hour counts, and there are four of them.
fn book() -> Arc<Book> {
    every_hour(RequestKind::Ticket, 240, Some(60))
}

fn measured(command: Command, at: Moment) -> Command {
    Command::Measured { command: Box::new(command), at, book: book() }
}

fn open() -> Command {
    Command::Open(Open {
        customer_id: customer_id(),
        category_id: CategoryId::named("bug"),
        product_id: ProductId::named("robot"),
        routing: Ok(vec![technical()]),
        priority: Priority::Normal,
        subject: "Subject".to_owned(),
        text: "Text".to_owned(),
        pick: None,
        policy: policy(),
    })
}

/// A ticket after these commands, each an hour after the one before, and the types of all events.
fn after(commands: Vec<Command>) -> (Ticket, Vec<&'static str>) {
    let (mut ticket, mut types) = (Ticket::default(), Vec::new());
    for (command, hour) in commands.into_iter().zip(0..) {
        let at = day(0) + chrono::TimeDelta::hours(hour);
        let events = decide(&ticket, measured(command, at)).expect("the rules allow it");
        types.extend(events.iter().map(<&'static str>::from));
        for event in events {
            ticket.evolve(event);
        }
    }
    (ticket, types)
}

fn reply(by: Party) -> Command {
    Command::AddReply { by, message_id: message_id(), text: "Hello".to_owned(), policy: policy() }
}

fn resolve() -> Command {
    let (outcome, summary) = (Outcome::Solved, None);
    Command::Resolve { by: agent(), outcome, summary, at: day(0), policy: policy() }
}

#[test]
fn every_fact_of_a_ticket_moves_its_clocks() {
    let reopen = Command::Reopen { by: customer(), reason: None, at: day(0), policy: policy() };
    let (ticket, types) = after(vec![
        open(),
        Command::Accept { by: agent() },
        reply(Party::Staff(agent())),
        Command::AwaitCustomer { by: agent() },
        reply(customer()),
        resolve(),
        reopen,
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
    let close = Command::Close { by: customer(), at: day(0), policy: policy() };
    let (_, types) = after(vec![open(), Command::Accept { by: agent() }, resolve(), close.clone()]);
    assert_eq!(types.iter().filter(|name| **name == "ticket.target_ended").count(), 2);
    let (ticket, _) = after(vec![open(), close]);
    let ended = ticket.measurement.cycles[0].processing.ended;
    assert_eq!(ended.map(|ended| ended.result), Some(TargetResult::Lapsed));
}

/// A log of before holds no fact about clocks; its tickets go on without.
#[test]
fn a_ticket_of_before_is_not_measured() {
    given(Status::InProgress)
        .when(measured(Command::AwaitCustomer { by: agent() }, day(0)))
        .then_expect_events(vec![super::waiting_started(&agent())]);
    given(Status::New).when(Command::CrossLines { at: day(9) }).then_expect_events(vec![]);
}

#[test]
fn what_concerns_no_clock_records_nothing_of_them() {
    given(Status::New)
        .when(measured(Command::Accept { by: agent() }, day(0)))
        .then_expect_events(vec![accepted(&agent())]);
}

#[test]
fn lines_are_crossed_once() {
    let (mut ticket, _) = after(vec![open()]);
    let later = day(1);
    let events = decide(&ticket, Command::CrossLines { at: later }).expect("they are");
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
    assert_eq!(decide(&ticket, Command::CrossLines { at: later }), Ok(vec![]));
    assert_eq!(
        decide(&Ticket::default(), Command::CrossLines { at: later }),
        Err(Rejection::TicketNotFound)
    );
}

fn remeasure(by: crate::staff::Worker, reason: &str) -> Command {
    let history = vec![(Fact::Opened(RequestKind::Ticket), day(0)), (Fact::Resolved, day(1))];
    let reason = reason.to_owned();
    Command::Remeasure { by, reason, history, at: day(2), book: book(), policy: policy() }
}

#[test]
fn a_manager_has_a_ticket_measured_anew_once() {
    let events = decide(&resolved_before(), remeasure(manager(), "Holiday")).expect("it is");
    let [TicketEvent::Remeasured(remeasured)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(remeasured.cycles[0].processing.elapsed_micros, 86_400_000_000);
    assert_eq!(remeasured.staff_member_id, manager().staff_member_id);
    let mut ticket = resolved_before();
    for event in events {
        ticket.evolve(event);
    }
    assert_eq!(decide(&ticket, remeasure(manager(), "Holiday")), Ok(vec![]), "it is so already");
}

#[test]
fn nobody_else_does_and_not_without_a_reason() {
    let refused = |command, rejection| {
        assert_eq!(decide(&resolved_before(), command), Err(rejection));
    };
    refused(remeasure(agent(), "Holiday"), Rejection::ManagerNeeded);
    refused(remeasure(colleague(), "Holiday"), Rejection::ManagerNeeded);
    let field = crate::ticket::rejection::TextField::Reason;
    refused(remeasure(manager(), " "), Rejection::TextEmpty(field));
}

/// A ticket of a log of before.
fn resolved_before() -> Ticket {
    let mut ticket = Ticket::default();
    let history = [opened(), accepted(&agent()), super::resolved(&agent(), day(14))];
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
