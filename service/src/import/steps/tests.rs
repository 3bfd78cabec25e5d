//! Every action on a ticket in every state it may meet: which events a line becomes, or why it is
//! refused.

use std::sync::Arc;

use chrono::TimeDelta;
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId, TicketPolicy};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::{Role, StaffMemberId};

use super::*;

const BY_ANNA: &str = "anna";
const BY_BORIS: &str = "boris";

/// A ticket to which these lines happened, an hour apart. Each must be recorded.
fn after(lines: &[(Action, &str)]) -> Ticket {
    let mut ticket = Ticket::default();
    for (hour, (action, by)) in (0..).zip(lines) {
        ticket = decide_line(&ticket, *action, &facts(by, hour)).expect("a line to record").ticket;
    }
    ticket
}

/// What the next line becomes: the types of its events, without `ticket.`.
fn becomes(lines: &[(Action, &str)], action: Action, by: &str) -> Result<Vec<String>, Rejection> {
    let hour = i64::try_from(lines.len()).expect("a few lines");
    on(&after(lines), action, &facts(by, hour))
}

fn on(ticket: &Ticket, action: Action, facts: &Facts) -> Result<Vec<String>, Rejection> {
    let decided = decide_line(ticket, action, facts)?;
    let events = decided.opening.iter().chain(&decided.work);
    let name = |event: &TicketEvent| <&str>::from(event).replace("ticket.", "");
    Ok(events.map(name).collect())
}

fn worker(name: &str) -> Worker {
    Worker {
        staff_member_id: StaffMemberId::named(name),
        role: Role::Agent,
        department_ids: ["section", "elsewhere"].map(DepartmentId::named).to_vec(),
    }
}

