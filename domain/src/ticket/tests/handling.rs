//! Who works on a ticket, where, how urgently and by when (T3, T4).

use super::*;
use crate::ticket::Rejection;
use crate::ticket::rejection::TextField;

/// T3: anyone in the department may accept a ticket that waits in the queue.
#[test]
fn any_agent_of_the_department_may_take_a_ticket_from_the_queue() {
    for by in [agent(), colleague(), manager()] {
        let expected = accepted(&by);
        given(Status::New).when(accept(by)).then_expect_events(vec![expected]);
    }
}

#[test]
fn an_assigned_ticket_is_accepted_by_its_agent_alone() {
    given(Status::Assigned).when(accept(agent())).then_expect_events(vec![accepted(&agent())]);
    for by in [colleague(), manager()] {
        given(Status::Assigned).when(accept(by)).then_expect_error(Rejection::AssignedToAnother);
    }
}

/// Nobody is both responsible and a collaborator, so after a further hand-over there is nothing
/// to leave.
#[test]
fn a_collaborator_who_becomes_responsible_is_no_collaborator_any_more() {
    for becomes_responsible in
        [accepted(&colleague()), assigned(&colleague(), AssignmentBasis::Staff)]
    {
        let leave = leave(colleague());
        let before =
            || given(Status::New).and(vec![joined(&colleague()), becomes_responsible.clone()]);
        before().when(leave.clone()).then_expect_error(Rejection::AssigneeMustHandOver);
        before()
            .and(vec![assigned(&outsider(), AssignmentBasis::Staff)])
            .when(leave)
            .then_expect_error(Rejection::NotJoined);
    }
}

/// T3, T4: the department's agents, those assigned or joined, and managers; nobody else.
#[test]
fn an_agent_of_another_department_may_do_nothing_until_joined() {
    for command in every_command_of_staff(&outsider()) {
        given(Status::InProgress)
            .when(command.clone())
            .then_expect_error(Rejection::NotInDepartment);
    }
    given(Status::InProgress)
        .and(vec![joined(&outsider())])
        .when(await_customer(outsider()))
        .then_expect_events(vec![waiting_started(&outsider())]);
    given(Status::InProgress)
        .when(await_customer(manager()))
        .then_expect_events(vec![waiting_started(&manager())]);
}

/// An auditor reads everything and changes nothing, whatever department or ticket.
#[test]
fn an_auditor_changes_nothing() {
    for command in every_command_of_staff(&auditor()) {
        given(Status::InProgress).when(command).then_expect_error(Rejection::NotInDepartment);
    }
}

#[test]
fn a_ticket_that_was_never_opened_does_not_exist() {
    for command in every_command_of_staff(&manager()) {
        given_nothing().when(command).then_expect_error(Rejection::TicketNotFound);
    }
    for command in
        [reply(customer(), "Text"), close(customer(), day(0)), reopen(customer(), day(0))]
    {
        given_nothing().when(command).then_expect_error(Rejection::TicketNotFound);
    }
    // The nil customer's, too: it is what an unopened ticket holds for want of a customer.
    given_nothing()
        .when(close(Party::Customer(CustomerId::default()), day(0)))
        .then_expect_error(Rejection::TicketNotFound);
    given_nothing().when(expire(day(0))).then_expect_error(Rejection::TicketNotFound);
}

/// T4: handing over to an agent, who has yet to accept and need not be of the department.
#[test]
fn a_ticket_is_handed_to_an_agent_of_any_department() {
    given(Status::InProgress)
        .when(assign(agent(), outsider()))
        .then_expect_events(vec![assigned(&outsider(), AssignmentBasis::Staff)]);
    given(Status::InProgress)
        .and(vec![assigned(&outsider(), AssignmentBasis::Staff)])
        .when(accept(outsider()))
        .then_expect_events(vec![accepted(&outsider())]);
}

#[test]
fn a_hand_over_needs_somebody_else_who_works_tickets() {
    given(Status::InProgress)
        .when(assign(agent(), auditor()))
        .then_expect_error(Rejection::AgentNotFound);
    given(Status::InProgress)
        .when(assign(agent(), agent()))
        .then_expect_error(Rejection::AlreadyAssigned);
}

