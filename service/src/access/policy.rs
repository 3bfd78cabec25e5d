//! Who may see and do what: the one place where that is decided.

use servicedesk_domain::access::{Principal, Scope};
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::file::{Attachment, Place, Uploader};
use servicedesk_domain::licensing::{TradingAccount, application};
use servicedesk_domain::staff::{Role, StaffMemberId, Worker};
use servicedesk_domain::ticket;
use servicedesk_projections::file::files::FileRow;
use servicedesk_projections::licensing::applications::ApplicationRow;
use servicedesk_projections::ticket::ticket_details::TicketDetails;
use servicedesk_projections::ticket::ticket_search::Within;
use servicedesk_projections::ticket::time_entries;
use servicedesk_projections::ticket::timeline;

use super::{Caller, Identity};
use crate::error::ApiError;

/// The department that keeps the books, by its code in the catalogue; its id follows from it.
const ACCOUNTING: &str = "accounting";
/// The department that grants licences.
const LICENSING: &str = "licensing";

/// Every mutation needs a token that may write.
///
/// # Errors
/// `Forbidden` if it may not.
pub fn may_write(caller: &Caller) -> Result<(), ApiError> {
    has_scope(caller, Scope::Write, "the token may not be used for mutations")
}

/// Every query and subscription needs a token that may read.
///
/// # Errors
/// `Forbidden` if it may not.
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

/// Who calls, to do something on a ticket that either side may do.
///
/// # Errors
/// `Forbidden` for auditors.
pub fn acting_party(caller: &Caller) -> Result<ticket::command::Party, ApiError> {
    match &caller.identity {
        Identity::Customer(id) => Ok(ticket::command::Party::Customer(*id)),
        Identity::Staff(_) => acting_staff(caller).cloned().map(ticket::command::Party::Staff),
    }
}

/// Who calls, to talk about an application: its customer, or licensing.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn applications_party(caller: &Caller) -> Result<application::command::Party, ApiError> {
    match caller.identity {
        Identity::Customer(id) => Ok(application::command::Party::Customer(id)),
        Identity::Staff(_) => acting_licenser(caller).map(|_| application::command::Party::Staff),
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

/// The customer who calls, to do what only they can.
///
/// # Errors
/// `Forbidden` for staff.
pub fn calling_customer(caller: &Caller) -> Result<CustomerId, ApiError> {
    match &caller.identity {
        Identity::Customer(id) => Ok(*id),
        Identity::Staff(_) => Err(ApiError::Forbidden("this is for the customer")),
    }
}

/// The member of staff who calls, to do something in the books: an agent of accounting, a manager
/// or an administrator.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn acting_accountant(caller: &Caller) -> Result<&Worker, ApiError> {
    of_department(acting_staff(caller)?, ACCOUNTING, "this is for accounting")
}

/// The member of staff who calls, to read the books: of accounting, a manager, an administrator or
/// an auditor.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn reading_accountant(caller: &Caller) -> Result<&Worker, ApiError> {
    let worker = reading_staff(caller)?;
    if worker.role == Role::Auditor {
        return Ok(worker);
    }
    of_department(worker, ACCOUNTING, "this is for accounting")
}

/// The member of staff who calls, to grant or revoke licences: an agent of licensing, a manager or
/// an administrator.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn acting_licenser(caller: &Caller) -> Result<&Worker, ApiError> {
    of_department(acting_staff(caller)?, LICENSING, "this is for licensing")
}

/// The member of staff who calls, to read applications and trading accounts: of licensing, a
/// manager, an administrator or an auditor.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn reading_licenser(caller: &Caller) -> Result<&Worker, ApiError> {
    let worker = reading_staff(caller)?;
    if worker.role == Role::Auditor {
        return Ok(worker);
    }
    of_department(worker, LICENSING, "this is for licensing")
}

/// Whether the caller may see an application: a customer their own, and those who decide them.
pub fn may_see_application(caller: &Caller, application: &ApplicationRow) -> bool {
    may_see_applications(caller, application.customer_id)
}

/// Whether the caller may see a licence's keys and its download link, which work for anybody who
/// has them: its customer, and those who read applications.
pub fn may_see_keys(caller: &Caller, customer_id: CustomerId) -> bool {
    may_see_applications(caller, customer_id)
}

