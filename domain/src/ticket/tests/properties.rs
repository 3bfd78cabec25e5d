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
use crate::sla::tests::every_hour;
use crate::sla::{Book, RequestKind};
use crate::ticket::Rejection;
use crate::ticket::command::Remeasure;

proptest! {
    /// A panic anywhere fails the test, so this says as well that no decision panics.
    #[test]
    fn any_sequence_of_commands_keeps_a_ticket_sound(commands in vec(command(), 0..60)) {
        let mut ticket = Ticket::default();
        let mut history = Vec::new();
        for command in std::iter::once(asked(open())).chain(commands) {
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
        let opens = matches!(command.0, Command::Open(_));
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
fn handle(ticket: &mut Ticket, command: Asked) -> (Result<(), Rejection>, Vec<TicketEvent>) {
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

fn command() -> impl Strategy<Value = Asked> {
    let command = prop_oneof![
        Just(Command::Open(open())),
        staff().prop_map(|by| Command::Accept { by }),
        (staff(), staff(), option::of(text())).prop_map(|(by, assignee, reason)| Assign {
            by,
            assignee,
            reason
        }
        .into()),
        (staff(), department(), option::of(staff()), option::of(text())).prop_map(
            |(by, to_department_id, pick, reason)| {
                let pick = pick.map(|worker| worker.staff_member_id);
                Transfer { by, to_department_id, pick, reason }.into()
            }
        ),
        (staff(), staff()).prop_map(|(by, collaborator)| join(by, collaborator).0),
        staff().prop_map(|by| Command::Leave { by }),
        (party(), text()).prop_map(|(by, text)| reply(by, &text).0),
        (staff(), text()).prop_map(|(by, text)| note(by, &text).0),
        staff().prop_map(|by| assess(by).0),
        (staff(), moment()).prop_map(|(by, promised_for)| promise(by, promised_for).0),
        (staff(), worked()).prop_map(|(by, work)| log_time(by, work).0),
        (staff(), option::of(worked())).prop_map(|(by, instead)| correct_time(by, instead).0),
        staff().prop_map(|by| mark_courtesy(by).0),
        staff().prop_map(|by| ask_for_agreement(by).0),
        Just(agree_to_charges(customer_id()).0),
        staff().prop_map(|by| allow_charges(by).0),
        staff().prop_map(|by| Command::AwaitCustomer { by }),
        staff().prop_map(|by| Command::Resume { by }),
        staff().prop_map(|by| Command::AcknowledgeAnswer { by }),
        (staff(), option::of(text())).prop_map(|(by, summary)| {
            Resolve { by, outcome: Outcome::Invalid, summary }.into()
        }),
        party().prop_map(|by| Command::Close { by }),
        Just(Command::Expire),
        Just(Command::CrossLines),
        (staff(), text())
            .prop_map(|(by, reason)| { Remeasure { by, reason, history: Vec::new() }.into() }),
        (party(), option::of(text())).prop_map(|(by, reason)| Reopen { by, reason }.into()),
    ];
    (command, moment(), measured())
        .prop_map(|(command, at, book)| (command, Circumstances { at, policy: policy(), book }))
}

/// Mostly a book by which requests are measured, else one that measures nothing.
fn measured() -> impl Strategy<Value = Arc<Book>> {
    let every_hour = every_hour(RequestKind::Ticket, 240, Some(60));
    prop_oneof![3 => Just(every_hour), 1 => Just(Arc::default())]
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
        started_at: None,
        overlap: None,
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
