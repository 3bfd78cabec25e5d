//! Given / when / then for members of staff.

mod duties;
mod time;

use chrono::TimeDelta;
use cqrs_es::test::TestFramework;

use super::{Command, Rejection, Role, StaffEvent, StaffMember, StaffMemberId, Timer};
use crate::catalogue::DepartmentId;
use crate::kernel::{Moment, Personal, TextProblem};
use crate::ticket::{self, TicketId, TimeEntryId};

type Staff = TestFramework<StaffMember>;

fn id() -> StaffMemberId {
    StaffMemberId::named("agent")
}

fn register(name: &str, role: Role, departments: &[&str]) -> Command {
    Command::Register {
        staff_member_id: id(),
        name: name.to_owned(),
        role,
        department_ids: departments.iter().map(|code| DepartmentId::named(code)).collect(),
    }
}

fn registered(role: Role) -> StaffEvent {
    StaffEvent::Registered {
        staff_member_id: id(),
        name: Personal::new(id(), "Agent".to_owned()),
        role,
        department_ids: vec![DepartmentId::named("sales")],
    }
}

#[test]
fn a_person_is_registered_once() {
    Staff::with(())
        .given_no_previous_events()
        .when(register(" Agent ", Role::Agent, &["sales"]))
        .then_expect_events(vec![registered(Role::Agent)]);
    Staff::with(())
        .given(vec![registered(Role::Agent)])
        .when(register("Agent", Role::Agent, &["sales"]))
        .then_expect_error(Rejection::AlreadyRegistered);
}

#[test]
fn an_agent_needs_a_name_and_a_department() {
    Staff::with(())
        .given_no_previous_events()
        .when(register("Agent", Role::Agent, &[]))
        .then_expect_error(Rejection::AgentWithoutDepartment);
    Staff::with(())
        .given_no_previous_events()
        .when(register(" ", Role::Agent, &["sales"]))
        .then_expect_error(Rejection::BadName(TextProblem::Empty));
}

#[test]
fn shifts_start_and_end_and_saying_so_twice_is_no_news() {
    let started = StaffEvent::AvailabilityChanged { is_available: true };
    Staff::with(())
        .given(vec![registered(Role::Agent)])
        .when(Command::StartShift)
        .then_expect_events(vec![started.clone()]);
    Staff::with(())
        .given(vec![registered(Role::Agent), started.clone()])
        .when(Command::StartShift)
        .then_expect_events(vec![]);
    Staff::with(())
        .given(vec![registered(Role::Agent), started])
        .when(Command::EndShift)
        .then_expect_events(vec![StaffEvent::AvailabilityChanged { is_available: false }]);
}

#[test]
fn an_auditor_and_a_stranger_take_no_tickets() {
    Staff::with(())
        .given(vec![registered(Role::Auditor)])
        .when(Command::StartShift)
        .then_expect_error(Rejection::WorksNoTickets);
    Staff::with(())
        .given_no_previous_events()
        .when(Command::StartShift)
        .then_expect_error(Rejection::StaffMemberNotFound);
}

fn start_timer(ticket_id: Result<TicketId, ticket::Rejection>) -> Command {
    Command::StartTimer { entry_id: TimeEntryId::named("entry"), ticket_id, at: noon() }
}

fn noon() -> Moment {
    "2026-03-02T12:00:00Z".parse().expect("a moment")
}

fn timer_started() -> StaffEvent {
    StaffEvent::TimerStarted {
        entry_id: TimeEntryId::named("entry"),
        ticket_id: TicketId::named("ticket"),
        started_at: noon(),
    }
}

#[test]
fn an_agent_has_one_timer() {
    let ticket_id = TicketId::named("ticket");
    Staff::with(())
        .given(vec![registered(Role::Agent)])
        .when(start_timer(Ok(ticket_id)))
        .then_expect_events(vec![timer_started()]);
    Staff::with(())
        .given(vec![registered(Role::Agent), timer_started()])
        .when(start_timer(Ok(ticket_id)))
        .then_expect_error(Rejection::TimerRunning);
    Staff::with(())
        .given(vec![registered(Role::Agent)])
        .when(start_timer(Err(ticket::Rejection::TicketClosed)))
        .then_expect_error(Rejection::Work(ticket::Rejection::TicketClosed));
    Staff::with(())
        .given(vec![registered(Role::Auditor)])
        .when(start_timer(Ok(ticket_id)))
        .then_expect_error(Rejection::WorksNoTickets);
    Staff::with(())
        .given_no_previous_events()
        .when(start_timer(Ok(ticket_id)))
        .then_expect_error(Rejection::StaffMemberNotFound);
}

#[test]
fn a_timer_is_stopped_once_and_only_by_its_own_entry() {
    let entry_id = TimeEntryId::named("entry");
    let given = || Staff::with(()).given(vec![registered(Role::Agent), timer_started()]);
    let stopped = StaffEvent::TimerStopped { entry_id };
    given().when(Command::StopTimer { entry_id }).then_expect_events(vec![stopped.clone()]);
    let other = TimeEntryId::named("another entry");
    given().when(Command::StopTimer { entry_id: other }).then_expect_events(vec![]);
    given().and(vec![stopped]).when(Command::StopTimer { entry_id }).then_expect_events(vec![]);
}

#[test]
fn a_timer_that_runs_can_be_discarded() {
    let entry_id = TimeEntryId::named("entry");
    let discarded = StaffEvent::TimerDiscarded { entry_id };
    let given = || Staff::with(()).given(vec![registered(Role::Agent), timer_started()]);
    given().when(Command::DiscardTimer).then_expect_events(vec![discarded.clone()]);
    given()
        .and(vec![discarded])
        .when(Command::DiscardTimer)
        .then_expect_error(Rejection::TimerNotRunning);
}

/// Whole minutes, and never less than one.
#[test]
fn a_timer_counts_whole_minutes() {
    let timer = Timer {
        entry_id: TimeEntryId::named("entry"),
        ticket_id: TicketId::named("ticket"),
        started_at: noon(),
    };
    for (seconds, minutes) in
        [(-60, 1), (0, 1), (59, 1), (119, 1), (120, 2), (179, 2), (180, 3), (86_400, 1_440)]
    {
        let moment = noon() + TimeDelta::seconds(seconds);
        assert_eq!(timer.minutes_at(moment), minutes, "after {seconds} seconds");
    }
}