/// Whether the caller may see a customer's applications: they themselves, and those who decide them.
pub fn may_see_applications(caller: &Caller, customer_id: CustomerId) -> bool {
    match &caller.identity {
        Identity::Customer(id) => *id == customer_id,
        Identity::Staff(_) => reading_licenser(caller).is_ok(),
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

fn of_department<'a>(
    worker: &'a Worker,
    code: &str,
    refusal: &'static str,
) -> Result<&'a Worker, ApiError> {
    let is_of_it = worker.department_ids.contains(&DepartmentId::named(code));
    if worker.leads() || is_of_it { Ok(worker) } else { Err(ApiError::Forbidden(refusal)) }
}

/// The member of staff who calls, to decide who works here and how the desk is set up: an
/// administrator.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn acting_admin(caller: &Caller) -> Result<&Worker, ApiError> {
    let worker = acting_staff(caller)?;
    if worker.role == Role::Admin {
        Ok(worker)
    } else {
        Err(ApiError::Forbidden("this is for administrators"))
    }
}

/// Who calls, to say when somebody is away: they themselves, and managers.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn planning_absence(caller: &Caller, id: StaffMemberId) -> Result<&Worker, ApiError> {
    let worker = acting_staff(caller)?;
    if worker.staff_member_id == id { Ok(worker) } else { acting_manager(caller) }
}

