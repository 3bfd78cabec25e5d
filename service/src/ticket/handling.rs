//! Who works on a ticket, where, how urgently and by when (T3, T4).

use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::{StaffMemberId, Worker};
use servicedesk_domain::ticket::command::{
    AssessPriority, Assign, JoinCollaborator, PromiseResolution, Transfer,
};
use servicedesk_domain::ticket::events::Priority;
use servicedesk_domain::ticket::{Command, Rejection, TicketId};

use super::acting::Done;
use super::assignment::pick_agent;
use crate::acting::Acting;
use crate::error::Failure;

/// The caller takes a ticket.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn accept_ticket(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, Command::Accept { by }).await
}

/// Hands a ticket to an agent.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn assign_ticket(
    acting: Acting<'_>,
    ticket_id: TicketId,
    assignee_id: StaffMemberId,
    reason: Option<String>,
) -> Done {
    let by = acting.staff()?;
    let assignee = acting.agent(assignee_id).await;
    let assign = assignee.map(|assignee| Assign { by, assignee, reason });
    acting.on_ticket_if(ticket_id, assign).await
}

/// Sends a ticket to another department.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn transfer_ticket(
    acting: Acting<'_>,
    ticket_id: TicketId,
    department_id: DepartmentId,
    reason: Option<String>,
) -> Done {
    let by = acting.staff()?;
    let transfer = transfer(&acting, by, department_id, reason).await;
    acting.on_ticket_if(ticket_id, transfer).await
}

async fn transfer(
    acting: &Acting<'_>,
    by: Worker,
    department_id: DepartmentId,
    reason: Option<String>,
) -> Result<Transfer, Failure<Rejection>> {
    let catalogue = acting.desk.catalogue().await?;
    let department = catalogue.department_in_use(department_id).map_err(Failure::Rejected)?;
    let to_department_id = department.department_id;
    let pick = pick_agent(acting.desk, &[to_department_id]).await?;
    Ok(Transfer { by, to_department_id, pick, reason })
}

/// Joins a further agent to a ticket; the caller, if none is named.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn join_collaborator(
    acting: Acting<'_>,
    ticket_id: TicketId,
    collaborator_id: Option<StaffMemberId>,
) -> Done {
    let by = acting.staff()?;
    let collaborator = match collaborator_id {
        Some(id) => acting.agent(id).await,
        None => Ok(by.clone()),
    };
    let join = collaborator.map(|collaborator| JoinCollaborator { by, collaborator });
    acting.on_ticket_if(ticket_id, join).await
}

/// The caller, who has joined a ticket, leaves it.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn leave_ticket(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, Command::Leave { by }).await
}

/// Judges how urgent a ticket is.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn assess_priority(acting: Acting<'_>, ticket_id: TicketId, priority: Priority) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, AssessPriority { by, priority }).await
}

/// Promises the customer a date.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn promise_resolution(
    acting: Acting<'_>,
    ticket_id: TicketId,
    promised_for: Moment,
) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, PromiseResolution { by, promised_for }).await
}
