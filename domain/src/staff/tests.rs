//! Given / when / then for members of staff.

use cqrs_es::test::TestFramework;

use super::{Command, Rejection, Role, StaffEvent, StaffMember, StaffMemberId};
use crate::catalogue::DepartmentId;
use crate::kernel::{Personal, TextProblem};

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