/// T8: `reopened → in_progress` goes through accepting, by the new agent after a hand-over.
#[test]
fn a_reopened_ticket_that_is_handed_over_stays_reopened_until_accepted() {
    let handed_over = assigned(&colleague(), AssignmentBasis::Staff);
    given(Status::Reopened)
        .when(assign(agent(), colleague()))
        .then_expect_events(vec![handed_over.clone()]);
    given(Status::Reopened)
        .and(vec![handed_over.clone()])
        .when(resolve(colleague()))
        .then_expect_error(Rejection::TicketNotAccepted);
    given(Status::Reopened)
        .and(vec![handed_over.clone()])
        .when(accept(agent()))
        .then_expect_error(Rejection::AssignedToAnother);
    given(Status::Reopened)
        .and(vec![handed_over])
        .when(accept(colleague()))
        .then_expect_events(vec![accepted(&colleague())]);
}

/// T4: after a transfer nobody is responsible, and the new department's agents may accept.
#[test]
fn a_transferred_ticket_waits_in_the_queue_of_the_new_department() {
    given(Status::InProgress)
        .when(transfer(agent(), sales()))
        .then_expect_events(vec![transferred()]);
    given(Status::InProgress)
        .and(vec![transferred()])
        .when(accept(outsider()))
        .then_expect_events(vec![accepted(&outsider())]);
    given(Status::InProgress)
        .and(vec![transferred()])
        .when(accept(agent()))
        .then_expect_error(Rejection::NotInDepartment);
}

/// T3: in the new department too, the assignment policy picks the agent.
#[test]
fn a_transferred_ticket_is_assigned_to_whom_the_policy_picks() {
    given(Status::InProgress)
        .when(asked(Transfer {
            by: agent(),
            to_department_id: sales(),
            pick: Some(outsider().staff_member_id),
            reason: None,
        }))
        .then_expect_events(vec![transferred(), assigned(&outsider(), AssignmentBasis::Policy)]);
}

#[test]
fn a_transfer_ends_the_waiting_on_the_customer() {
    given(Status::WaitingOnCustomer)
        .when(transfer(agent(), sales()))
        .then_expect_events(vec![TicketEvent::WaitingEnded, transferred()]);
}

#[test]
fn a_transfer_to_where_the_ticket_is_alone_already_is_refused() {
    given(Status::New)
        .when(transfer(agent(), technical()))
        .then_expect_error(Rejection::AlreadyInDepartment);
}

/// T3: a ticket of several departments can be left to one of them.
#[test]
fn a_ticket_of_several_departments_may_be_left_to_one_of_them() {
    let routed = Open { routing: Ok(vec![technical(), sales()]), ..open() };
    let opened = given_nothing().when(asked(routed)).inspect_result().expect("opened");
    TestFramework::<Ticket>::with(())
        .given(opened)
        .when(transfer(agent(), sales()))
        .then_expect_events(vec![TicketEvent::Transferred {
            from_department_ids: vec![technical(), sales()],
            to_department_id: sales(),
            reason: None,
        }]);
}

/// T4: an agent joins other agents, from any department.
#[test]
fn agents_of_any_department_may_join_and_leave() {
    given(Status::New)
        .when(join(agent(), outsider()))
        .then_expect_events(vec![joined(&outsider())]);
    given(Status::New).and(vec![joined(&outsider())]).when(leave(outsider())).then_expect_events(
        vec![TicketEvent::CollaboratorLeft { staff_member_id: outsider().staff_member_id }],
    );
}

#[test]
fn nobody_joins_twice_and_no_auditor_at_all() {
    given(Status::New)
        .and(vec![joined(&outsider())])
        .when(join(agent(), outsider()))
        .then_expect_error(Rejection::AlreadyJoined);
    given(Status::InProgress)
        .when(join(colleague(), agent()))
        .then_expect_error(Rejection::AlreadyJoined);
    given(Status::New).when(join(agent(), auditor())).then_expect_error(Rejection::AgentNotFound);
}

#[test]
fn only_a_collaborator_leaves() {
    given(Status::InProgress)
        .when(leave(agent()))
        .then_expect_error(Rejection::AssigneeMustHandOver);
    given(Status::InProgress).when(leave(colleague())).then_expect_error(Rejection::NotJoined);
}