/// Who calls, to invite a person who is known already: an administrator a member of staff, and
/// staff a customer.
///
/// # Errors
/// `Forbidden` for everybody else.
pub fn inviting(caller: &Caller, person: Principal) -> Result<&Worker, ApiError> {
    match person {
        Principal::Customer(_) => acting_staff(caller),
        Principal::Staff(_) => acting_admin(caller),
    }
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

/// Whether the caller may see the ticket at all: a customer their own, an agent those of their own
/// departments and those the agent works on, everybody else all.
pub fn may_see_ticket(caller: &Caller, ticket: &TicketDetails) -> bool {
    sees_ticket(&caller.identity, ticket)
}

fn sees_ticket(identity: &Identity, ticket: &TicketDetails) -> bool {
    match identity {
        Identity::Customer(id) => ticket.customer_id == *id,
        Identity::Staff(worker) => {
            reads_everything(worker)
                || worker.department_ids.iter().any(|id| ticket.department_ids.contains(id))
                || ticket.assignee_id == Some(worker.staff_member_id)
                || ticket.collaborator_ids.contains(&worker.staff_member_id)
        }
    }
}

/// Whether somebody sent a file themselves.
pub fn has_sent(identity: &Identity, file: &FileRow) -> bool {
    match (identity, file.uploader) {
        (Identity::Customer(id), Uploader::Customer(sender)) => *id == sender,
        (Identity::Staff(worker), Uploader::Staff(sender)) => worker.staff_member_id == sender,
        _ => false,
    }
}

/// Whether somebody may see what is attached to a message of a ticket: who sees the ticket, and
/// of a note only staff (T5).
pub fn may_see_attached(
    identity: &Identity,
    ticket: &TicketDetails,
    attachment: Attachment,
) -> bool {
    let is_internal = matches!(attachment.place, Place::Note(_));
    let sees_place = !is_internal || matches!(identity, Identity::Staff(_));
    attachment.ticket_id == ticket.ticket_id && sees_place && sees_ticket(identity, ticket)
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

/// Whether the caller may see who a customer is: they themselves, and staff.
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

/// As whom the caller reads time entries: customers see only what is charged to them (T5).
pub fn time_reader(caller: &Caller) -> time_entries::Reader {
    match caller.identity {
        Identity::Customer(_) => time_entries::Reader::Customer,
        Identity::Staff(_) => time_entries::Reader::Staff,
    }
}

/// What of the asked time entries the caller may see: accounting, managers and auditors all, an
/// agent their own, a customer theirs.
///
/// # Errors
/// `Forbidden` if others' are asked for by name.
pub fn time_entries_within(
    caller: &Caller,
    asked: time_entries::Filter,
) -> Result<time_entries::Filter, ApiError> {
    match &caller.identity {
        Identity::Customer(id) if asked.customer_id.is_none_or(|asked| asked == *id) => {
            Ok(time_entries::Filter { customer_id: Some(*id), ..asked })
        }
        Identity::Customer(_) => Err(ApiError::Forbidden("the time is another customer's")),
        Identity::Staff(_) if reading_accountant(caller).is_ok() => Ok(asked),
        Identity::Staff(worker) => {
            let own = worker.staff_member_id;
            if asked.staff_member_id.is_none_or(|asked| asked == own) {
                Ok(time_entries::Filter { staff_member_id: Some(own), ..asked })
            } else {
                Err(ApiError::Forbidden("the time is another agent's"))
            }
        }
    }
}

/// Whose account, statement or licences the caller asks for: a customer their own, named or not;
/// staff must name somebody.
///
/// # Errors
/// `Forbidden` if a customer names another, `BadUserInput` if staff names nobody.
pub fn customer_asked_for(
    caller: &Caller,
    named: Option<CustomerId>,
) -> Result<CustomerId, ApiError> {
    match (&caller.identity, named) {
        (Identity::Customer(own), None) => Ok(*own),
        (Identity::Customer(own), Some(named)) if named == *own => Ok(*own),
        (Identity::Customer(_), Some(_)) => Err(ApiError::Forbidden("this is another customer's")),
        (Identity::Staff(_), Some(named)) => Ok(named),
        (Identity::Staff(_), None) => {
            Err(ApiError::BadUserInput("staff names the customer: customerId".to_owned()))
        }
    }
}

/// Whether the caller may see payments and statements of those whose accounts the caller sees: a
/// customer, who sees only theirs, and accounting.
///
/// # Errors
/// `Forbidden` for agents of other departments.
pub fn may_see_books(caller: &Caller) -> Result<(), ApiError> {
    match caller.identity {
        Identity::Customer(_) => Ok(()),
        Identity::Staff(_) => reading_accountant(caller).map(|_| ()),
    }
}

/// How much of an account somebody may learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insight {
    /// Everything, as licensing does.
    Whole,
    /// What is on it and what must be, but not by which evidence: whatever was granted on it was
    /// granted to the customer who asks.
    Amounts,
    /// What follows from their own word. Nothing was granted on it yet, so nobody knows whose it is.
    OwnWord,
    /// The verdict alone, because others hold advisors on it.
    Verdict,
}

/// What the caller may learn of a trading account.
pub fn insight(caller: &Caller, account: &TradingAccount) -> Insight {
    match &caller.identity {
        Identity::Staff(_) if reading_licenser(caller).is_ok() => Insight::Whole,
        Identity::Staff(_) => Insight::Verdict,
        Identity::Customer(id) if account.was_granted_to_others(*id) => Insight::Verdict,
        Identity::Customer(_) if account.grants.is_empty() => Insight::OwnWord,
        Identity::Customer(_) => Insight::Amounts,
    }
}

#[cfg(test)]
mod tests {
    use servicedesk_domain::access::ApiTokenId;
    use servicedesk_domain::staff::StaffMemberId;

    use super::*;
    use crate::access::CredentialId;

    fn caller(identity: Identity) -> Caller {
        let credential = CredentialId::ApiToken(ApiTokenId::named("token"));
        Caller { identity, credential, scopes: vec![Scope::Read] }
    }

    fn member(role: Role, department: &str) -> Identity {
        Identity::Staff(Worker {
            staff_member_id: StaffMemberId::named("member"),
            role,
            department_ids: vec![DepartmentId::named(department)],
        })
    }

    #[test]
    fn only_their_customer_and_licensing_see_keys() {
        let owner = CustomerId::named("owner");
        let sees = |identity| may_see_keys(&caller(identity), owner);
        let staff = |role, department| sees(member(role, department));
        assert!(sees(Identity::Customer(owner)));
        assert!(!sees(Identity::Customer(CustomerId::named("other"))));
        assert!(staff(Role::Agent, "licensing"));
        for department in ["technical", "sales", "accounting"] {
            assert!(!staff(Role::Agent, department), "{department}");
        }
        for role in [Role::Manager, Role::Admin, Role::Auditor] {
            assert!(staff(role, "technical"), "{role:?}");
        }
    }
}
