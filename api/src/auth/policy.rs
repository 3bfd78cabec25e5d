//! Who may see and do what: the one place where that is decided.

use async_graphql::{Context, Guard};
use servicedesk_domain::access::Scope;
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::staff::{Role, Worker};
use servicedesk_projections::ticket::ticket_details::TicketDetails;
use servicedesk_projections::ticket::ticket_search::Within;
use servicedesk_projections::ticket::timeline;

use super::{Caller, Identity};
use crate::error::ApiError;

/// The caller of this request.
///
/// # Errors
/// `Unauthenticated` where the request came without a token.
pub fn caller<'a>(context: &Context<'a>) -> Result<&'a Caller, ApiError> {
    match context.data_opt::<Option<Caller>>() {
        Some(Some(caller)) => Ok(caller),
        _ => Err(ApiError::Unauthenticated),
    }
}

/// Every mutation needs a token that may write.
///
/// # Errors
/// `Forbidden` where it may not.
pub fn may_write(caller: &Caller) -> Result<(), ApiError> {
    has_scope(caller, Scope::Write, "the token may not be used for mutations")
}

/// Every query and subscription needs a token that may read.
///
/// # Errors
/// `Forbidden` where it may not.
pub fn may_read(caller: &Caller) -> Result<(), ApiError> {
    has_scope(caller, Scope::Read, "the token may not be used for queries")
}

fn has_scope(caller: &Caller, scope: Scope, refusal: &'static str) -> Result<(), ApiError> {
    if caller.scopes.contains(&scope) { Ok(()) } else { Err(ApiError::Forbidden(refusal)) }
}

/// The member of staff who calls, to do something: an auditor does nothing but read.
///
/// # Errors
/// `Forbidden` for customers and auditors.
pub fn acting_staff(caller: &Caller) -> Result<&Worker, ApiError> {
    match &caller.identity {
        Identity::Staff(worker) if worker.role != Role::Auditor => Ok(worker),
        Identity::Staff(_) => Err(ApiError::Forbidden("an auditor changes nothing")),
        Identity::Customer(_) => Err(ApiError::Forbidden("this is for staff")),
    }
}

/// The member of staff who calls, to read something.
///
/// # Errors
/// `Forbidden` for customers.
pub fn reading_staff(caller: &Caller) -> Result<&Worker, ApiError> {
    match &caller.identity {
        Identity::Staff(worker) => Ok(worker),
        Identity::Customer(_) => Err(ApiError::Forbidden("this is for staff")),
    }
}

/// The member of staff who calls, to decide something for all: a manager or an administrator.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn acting_manager(caller: &Caller) -> Result<&Worker, ApiError> {
    let worker = acting_staff(caller)?;
    if worker.leads() { Ok(worker) } else { Err(ApiError::Forbidden("this is for managers")) }
}

/// The member of staff who calls, to read what managers read: no agent.
///
/// # Errors
/// `Forbidden` for customers and agents.
pub fn reading_manager(caller: &Caller) -> Result<&Worker, ApiError> {
    let worker = reading_staff(caller)?;
    if reads_everything(worker) {
        Ok(worker)
    } else {
        Err(ApiError::Forbidden("this is for managers"))
    }
}

/// Whether this member of staff reads the tickets of every department.
pub fn reads_everything(worker: &Worker) -> bool {
    worker.leads() || worker.role == Role::Auditor
}

/// Whether the caller may see the ticket at all: a customer her own, an agent those of the own
/// departments and those the agent works on, everybody else all.
pub fn may_see_ticket(caller: &Caller, ticket: &TicketDetails) -> bool {
    match &caller.identity {
        Identity::Customer(id) => ticket.customer_id == *id,
        Identity::Staff(worker) => {
            reads_everything(worker)
                || worker.department_ids.iter().any(|id| ticket.department_ids.contains(id))
                || ticket.assignee_id == Some(worker.staff_member_id)
                || ticket.collaborator_ids.contains(&worker.staff_member_id)
        }
    }
}

/// To which tickets a search by this member of staff is confined; none: to no particular ones.
pub fn searched_tickets(worker: &Worker) -> Option<Within> {
    (!reads_everything(worker)).then(|| Within {
        department_ids: worker.department_ids.clone(),
        staff_member_id: worker.staff_member_id,
    })
}

/// Whether the caller may see a department's queue.
///
/// # Errors
/// `Forbidden` for customers and for agents of other departments.
pub fn may_see_queue(caller: &Caller, department_id: DepartmentId) -> Result<(), ApiError> {
    let worker = reading_staff(caller)?;
    if reads_everything(worker) || worker.department_ids.contains(&department_id) {
        Ok(())
    } else {
        Err(ApiError::Forbidden("the queue is another department's"))
    }
}

/// Whether the caller may see who a customer is: she herself, and staff.
pub fn may_see_customer(caller: &Caller, customer_id: CustomerId) -> bool {
    match &caller.identity {
        Identity::Customer(id) => *id == customer_id,
        Identity::Staff(_) => true,
    }
}

/// As whom the caller reads a timeline: customers see no notes (T5).
pub fn timeline_reader(caller: &Caller) -> timeline::Reader {
    match caller.identity {
        Identity::Customer(_) => timeline::Reader::Customer,
        Identity::Staff(_) => timeline::Reader::Staff,
    }
}

/// Guards a field that only staff may see.
#[derive(Debug, Clone, Copy)]
pub struct StaffOnly;

impl Guard for StaffOnly {
    async fn check(&self, context: &Context<'_>) -> async_graphql::Result<()> {
        reading_staff(caller(context)?)?;
        Ok(())
    }
}