/// A judgement that changes nothing is a fact too.
#[test]
fn the_priority_is_assessed_as_often_as_somebody_judges() {
    let assessed = TicketEvent::PriorityAssessed {
        priority: Priority::Urgent,
        staff_member_id: agent().staff_member_id,
    };
    given(Status::New).when(assess(agent())).then_expect_events(vec![assessed.clone()]);
    given(Status::New)
        .and(vec![assessed.clone()])
        .when(assess(agent()))
        .then_expect_events(vec![assessed]);
}

/// T4: a promised date lies in the future, up to and including the last day of the policy.
#[test]
fn a_promise_lies_in_the_future_and_within_the_policy() {
    let microsecond = TimeDelta::microseconds(1);
    for promised_for in [day(0) + microsecond, day(30)] {
        let staff_member_id = agent().staff_member_id;
        given(Status::New).when(promise(agent(), promised_for)).then_expect_events(vec![
            TicketEvent::ResolutionPromised { promised_for, staff_member_id },
        ]);
    }
    for promised_for in [day(0), day(-1)] {
        given(Status::New)
            .when(promise(agent(), promised_for))
            .then_expect_error(Rejection::PromiseNotInFuture);
    }
    given(Status::New)
        .when(promise(agent(), day(30) + microsecond))
        .then_expect_error(Rejection::PromiseTooFar { latest: day(30) });
}

/// Ten Cyrillic letters are 20 bytes and pass a limit of ten characters.
#[test]
fn the_reason_for_a_hand_over_or_transfer_has_its_limit() {
    let because = |reason: &str| {
        let (by, reason) = (agent(), Some(reason.to_owned()));
        [
            asked(Assign { by: by.clone(), assignee: outsider(), reason: reason.clone() }),
            asked(Transfer { by, to_department_id: sales(), pick: None, reason }),
        ]
    };
    for command in because(" жжжжжжжжжж ") {
        let events = given(Status::New).when(command).inspect_result().expect("it fits");
        assert!(matches!(
            &events[..],
            [TicketEvent::Assigned { reason, .. } | TicketEvent::Transferred { reason, .. }]
                if *reason == Some(personal("жжжжжжжжжж"))
        ));
    }
    for (text, rejection) in [
        ("жжжжжжжжжжж", Rejection::TextTooLong { field: TextField::Reason, max: 10 }),
        ("", Rejection::TextEmpty(TextField::Reason)),
        ("\u{7}", Rejection::TextUnprintable(TextField::Reason)),
    ] {
        for command in because(text) {
            given(Status::New).when(command).then_expect_error(rejection);
        }
    }
}

fn every_command_of_staff(by: &Worker) -> Vec<Asked> {
    let by = || by.clone();
    vec![
        accept(by()),
        assign(by(), colleague()),
        transfer(by(), sales()),
        join(by(), colleague()),
        leave(by()),
        reply(Party::Staff(by()), "Text"),
        note(by(), "Text"),
        assess(by()),
        promise(by(), day(1)),
        await_customer(by()),
        resume(by()),
        acknowledge(by()),
        resolve(by()),
        close(Party::Staff(by()), day(0)),
        reopen(Party::Staff(by()), day(0)),
    ]
}

/// Who no longer works tickets leaves those that they have, and nothing else is changed.
#[test]
fn a_ticket_is_taken_from_who_no_longer_works_tickets() {
    let member = agent().staff_member_id;
    let relinquish = |id| asked(Command::Relinquish { staff_member_id: id });
    let returned = TicketEvent::ReturnedToQueue { staff_member_id: member };
    given(Status::WaitingOnCustomer)
        .when(relinquish(member))
        .then_expect_events(vec![TicketEvent::WaitingEnded, returned]);
    let helper = colleague().staff_member_id;
    given(Status::InProgress)
        .and(vec![joined(&colleague())])
        .when(relinquish(helper))
        .then_expect_events(vec![TicketEvent::CollaboratorLeft { staff_member_id: helper }]);
    given(Status::InProgress)
        .when(relinquish(outsider().staff_member_id))
        .then_expect_events(vec![]);
    TestFramework::<Ticket>::with(())
        .given_no_previous_events()
        .when(relinquish(member))
        .then_expect_error(Rejection::TicketNotFound);
}
