//! Given / when / then for tickets, in one file for each file of `decide`, the states in a table
//! (T8), and what holds for any history at all. Here is the cast, and how each of its lines is
//! said in short.

mod charges;
mod closing;
mod conversation;
mod handling;
mod measuring;
mod opening;
mod properties;
mod states;
mod time;

use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::command::{
    AddNote, AddReply, AgreeToCharges, AllowCharges, AskForAgreement, AssessPriority, Assign,
    Circumstances, Command, CorrectTime, Cost, JoinCollaborator, LogTime, MarkCourtesy, NewEntry,
    Open, Party, PromiseResolution, Reopen, Resolve, Transfer, Work,
};
use super::events::{AssignmentBasis, Charging, ClosingBasis, Outcome, Priority, TicketEvent};
use super::{MessageId, Status, Ticket, TimeEntryId};
use crate::billing::{InForce, Terms, Version};
use crate::catalogue::{CategoryId, DepartmentId, OnAnswer, ProductId, TicketPolicy};
use crate::customer::CustomerId;
use crate::example::{self, manager, sales, technical, worker};
use crate::kernel::{Currency, Moment, Money, Personal};
use crate::staff::{Role, Worker};

/// A ticket of the technical department that has come to this status.
fn given(status: Status) -> AggregateTestExecutor<Ticket> {
    TestFramework::with(()).given(history(status))
}

fn given_nothing() -> AggregateTestExecutor<Ticket> {
    TestFramework::with(()).given_no_previous_events()
}

/// The shortest usual way to a status. The agent is responsible by then.
fn history(status: Status) -> Vec<TicketEvent> {
    let (before, event) = match status {
        Status::New => return vec![opened()],
        Status::Assigned => (Status::New, assigned(&agent(), AssignmentBasis::Policy)),
        Status::InProgress => (Status::Assigned, accepted(&agent())),
        Status::WaitingOnCustomer => (Status::InProgress, waiting_started(&agent())),
        Status::Resolved => (Status::InProgress, resolved(&agent(), day(14))),
        Status::Closed => (Status::Resolved, closed(ClosingBasis::Staff, day(14))),
        Status::Reopened => (Status::Resolved, TicketEvent::Reopened { reason: None }),
    };
    [history(before), vec![event]].concat()
}

/// So many days after the ticket of [`history`] was resolved.
fn day(days: i64) -> Moment {
    let resolved_at = Utc.with_ymd_and_hms(2026, 1, 15, 9, 0, 0).single();
    resolved_at.expect("a moment that exists once") + TimeDelta::days(days)
}

/// Small limits, so that a text at a limit can be read in a test.
fn policy() -> TicketPolicy {
    TicketPolicy {
        reopen_days: 14,
        on_answer: OnAnswer::default(),
        promise_days: 30,
        subject_characters: 12,
        text_characters: 20,
        reason_characters: 10,
    }
}

/// A command with its circumstances, as the aggregate takes it.
type Asked = (Command, Circumstances);

/// The command on the day on which the ticket of [`history`] was resolved.
fn asked(command: impl Into<Command>) -> Asked {
    asked_at(day(0), command)
}

fn asked_at(at: Moment, command: impl Into<Command>) -> Asked {
    asked_under(policy(), at, command)
}

/// Nothing is measured; tests of what is give a book.
fn asked_under(policy: TicketPolicy, at: Moment, command: impl Into<Command>) -> Asked {
    (command.into(), Circumstances { at, policy, book: Arc::default() })
}

fn agent() -> Worker {
    example::agent("agent")
}

/// Another agent of the agent's department.
fn colleague() -> Worker {
    example::agent("colleague")
}

/// An agent of another department.
fn outsider() -> Worker {
    worker("outsider", Role::Agent, &[sales()])
}

/// An auditor who is even of the ticket's department.
fn auditor() -> Worker {
    worker("auditor", Role::Auditor, &[technical()])
}

fn customer_id() -> CustomerId {
    example::customer()
}

fn customer() -> Party {
    Party::Customer(customer_id())
}

fn another_customer() -> Party {
    Party::Customer(CustomerId::named("another customer"))
}

fn message_id() -> MessageId {
    MessageId::named("message")
}

fn personal(text: &str) -> Personal<String> {
    Personal::new(customer_id(), text.to_owned())
}

fn opened() -> TicketEvent {
    TicketEvent::Opened {
        customer_id: customer_id(),
        category_id: CategoryId::named("bug"),
        product_id: ProductId::named("robot"),
        department_ids: vec![technical()],
        priority: Priority::Normal,
        subject: personal("Subject"),
        text: personal("Text"),
        file_ids: Vec::new(),
    }
}

fn assigned(to: &Worker, basis: AssignmentBasis) -> TicketEvent {
    TicketEvent::Assigned { assignee_id: to.staff_member_id, basis, reason: None }
}

fn accepted(by: &Worker) -> TicketEvent {
    TicketEvent::Accepted { staff_member_id: by.staff_member_id }
}

fn joined(who: &Worker) -> TicketEvent {
    TicketEvent::CollaboratorJoined { staff_member_id: who.staff_member_id }
}

fn transferred() -> TicketEvent {
    TicketEvent::Transferred {
        from_department_ids: vec![technical()],
        to_department_id: sales(),
        reason: None,
    }
}

fn waiting_started(by: &Worker) -> TicketEvent {
    TicketEvent::WaitingStarted { staff_member_id: by.staff_member_id }
}

