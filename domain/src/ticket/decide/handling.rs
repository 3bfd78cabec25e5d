//! Who works on a ticket, where, how urgently and by when (T3, T4).

use super::{Decision, optional_text, staff_access, still_open};
use crate::staff::{StaffMemberId, Worker};
use crate::ticket::command::{
    AssessPriority, Assign, Circumstances, JoinCollaborator, PromiseResolution, Transfer,
};
use crate::ticket::events::{AssignmentBasis, TicketEvent};
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::{Status, Ticket};

/// An agent takes a ticket: one that waits in the queue of an own department, or one that was
/// assigned to this agent.
pub(super) fn accept(ticket: &Ticket, by: &Worker) -> Decision {
    staff_access(ticket, by)?;
    match ticket.status {
        Status::New | Status::Assigned | Status::Reopened => {}
        status => return Err(Rejection::forbidden_by(status)),
    }
    match ticket.assignee_id {
        Some(assignee_id) if assignee_id != by.staff_member_id => Err(Rejection::AssignedToAnother),
        _ => Ok(vec![TicketEvent::Accepted { staff_member_id: by.staff_member_id }]),
    }
}

/// Hands the ticket to an agent, who has yet to accept it. The agent need not be in the ticket's
/// department: handing over is how somebody from elsewhere is made responsible.
pub(super) fn assign(
    ticket: &Ticket,
    Assign { by, assignee, reason }: Assign,
    Circumstances { policy, .. }: &Circumstances,
) -> Decision {
    staff_access(ticket, &by)?;
    still_open(ticket)?;
    if !assignee.works_tickets() {
        return Err(Rejection::AgentNotFound);
    }
    if ticket.assignee_id == Some(assignee.staff_member_id) {
        return Err(Rejection::AlreadyAssigned);
    }
    let reason =
        optional_text(ticket, TextField::Reason, reason.as_deref(), policy.reason_characters)?;
    Ok(vec![TicketEvent::Assigned {
        assignee_id: assignee.staff_member_id,
        basis: AssignmentBasis::Staff,
        reason,
    }])
}

/// Sends the ticket to another department. Its new queue must be able to accept it, so waiting on
/// the customer ends.
pub(super) fn transfer(
    ticket: &Ticket,
    Transfer { by, to_department_id, pick, reason }: Transfer,
    Circumstances { policy, .. }: &Circumstances,
) -> Decision {
    staff_access(ticket, &by)?;
    still_open(ticket)?;
    if ticket.department_ids == [to_department_id] {
        return Err(Rejection::AlreadyInDepartment);
    }
    let reason =
        optional_text(ticket, TextField::Reason, reason.as_deref(), policy.reason_characters)?;
    let mut events = Vec::new();
    if ticket.status == Status::WaitingOnCustomer {
        events.push(TicketEvent::WaitingEnded);
    }
    events.push(TicketEvent::Transferred {
        from_department_ids: ticket.department_ids.clone(),
        to_department_id,
        reason,
    });
    events.extend(pick.map(|assignee_id| TicketEvent::Assigned {
        assignee_id,
        basis: AssignmentBasis::Policy,
        reason: None,
    }));
    Ok(events)
}

/// Joins a further agent, from any department.
pub(super) fn join_collaborator(ticket: &Ticket, join: &JoinCollaborator) -> Decision {
    staff_access(ticket, &join.by)?;
    still_open(ticket)?;
    if !join.collaborator.works_tickets() {
        return Err(Rejection::AgentNotFound);
    }
    let staff_member_id = join.collaborator.staff_member_id;
    if ticket.is_worked_by(staff_member_id) {
        return Err(Rejection::AlreadyJoined);
    }
    Ok(vec![TicketEvent::CollaboratorJoined { staff_member_id }])
}

/// A collaborator leaves.
pub(super) fn leave(ticket: &Ticket, by: &Worker) -> Decision {
    staff_access(ticket, by)?;
    still_open(ticket)?;
    let staff_member_id = by.staff_member_id;
    if ticket.assignee_id == Some(staff_member_id) {
        return Err(Rejection::AssigneeMustHandOver);
    }
    if !ticket.collaborator_ids.contains(&staff_member_id) {
        return Err(Rejection::NotJoined);
    }
    Ok(vec![TicketEvent::CollaboratorLeft { staff_member_id }])
}

/// Takes the ticket from somebody who no longer works tickets: it waits in the queue again, if they
/// were responsible. Its queue must be able to accept it, so waiting on the customer ends. On a
/// ticket that is resolved or closed nothing is left to do, until it is reopened.
pub(super) fn relinquish(ticket: &Ticket, staff_member_id: StaffMemberId) -> Decision {
    if !ticket.is_opened {
        return Err(Rejection::TicketNotFound);
    }
    let mut events = Vec::new();
    if !ticket.status.is_open() {
        return Ok(events);
    }
    if ticket.collaborator_ids.contains(&staff_member_id) {
        events.push(TicketEvent::CollaboratorLeft { staff_member_id });
    }
    if ticket.assignee_id == Some(staff_member_id) {
        if ticket.status == Status::WaitingOnCustomer {
            events.push(TicketEvent::WaitingEnded);
        }
        events.push(TicketEvent::ReturnedToQueue { staff_member_id });
    }
    Ok(events)
}

/// Judges how urgent the ticket is.
pub(super) fn assess_priority(ticket: &Ticket, assess: &AssessPriority) -> Decision {
    staff_access(ticket, &assess.by)?;
    still_open(ticket)?;
    let (priority, staff_member_id) = (assess.priority, assess.by.staff_member_id);
    Ok(vec![TicketEvent::PriorityAssessed { priority, staff_member_id }])
}

/// Promises the customer a date. It lies in the future, and not further than the policy allows.
pub(super) fn promise_resolution(
    ticket: &Ticket,
    promise: &PromiseResolution,
    Circumstances { at, policy, .. }: &Circumstances,
) -> Decision {
    staff_access(ticket, &promise.by)?;
    still_open(ticket)?;
    let (promised_for, staff_member_id) = (promise.promised_for, promise.by.staff_member_id);
    if promised_for <= *at {
        return Err(Rejection::PromiseNotInFuture);
    }
    let latest = policy.latest_promise(*at);
    if promised_for > latest {
        return Err(Rejection::PromiseTooFar { latest });
    }
    Ok(vec![TicketEvent::ResolutionPromised { promised_for, staff_member_id }])
}
