//! Roles, capacity, absence, and whether somebody works here.

use chrono::NaiveDate;
use cqrs_es::test::TestFramework;

use crate::catalogue::DepartmentId;
use crate::kernel::{Moment, Personal};
use crate::staff::decide::{
    ChangeDuties, MAX_ABSENCE_DAYS, MAX_ABSENCES, MAX_OPEN_TICKETS, PlanAbsence,
};
use crate::staff::{
    Absence, AbsenceId, Command, Rejection, Role, StaffEvent, StaffMember, StaffMemberId,
};
use crate::ticket::{TicketId, TimeEntryId};

fn id() -> StaffMemberId {
    StaffMemberId::named("agent")
}

fn registered() -> StaffEvent {
    StaffEvent::Registered {
        staff_member_id: id(),
        name: Personal::new(id(), "Agent".to_owned()),
        role: Role::Agent,
        department_ids: vec![DepartmentId::named("sales")],
    }
}

/// On shift, with a timer.
fn at_work() -> Vec<StaffEvent> {
    vec![
        registered(),
        StaffEvent::AvailabilityChanged { is_available: true },
        StaffEvent::TimerStarted {
            entry_id: TimeEntryId::named("entry"),
            ticket_id: TicketId::named("ticket"),
            started_at: Moment::UNIX_EPOCH,
        },
    ]
}

fn stopped() -> [StaffEvent; 2] {
    [
        StaffEvent::TimerDiscarded { entry_id: TimeEntryId::named("entry") },
        StaffEvent::AvailabilityChanged { is_available: false },
    ]
}

fn duties(by: Option<StaffMemberId>, role: Role, departments: &[&str]) -> Command {
    let department_ids = departments.iter().map(|code| DepartmentId::named(code)).collect();
    Command::ChangeDuties(ChangeDuties { by, role, department_ids: Ok(department_ids) })
}