fn facts(by: &str, hour: i64) -> Facts {
    let department_ids = vec![DepartmentId::named("section")];
    Facts {
        by: By::Staff(worker(by)),
        opening: Open {
            customer_id: CustomerId::named("customer"),
            category_id: CategoryId::named("section"),
            product_id: ProductId::named("product"),
            routing: Ok(department_ids),
            priority: Priority::High,
            subject: "Subject".to_owned(),
            text: "Text".to_owned(),
            file_ids: Vec::new(),
            pick: None,
        },
        priority: Priority::High,
        message_id: MessageId::named("note"),
        note: "Note".to_owned(),
        reply: "Reply".to_owned(),
        reason: None,
        assignee: Some(worker(BY_BORIS)),
        department_id: Some(DepartmentId::named("elsewhere")),
        work: None,
        circumstances: Circumstances {
            at: Moment::UNIX_EPOCH + TimeDelta::hours(hour),
            policy: TicketPolicy::default(),
            book: Arc::default(),
        },
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what a line becomes")]
fn list(events: &[&str]) -> Result<Vec<String>, Rejection> {
    Ok(events.iter().map(|event| (*event).to_owned()).collect())
}

const OPENED: &[(Action, &str)] = &[(Action::Open, BY_ANNA)];
const TAKEN: &[(Action, &str)] = &[(Action::Open, BY_ANNA), (Action::Take, BY_ANNA)];
const WAITING: &[(Action, &str)] =
    &[(Action::Open, BY_ANNA), (Action::Take, BY_ANNA), (Action::Wait, BY_ANNA)];
const RESOLVED: &[(Action, &str)] =
    &[(Action::Open, BY_ANNA), (Action::Take, BY_ANNA), (Action::Resolve, BY_ANNA)];
const CLOSED: &[(Action, &str)] = &[
    (Action::Open, BY_ANNA),
    (Action::Take, BY_ANNA),
    (Action::Resolve, BY_ANNA),
    (Action::Close, BY_ANNA),
];

#[test]
fn a_ticket_is_opened_once_and_by_whatever_comes_first() {
    for (action, events) in [
        (Action::Open, &["opened"] as &[_]),
        (Action::OpenAndAssess, &["opened", "priority_assessed"]),
        (Action::AssessPriority, &["opened", "priority_assessed"]),
        (Action::Take, &["opened", "accepted"]),
        (Action::Wait, &["opened", "accepted", "waiting_started"]),
        (Action::Resolve, &["opened", "accepted", "resolved"]),
        (Action::ResolveAsInvalid, &["opened", "accepted", "resolved"]),
        (Action::ResolveAsDuplicate, &["opened", "accepted", "resolved"]),
        (Action::Note, &["opened", "note_added"]),
    ] {
        assert_eq!(becomes(&[], action, BY_ANNA), list(events), "{action:?}");
    }
    assert_eq!(becomes(OPENED, Action::Open, BY_ANNA), Err(Rejection::AlreadyOpened));
    assert_eq!(becomes(OPENED, Action::OpenAndAssess, BY_ANNA), list(&["priority_assessed"]));
}

#[test]
fn a_line_is_recorded_whole_or_not_at_all() {
    let refused = becomes(&[], Action::Close, BY_ANNA);
    assert_eq!(refused, Err(Rejection::TicketNotResolved));
    let mut facts = facts(BY_ANNA, 0);
    facts.opening.routing = Err(Rejection::ProductNotFound);
    let refused = on(&Ticket::default(), Action::Take, &facts);
    assert_eq!(refused, Err(Rejection::ProductNotFound));
}

#[test]
fn the_opening_is_kept_apart_from_the_work() {
    let decided = decide_line(&Ticket::default(), Action::Take, &facts(BY_ANNA, 0));
    let decided = decided.expect("a line to record");
    assert!(matches!(decided.opening[..], [TicketEvent::Opened { .. }]));
    assert!(matches!(decided.work[..], [TicketEvent::Accepted { .. }]));
    assert_eq!(decided.ticket.status, Status::InProgress);
}

#[test]
fn taking_works_from_every_state() {
    for (lines, by_the_same, by_another) in [
        (OPENED, &["accepted"] as &[_], &["accepted"] as &[_]),
        (WAITING, &["waiting_ended"], &["waiting_ended", "assigned", "accepted"]),
        (RESOLVED, &["reopened", "accepted"], &["reopened", "assigned", "accepted"]),
        (CLOSED, &["reopened", "accepted"], &["reopened", "assigned", "accepted"]),
    ] {
        assert_eq!(becomes(lines, Action::Take, BY_ANNA), list(by_the_same), "{lines:?}");
        assert_eq!(becomes(lines, Action::Take, BY_BORIS), list(by_another), "{lines:?}");
    }
    assert_eq!(becomes(TAKEN, Action::Take, BY_BORIS), list(&["assigned", "accepted"]));
    assert_eq!(becomes(TAKEN, Action::Take, BY_ANNA), Err(Rejection::AlreadyAccepted));
}

#[test]
fn an_agent_who_takes_a_ticket_is_responsible_for_it() {
    for lines in [OPENED, TAKEN, WAITING, RESOLVED, CLOSED] {
        let lines = [lines, &[(Action::Take, BY_BORIS)]].concat();
        let ticket = after(&lines);
        assert_eq!(ticket.status, Status::InProgress);
        assert_eq!(ticket.assignee_id, Some(StaffMemberId::named(BY_BORIS)));
    }
}

#[test]
fn taking_is_refused_when_the_ticket_can_no_longer_come_back() {
    let (ticket, late) = (after(CLOSED), facts(BY_ANNA, 24 * 15));
    let until = Moment::UNIX_EPOCH + TimeDelta::hours(2) + TimeDelta::days(14);
    let refused = on(&ticket, Action::Take, &late);
    assert_eq!(refused, Err(Rejection::ReopenPeriodOver { until }));
}

#[test]
fn waiting_and_resolving_accept_a_ticket_that_nobody_has_accepted() {
    assert_eq!(becomes(OPENED, Action::Wait, BY_ANNA), list(&["accepted", "waiting_started"]));
    assert_eq!(becomes(TAKEN, Action::Wait, BY_BORIS), list(&["waiting_started"]));
    assert_eq!(becomes(WAITING, Action::Wait, BY_ANNA), Err(Rejection::TicketWaiting));
    assert_eq!(becomes(RESOLVED, Action::Wait, BY_ANNA), Err(Rejection::TicketResolved));

    assert_eq!(becomes(OPENED, Action::Resolve, BY_ANNA), list(&["accepted", "resolved"]));
    assert_eq!(becomes(TAKEN, Action::Resolve, BY_BORIS), list(&["resolved"]));
    assert_eq!(becomes(WAITING, Action::Resolve, BY_ANNA), list(&["waiting_ended", "resolved"]));
    assert_eq!(becomes(RESOLVED, Action::Resolve, BY_ANNA), Err(Rejection::TicketResolved));
    assert_eq!(becomes(CLOSED, Action::Resolve, BY_ANNA), Err(Rejection::TicketClosed));
}

#[test]
fn how_a_ticket_ended_is_its_outcome_while_it_is_open_and_a_note_afterwards() {
    for (action, outcome) in [
        (Action::Resolve, Outcome::Solved),
        (Action::ResolveAsInvalid, Outcome::Invalid),
        (Action::ResolveAsDuplicate, Outcome::Duplicate),
    ] {
        let decided = decide_line(&after(TAKEN), action, &facts(BY_ANNA, 2));
        let work = decided.expect("a line to record").work;
        let found = work.iter().find_map(|event| match event {
            TicketEvent::Resolved { outcome, .. } => Some(*outcome),
            _ => None,
        });
        assert_eq!(found, Some(outcome));
    }
    for action in [Action::ResolveAsInvalid, Action::ResolveAsDuplicate] {
        assert_eq!(becomes(RESOLVED, action, BY_ANNA), list(&["note_added"]));
        assert_eq!(becomes(CLOSED, action, BY_ANNA), list(&["note_added"]));
    }
}

#[test]
fn closing_and_judging_are_left_to_the_rules() {
    assert_eq!(becomes(RESOLVED, Action::Close, BY_BORIS), list(&["closed"]));
    assert_eq!(becomes(TAKEN, Action::Close, BY_ANNA), Err(Rejection::TicketNotResolved));
    assert_eq!(becomes(CLOSED, Action::Close, BY_ANNA), Err(Rejection::TicketClosed));
    let judge = Action::AssessPriority;
    assert_eq!(becomes(WAITING, judge, BY_BORIS), list(&["priority_assessed"]));
    assert_eq!(becomes(RESOLVED, judge, BY_BORIS), Err(Rejection::TicketResolved));
}

#[test]
fn a_conversation_goes_on_from_every_state() {
    let customer = |lines: &[(Action, &str)], action| {
        let hour = i64::try_from(lines.len()).expect("a few lines");
        let facts = Facts { by: By::Customer, ..facts(BY_ANNA, hour) };
        on(&after(lines), action, &facts)
    };
    assert_eq!(customer(&[], Action::OpenOrReply), list(&["opened"]));
    assert_eq!(customer(&[], Action::ReplyByCustomer), list(&["opened", "reply_added"]));
    for (lines, events) in [
        (OPENED, &["reply_added"] as &[_]),
        (TAKEN, &["reply_added"]),
        (WAITING, &["reply_added", "waiting_ended"]),
        (RESOLVED, &["reply_added", "answered_after_resolution"]),
        (CLOSED, &["reopened", "reply_added"]),
    ] {
        assert_eq!(customer(lines, Action::OpenOrReply), list(events), "{lines:?}");
    }
    for lines in [OPENED, TAKEN, WAITING, RESOLVED] {
        assert_eq!(becomes(lines, Action::ReplyByStaff, BY_BORIS), list(&["reply_added"]));
    }
    assert_eq!(becomes(CLOSED, Action::ReplyByStaff, BY_ANNA), list(&["note_added"]));
}

#[test]
fn a_ticket_is_handed_on_as_the_line_says() {
    assert_eq!(becomes(OPENED, Action::Assign, BY_ANNA), list(&["assigned"]));
    assert_eq!(becomes(TAKEN, Action::Transfer, BY_ANNA), list(&["transferred"]));
    assert_eq!(becomes(RESOLVED, Action::Transfer, BY_ANNA), Err(Rejection::TicketResolved));
    assert_eq!(becomes(CLOSED, Action::Reopen, BY_ANNA), list(&["reopened"]));
    let nowhere = Facts { department_id: None, assignee: None, ..facts(BY_ANNA, 2) };
    let refused = |action| on(&after(TAKEN), action, &nowhere);
    assert_eq!(refused(Action::Transfer), Err(Rejection::DepartmentNotFound));
    assert_eq!(refused(Action::Assign), Err(Rejection::AgentNotFound));
}

#[test]
fn a_ticket_that_is_closed_where_nobody_resolves_is_resolved_first() {
    let close = Action::ResolveAndClose;
    assert_eq!(becomes(OPENED, close, BY_ANNA), list(&["accepted", "resolved", "closed"]));
    assert_eq!(becomes(RESOLVED, close, BY_ANNA), list(&["closed"]));
    assert_eq!(becomes(CLOSED, close, BY_ANNA), Err(Rejection::TicketClosed));
}
