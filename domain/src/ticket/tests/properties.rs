//! What holds for every ticket, whatever anybody asks of it in whatever order (T7, T8).

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::ticket::Rejection;

proptest! {
    /// A panic anywhere fails the test, so this says as well that no decision panics.
    #[test]
    fn any_sequence_of_commands_keeps_a_ticket_sound(commands in vec(command(), 0..60)) {
        let mut ticket = Ticket::default();
        let mut history = Vec::new();
        for command in std::iter::once(Command::Open(open())).chain(commands) {
            let before = ticket.clone();
            let (result, events) = handle(&mut ticket, command);
            if result.is_err() {
                prop_assert_eq!(&ticket, &before, "a refused command changed the ticket");
                prop_assert_eq!(&events, &[], "a refused command recorded something");
            }
            history.extend(events);
            check(&ticket, &history)?;
        }
    }

    /// The same from nothing: without its opening a ticket takes no command but that one.
    #[test]
    fn nothing_happens_before_the_opening(command in command()) {
        let mut ticket = Ticket::default();
        let opens = matches!(command, Command::Open(_));
        let (result, events) = handle(&mut ticket, command);
        if !opens {
            prop_assert_eq!(result, Err(Rejection::TicketNotFound));
        }
        prop_assert_eq!(ticket.is_opened, !events.is_empty());
    }
}

fn check(ticket: &Ticket, history: &[TicketEvent]) -> Result<(), TestCaseError> {
    let status = history.iter().fold(Status::default(), Status::after);
    prop_assert_eq!(status, ticket.status, "Status::after tells otherwise");
    let mut replayed = Ticket::default();
    history.iter().cloned().for_each(|event| replayed.evolve(event));
    prop_assert_eq!(&replayed, ticket, "the log tells otherwise");
    let is_both = ticket.assignee_id.is_some_and(|id| ticket.collaborator_ids.contains(&id));
    prop_assert!(!is_both, "the responsible agent is a collaborator too");
    prop_assert_eq!(ticket.reopenable_until.is_some(), !ticket.status.is_open());
    let needs_somebody = matches!(
        ticket.status,
        Status::Assigned | Status::InProgress | Status::WaitingOnCustomer | Status::Resolved
    );
    prop_assert!(ticket.assignee_id.is_some() || !needs_somebody, "nobody is responsible");
    Ok(())
}

/// Runs the command as the event store does, through the aggregate's own adapter.
fn handle(ticket: &mut Ticket, command: Command) -> (Result<(), Rejection>, Vec<TicketEvent>) {
    let sink = EventSink::default();
    let result = now(ticket.handle(command, &(), &sink));
    (result, now(sink.collect()))
}

/// A decision waits for nothing, so the first poll must give the result.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a decision waits for something"),
    }
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Open(open())),
        staff().prop_map(accept),
        (staff(), staff(), option::of(text())).prop_map(|(by, assignee, reason)| {
            Command::Assign { by, assignee, reason, policy: policy() }
        }),
        (staff(), department(), option::of(staff()), option::of(text())).prop_map(
            |(by, to_department_id, pick, reason)| Command::Transfer {
                by,
                to_department_id,
                pick: pick.map(|worker| worker.staff_member_id),
                reason,
                policy: policy(),
            }
        ),
        (staff(), staff()).prop_map(|(by, collaborator)| join(by, collaborator)),
        staff().prop_map(|by| Command::Leave { by }),
        (party(), text()).prop_map(|(by, text)| reply(by, &text)),
        (staff(), text()).prop_map(|(by, text)| note(by, &text)),
        staff().prop_map(assess),
        (staff(), moment()).prop_map(|(by, promised_for)| promise(by, promised_for)),
        (staff(), worked()).prop_map(|(by, work)| log_time(by, work)),
        (staff(), option::of(worked())).prop_map(|(by, instead)| correct_time(by, instead)),
        staff().prop_map(mark_courtesy),
        staff().prop_map(ask_for_agreement),
        Just(agree_to_charges(customer_id())),
        staff().prop_map(allow_charges),
        staff().prop_map(|by| Command::AwaitCustomer { by }),
        staff().prop_map(|by| Command::Resume { by }),
        (staff(), option::of(text()), moment()).prop_map(|(by, summary, at)| {
            Command::Resolve { by, outcome: Outcome::Invalid, summary, at, policy: policy() }
        }),
        (party(), moment()).prop_map(|(by, at)| close(by, at)),
        moment().prop_map(|at| Command::Expire { at }),
        (party(), option::of(text()), moment())
            .prop_map(|(by, reason, at)| { Command::Reopen { by, reason, at, policy: policy() } }),
    ]
}

fn staff() -> impl Strategy<Value = Worker> {
    select(vec![agent(), colleague(), outsider(), manager(), auditor()])
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![
        3 => Just(customer()),
        1 => Just(another_customer()),
        3 => staff().prop_map(Party::Staff),
    ]
}

fn department() -> impl Strategy<Value = DepartmentId> {
    select(vec![technical(), sales(), DepartmentId::named("accounting")])
}

/// Mostly a good text, else one that is empty, too long, unprintable or of any characters at all.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("Text".to_owned()),
        1 => select(vec!["", "жжжжжжжжжжжжжжжжжжжжж", "\u{7}"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// Mostly good work, else work of any length at any time.
fn worked() -> impl Strategy<Value = Work> {
    let minutes = prop_oneof![4 => 1..90_i64, 1 => any::<i64>()];
    let texts = (option::of(text()), option::weighted(0.2, text()));
    (minutes, moment(), texts).prop_map(|(minutes, worked_at, (note, courtesy))| Work {
        minutes,
        worked_at,
        note,
        courtesy,
    })
}

/// Around the reopening period, at times at the very ends of what a moment can be.
fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        8 => (-5..40_i64).prop_map(day),
        1 => select(vec![Moment::MIN_UTC, Moment::MAX_UTC]),
    ]
}