/// The time of [`work`], as the first entry.
fn logged(by: &Worker, minutes: u32) -> TicketEvent {
    TicketEvent::TimeLogged {
        entry_id: entry("first"),
        staff_member_id: by.staff_member_id,
        minutes,
        started_at: None,
        worked_at: work(1).worked_at,
        note: None,
        charging: Charging::FreeOnly,
        overlap_reason: None,
    }
}

fn resolved(by: &Worker, reopenable_until: Moment) -> TicketEvent {
    TicketEvent::Resolved {
        staff_member_id: by.staff_member_id,
        outcome: Outcome::Solved,
        summary: None,
        reopenable_until,
    }
}

fn closed(basis: ClosingBasis, reopenable_until: Moment) -> TicketEvent {
    TicketEvent::Closed { basis, reopenable_until }
}

fn open() -> Open {
    Open {
        customer_id: customer_id(),
        category_id: CategoryId::named("bug"),
        product_id: ProductId::named("robot"),
        routing: Ok(vec![technical()]),
        priority: Priority::Normal,
        subject: "Subject".to_owned(),
        text: "Text".to_owned(),
        file_ids: Vec::new(),
        pick: None,
    }
}

fn accept(by: Worker) -> Asked {
    asked(Command::Accept { by })
}

fn leave(by: Worker) -> Asked {
    asked(Command::Leave { by })
}

fn await_customer(by: Worker) -> Asked {
    asked(Command::AwaitCustomer { by })
}

fn acknowledge(by: Worker) -> Asked {
    asked(Command::AcknowledgeAnswer { by })
}

fn resume(by: Worker) -> Asked {
    asked(Command::Resume { by })
}

fn assign(by: Worker, assignee: Worker) -> Asked {
    asked(Assign { by, assignee, reason: None })
}

fn transfer(by: Worker, to_department_id: DepartmentId) -> Asked {
    asked(Transfer { by, to_department_id, pick: None, reason: None })
}

fn join(by: Worker, collaborator: Worker) -> Asked {
    asked(JoinCollaborator { by, collaborator })
}

fn reply(by: Party, text: &str) -> Asked {
    asked(AddReply { by, message_id: message_id(), text: text.to_owned(), file_ids: Vec::new() })
}

fn note(by: Worker, text: &str) -> Asked {
    asked(AddNote { by, message_id: message_id(), text: text.to_owned(), file_ids: Vec::new() })
}

fn entry(name: &str) -> TimeEntryId {
    TimeEntryId::named(name)
}

/// So many minutes of work that ended an hour before the ticket of [`history`] was resolved.
fn work(minutes: i64) -> Work {
    Work {
        minutes,
        started_at: None,
        worked_at: day(0) - TimeDelta::hours(1),
        note: None,
        courtesy: None,
        overlap: None,
    }
}

/// The published terms: five hours free, then five dollars an hour, if the customer agrees.
fn version(cents: i64) -> Version {
    let hourly_price = Money { cents, currency: Currency::USD };
    let terms = Terms { hourly_price, ..example::terms() };
    Version { version: 1, in_force_from: day(-100), terms }
}

/// As much is free as can be logged at all.
fn free() -> Cost {
    Cost { terms: InForce::throughout(version(500)), free_minutes: u32::MAX }
}

/// Work that costs nothing, under the entry of that name.
fn new_entry(name: &str, work: Work) -> NewEntry {
    NewEntry { entry_id: entry(name), work, cost: free(), closed_at: None }
}

fn log_time(by: Worker, work: Work) -> Asked {
    asked(LogTime { by, entry: new_entry("first", work) })
}

fn correct_time(by: Worker, instead: Option<Work>) -> Asked {
    correct_time_because("Reason", by, instead)
}

fn correct_time_because(reason: &str, by: Worker, instead: Option<Work>) -> Asked {
    // Whatever it is, it was worked before the ticket was closed.
    let before_closing =
        |work: Work| NewEntry { closed_at: Some(work.worked_at), ..new_entry("second", work) };
    let instead = instead.map(before_closing);
    asked(CorrectTime { by, entry_id: entry("first"), reason: reason.to_owned(), instead })
}

fn mark_courtesy(by: Worker) -> Asked {
    asked(MarkCourtesy { by, entry_id: entry("first"), reason: "Reason".to_owned() })
}

fn ask_for_agreement(by: Worker) -> Asked {
    asked(AskForAgreement { by, version: version(500) })
}

fn agree_to_charges(customer_id: CustomerId) -> Asked {
    asked(AgreeToCharges { customer_id, shown_price: None, version: version(500) })
}

fn allow_charges(by: Worker) -> Asked {
    asked(AllowCharges { by, reason: "Reason".to_owned() })
}

fn assess(by: Worker) -> Asked {
    asked(AssessPriority { by, priority: Priority::Urgent })
}

fn promise(by: Worker, promised_for: Moment) -> Asked {
    asked(PromiseResolution { by, promised_for })
}

fn resolve(by: Worker) -> Asked {
    asked(Resolve { by, outcome: Outcome::Solved, summary: None })
}

fn close(by: Party, at: Moment) -> Asked {
    asked_at(at, Command::Close { by })
}

fn expire(at: Moment) -> Asked {
    asked_at(at, Command::Expire)
}

fn reopen(by: Party, at: Moment) -> Asked {
    asked_at(at, Reopen { by, reason: None })
}