fn changed(role: Role, departments: &[&str]) -> StaffEvent {
    let department_ids = departments.iter().map(|code| DepartmentId::named(code)).collect();
    StaffEvent::DutiesChanged { role, department_ids }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn absence(name: &str, first: &str, last: &str) -> Absence {
    Absence { absence_id: AbsenceId::named(name), first_day: day(first), last_day: day(last) }
}

fn plan(first: &str, last: &str) -> Command {
    let (absence, today) = (absence("a", first, last), day("2026-03-02"));
    Command::PlanAbsence(PlanAbsence { absence, today })
}

fn then(given: Vec<StaffEvent>, when: Command, expected: Result<Vec<StaffEvent>, Rejection>) {
    let test = TestFramework::<StaffMember>::with(()).given(given).when(when);
    match expected {
        Ok(events) => test.then_expect_events(events),
        Err(rejection) => test.then_expect_error(rejection),
    }
}

#[test]
fn duties_are_changed_by_somebody_else() {
    let by = Some(StaffMemberId::named("admin"));
    let change = |command, expected| then(vec![registered()], command, expected);
    let events = vec![changed(Role::Manager, &[])];
    change(duties(by, Role::Manager, &[]), Ok(events.clone()));
    change(duties(None, Role::Manager, &[]), Ok(events));
    change(duties(by, Role::Agent, &["sales", "sales"]), Ok(vec![]));
    change(duties(Some(id()), Role::Admin, &[]), Err(Rejection::OwnDuties));
    change(duties(by, Role::Agent, &[]), Err(Rejection::AgentWithoutDepartment));
    let department_ids = Err(Rejection::DepartmentNotFound);
    let unknown = ChangeDuties { by, role: Role::Agent, department_ids };
    change(Command::ChangeDuties(unknown), Err(Rejection::DepartmentNotFound));
    then(vec![], duties(by, Role::Admin, &[]), Err(Rejection::StaffMemberNotFound));
}

#[test]
fn an_auditor_stops_working() {
    let [timer, shift] = stopped();
    let expected = vec![timer, shift, changed(Role::Auditor, &[])];
    then(at_work(), duties(None, Role::Auditor, &[]), Ok(expected));
}

#[test]
fn capacity_is_a_number_that_somebody_can_work() {
    let set = |max_open_tickets| Command::SetCapacity { max_open_tickets };
    let event = |max_open_tickets| StaffEvent::CapacityChanged { max_open_tickets };
    then(vec![registered()], set(Some(1)), Ok(vec![event(Some(1))]));
    then(vec![registered()], set(None), Ok(vec![]));
    then(vec![registered(), event(Some(3))], set(None), Ok(vec![event(None)]));
    for bad in [-1, 0, 1_001, i64::MAX] {
        let refused = Rejection::CapacityOutOfRange { max: MAX_OPEN_TICKETS };
        then(vec![registered()], set(Some(bad)), Err(refused));
    }
}

#[test]
fn an_absence_is_ahead_and_has_an_end() {
    let planned = |absence| StaffEvent::AbsencePlanned { absence };
    let given = || vec![registered()];
    let one_day = planned(absence("a", "2026-03-02", "2026-03-02"));
    then(given(), plan("2026-03-02", "2026-03-02"), Ok(vec![one_day.clone()]));
    then(vec![registered(), one_day.clone()], plan("2026-03-02", "2026-03-02"), Ok(vec![]));
    let running = planned(absence("a", "2026-02-20", "2026-03-05"));
    then(given(), plan("2026-02-20", "2026-03-05"), Ok(vec![running]));
    then(given(), plan("2026-03-03", "2026-03-02"), Err(Rejection::AbsenceBackwards));
    then(given(), plan("2026-02-01", "2026-03-01"), Err(Rejection::AbsenceOver));
    let too_long = Rejection::AbsenceTooLong { max: MAX_ABSENCE_DAYS };
    then(given(), plan("2026-04-01", "2027-04-02"), Err(too_long));
    let year = planned(absence("a", "2026-04-01", "2027-04-01"));
    then(given(), plan("2026-04-01", "2027-04-01"), Ok(vec![year]));
    let cancel = Command::CancelAbsence { absence_id: AbsenceId::named("a") };
    let cancelled = StaffEvent::AbsenceCancelled { absence_id: AbsenceId::named("a") };
    then(given(), cancel.clone(), Err(Rejection::AbsenceNotFound));
    then(vec![registered(), one_day], cancel, Ok(vec![cancelled]));
}

#[test]
fn so_many_absences_and_no_more_but_those_that_are_over_do_not_count() {
    let many = |last: &str| -> Vec<StaffEvent> {
        let planned = (0..MAX_ABSENCES).map(|number| StaffEvent::AbsencePlanned {
            absence: absence(&number.to_string(), "2026-02-01", last),
        });
        std::iter::once(registered()).chain(planned).collect()
    };
    let refused = Rejection::TooManyAbsences { max: MAX_ABSENCES };
    then(many("2026-03-02"), plan("2026-03-02", "2026-03-02"), Err(refused));
    let absence = absence("a", "2026-03-02", "2026-03-02");
    let planned = vec![StaffEvent::AbsencePlanned { absence }];
    then(many("2026-03-01"), plan("2026-03-02", "2026-03-02"), Ok(planned));
}

#[test]
fn who_no_longer_works_here_does_nothing_until_they_are_back() {
    let by = Some(StaffMemberId::named("admin"));
    let deactivate = || Command::Deactivate { by };
    let [timer, shift] = stopped();
    then(at_work(), deactivate(), Ok(vec![timer, shift, StaffEvent::Deactivated]));
    then(vec![registered()], Command::Deactivate { by: Some(id()) }, Err(Rejection::OwnDuties));
    then(vec![registered()], Command::Reactivate, Err(Rejection::StaffMemberActive));
    then(vec![], Command::Reactivate, Err(Rejection::StaffMemberNotFound));
    let gone = || vec![registered(), StaffEvent::Deactivated];
    for command in [
        deactivate(),
        duties(by, Role::Manager, &[]),
        Command::SetCapacity { max_open_tickets: Some(1) },
        plan("2026-03-02", "2026-03-02"),
        Command::CancelAbsence { absence_id: AbsenceId::named("a") },
    ] {
        then(gone(), command, Err(Rejection::StaffMemberDeactivated));
    }
    then(gone(), Command::StartShift, Err(Rejection::StaffMemberNotFound));
    then(gone(), Command::Reactivate, Ok(vec![StaffEvent::Reactivated]));
    let back = vec![registered(), StaffEvent::Deactivated, StaffEvent::Reactivated];
    then(
        back.clone(),
        Command::StartShift,
        Ok(vec![StaffEvent::AvailabilityChanged { is_available: true }]),
    );
    then(back, deactivate(), Ok(vec![StaffEvent::Deactivated]));
}
