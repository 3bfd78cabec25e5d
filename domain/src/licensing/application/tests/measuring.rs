//! What an application makes of its clock (S1, S2), and measuring it again (S4). The arithmetic is
//! tested beside it.

use super::*;
use crate::licensing::application::decide::decide;
use crate::sla::tests::every_hour;
use crate::sla::{Book, Fact, RequestKind, TargetResult};

/// Every hour counts, and an update takes four of them.
fn book() -> Arc<Book> {
    every_hour(RequestKind::UpdateApplication, 240, None)
}

fn after(hours: i64) -> Moment {
    now() + chrono::TimeDelta::hours(hours)
}

/// Submitted and declined before anything was measured.
fn declined_before() -> Application {
    let mut application = Application::default();
    for event in [submitted(for_update()), taken(), declined()] {
        application.evolve(event);
    }
    application
}

fn remeasure(by: Worker, reason: &str) -> Command {
    let submitted = Fact::Opened(RequestKind::UpdateApplication);
    Command::Remeasure(Remeasure {
        by,
        reason: reason.to_owned(),
        history: vec![(submitted, now()), (Fact::Resolved, after(5))],
    })
}

fn after_six_hours() -> Circumstances {
    Circumstances { at: after(6), book: book(), ..circumstances() }
}

#[test]
fn a_manager_has_an_application_measured_again_once() {
    let manager = worker("manager", Role::Manager);
    let before = declined_before();
    let events =
        decide(&before, remeasure(manager.clone(), "Holiday"), &after_six_hours()).expect("it is");
    let [ApplicationEvent::Remeasured(remeasured)] = &events[..] else { panic!("{events:?}") };
    let processing = &remeasured.cycles[0].processing;
    assert_eq!(processing.elapsed_micros, 5 * 3_600_000_000);
    let ended = processing.ended.expect("it is decided");
    assert_eq!((ended.at, ended.result), (after(5), TargetResult::Breached));
    assert_eq!(processing.breached_since.map(|at| at > after(4)), Some(true));
    assert_eq!(remeasured.staff_member_id, manager.staff_member_id);
    let mut application = before;
    for event in events {
        application.evolve(event);
    }
    let again = remeasure(manager, "Holiday");
    assert_eq!(decide(&application, again, &after_six_hours()), Ok(vec![]), "it is so already");
}

#[test]
fn nobody_else_does_and_not_without_a_reason() {
    let manager = || worker("manager", Role::Manager);
    let refused = |application: &Application, command, rejection| {
        assert_eq!(decide(application, command, &after_six_hours()), Err(rejection));
    };
    let before = declined_before();
    refused(&before, remeasure(agent(), "Holiday"), Rejection::ManagerNeeded);
    let empty = Rejection::BadReason(TextProblem::Empty);
    refused(&before, remeasure(manager(), " "), empty);
    let nowhere = Application::default();
    refused(&nowhere, remeasure(manager(), "Holiday"), Rejection::ApplicationNotFound);
}

#[test]
fn a_line_that_was_crossed_before_a_decision_is_recorded_before_it() {
    let mut application = Application::default();
    let begun = Circumstances { book: book(), ..circumstances() };
    let events = decide(&application, submit(update("2026-02-01")), &begun).expect("submitted");
    assert!(matches!(
        events[..],
        [ApplicationEvent::Submitted { .. }, ApplicationEvent::ClockStarted(_)]
    ));
    for event in events {
        application.evolve(event);
    }
    let events = decide(&application, Command::Take { by: agent() }, &after_six_hours());
    let kinds: Vec<String> =
        events.expect("taken").iter().map(cqrs_es::DomainEvent::event_type).collect();
    let crossed = ["application.target_at_risk", "application.target_breached"];
    assert_eq!(kinds, [crossed[0], crossed[1], "application.taken"]);
}
