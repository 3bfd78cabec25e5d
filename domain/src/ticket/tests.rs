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

use chrono::{TimeDelta, TimeZone, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::command::{Command, Cost, Open, Party, Work};
use super::events::{AssignmentBasis, Charging, ClosingBasis, Outcome, Priority, TicketEvent};
use super::{MessageId, Status, Ticket, TimeEntryId};
use crate::billing::{Terms, Version};
use crate::catalogue::{CategoryId, DepartmentId, ProductId, TicketPolicy};
use crate::customer::CustomerId;
use crate::kernel::{Currency, Moment, Money, Personal};
use crate::staff::{Role, StaffMemberId, Worker};

/// A ticket of the technical department that has come to this status.
fn given(status: Status) -> AggregateTestExecutor<Ticket> {
    TestFramework::with(()).given(history(status))
}

fn given_nothing() -> AggregateTestExecutor<Ticket> {
    TestFramework::with(()).given_no_previous_events()
}

/// The shortest usual way to a status. Whoever is responsible by then is the agent.
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
        promise_days: 30,
        subject_characters: 12,
        text_characters: 20,
        reason_characters: 10,
    }
}

fn technical() -> DepartmentId {
    DepartmentId::named("technical")
}

fn sales() -> DepartmentId {
    DepartmentId::named("sales")
}

fn worker(name: &str, role: Role, department_ids: &[DepartmentId]) -> Worker {
    Worker {
        staff_member_id: StaffMemberId::named(name),
        role,
        department_ids: department_ids.to_vec(),
    }
}

fn agent() -> Worker {
    worker("agent", Role::Agent, &[technical()])
}

/// Another agent of the agent's department.
fn colleague() -> Worker {
    worker("colleague", Role::Agent, &[technical()])
}

/// An agent of another department.
fn outsider() -> Worker {
    worker("outsider", Role::Agent, &[sales()])
}

fn manager() -> Worker {
    worker("manager", Role::Manager, &[])
}

/// An auditor who is even of the ticket's department.
fn auditor() -> Worker {
    worker("auditor", Role::Auditor, &[technical()])
}

fn customer_id() -> CustomerId {
    CustomerId::named("customer")
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
        worked_at: work(1).worked_at,
        note: None,
        charging: Charging::FreeOnly,
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
        pick: None,
        policy: policy(),
    }
}

fn accept(by: Worker) -> Command {
    Command::Accept { by }
}

fn assign(by: Worker, assignee: Worker) -> Command {
    Command::Assign { by, assignee, reason: None, policy: policy() }
}

fn transfer(by: Worker, to_department_id: DepartmentId) -> Command {
    Command::Transfer { by, to_department_id, pick: None, reason: None, policy: policy() }
}

fn join(by: Worker, collaborator: Worker) -> Command {
    Command::JoinCollaborator { by, collaborator }
}

fn reply(by: Party, text: &str) -> Command {
    Command::AddReply { by, message_id: message_id(), text: text.to_owned(), policy: policy() }
}

fn note(by: Worker, text: &str) -> Command {
    Command::AddNote { by, message_id: message_id(), text: text.to_owned(), policy: policy() }
}

fn entry(name: &str) -> TimeEntryId {
    TimeEntryId::named(name)
}

/// So many minutes of work that ended an hour before the ticket of [`history`] was resolved.
fn work(minutes: i64) -> Work {
    Work { minutes, worked_at: day(0) - TimeDelta::hours(1), note: None, courtesy: None }
}

/// The published terms: five hours free, then five dollars an hour, if the customer agrees.
fn version(cents: i64) -> Version {
    let terms = Terms {
        hourly_price: Money { cents, currency: Currency::USD },
        package_minutes: 300,
        warning_percent: 80,
        needs_agreement: true,
        time_zone: chrono_tz::Europe::Moscow,
    };
    Version { version: 1, in_force_from: day(-100), terms }
}

/// As much is free as can be logged at all.
fn free() -> Cost {
    Cost { version: version(500), free_minutes_left: u32::MAX }
}

fn log_time(by: Worker, work: Work) -> Command {
    let (entry_id, cost) = (entry("first"), free());
    Command::LogTime { by, entry_id, work, cost, at: day(0), policy: policy() }
}

fn correct_time(by: Worker, instead: Option<Work>) -> Command {
    Command::CorrectTime {
        by,
        entry_id: entry("first"),
        reason: "Reason".to_owned(),
        instead: instead.map(|work| (entry("second"), work, free())),
        at: day(0),
        policy: policy(),
    }
}

fn mark_courtesy(by: Worker) -> Command {
    let reason = "Reason".to_owned();
    Command::MarkCourtesy { by, entry_id: entry("first"), reason, policy: policy() }
}

fn ask_for_agreement(by: Worker) -> Command {
    Command::AskForAgreement { by, version: version(500) }
}

fn agree_to_charges(customer_id: CustomerId) -> Command {
    Command::AgreeToCharges { customer_id, shown_price: None, version: version(500) }
}

fn allow_charges(by: Worker) -> Command {
    Command::AllowCharges { by, reason: "Reason".to_owned(), policy: policy() }
}

fn assess(by: Worker) -> Command {
    Command::AssessPriority { by, priority: Priority::Urgent }
}

fn promise(by: Worker, promised_for: Moment) -> Command {
    Command::PromiseResolution { by, promised_for, at: day(0), policy: policy() }
}

fn resolve(by: Worker) -> Command {
    let outcome = Outcome::Solved;
    Command::Resolve { by, outcome, summary: None, at: day(0), policy: policy() }
}

fn close(by: Party, at: Moment) -> Command {
    Command::Close { by, at, policy: policy() }
}

fn reopen(by: Party, at: Moment) -> Command {
    Command::Reopen { by, reason: None, at, policy: policy() }
}
