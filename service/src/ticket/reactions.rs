//! What follows for tickets and timers from what happened to the other. Logged time stops the timer
//! that it came from, where a crash came between the ticket's event and the agent's. Tickets of
//! somebody who no longer works tickets return to their queues: all that are open at once, and any
//! that comes to them later, because it was assigned at the same moment or is reopened.

use servicedesk_domain::Event;
use servicedesk_domain::staff::{Command, Role, StaffEvent, StaffMember, StaffMemberId};
use servicedesk_domain::ticket::{self, Ticket, TicketEvent, TicketId, TimeEntryId};
use servicedesk_eventlog::Recorded;
use servicedesk_projections::ticket::agent_load;

use crate::desk::Desk;
use crate::error::ApiError;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};

/// Stops the timer that became an entry, if it still runs. Only an entry that was a timer says when
/// the work began, so for all others the agent's stream, which may be long, is not read.
pub fn stop_timer<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Ticket(TicketEvent::TimeLogged {
        entry_id,
        staff_member_id,
        started_at: Some(_),
        ..
    }) = &event.event
    else {
        return None;
    };
    let key = OrderingKey::of("staff_member", staff_member_id.uuid());
    Some(Planned::under(key, stop(desk, event, *staff_member_id, *entry_id)))
}

async fn stop(
    desk: &Desk,
    event: &Recorded,
    staff_member_id: StaffMemberId,
    entry_id: TimeEntryId,
) -> Result<(), ReactionError> {
    let member_id = staff_member_id.uuid();
    let (member, _) = desk.log.load::<StaffMember>(member_id).await?;
    if member.timer.is_none_or(|timer| timer.entry_id != entry_id) {
        return Ok(());
    }
    let context = reaction::further_context(event, "stop timer");
    desk.log.execute::<StaffMember>(member_id, Command::StopTimer { entry_id }, context).await?;
    Ok(())
}

/// Takes the open tickets from somebody who no longer works tickets.
pub fn return_tickets<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let is_over = match &event.event {
        Event::Staff(StaffEvent::Deactivated) => true,
        Event::Staff(StaffEvent::DutiesChanged { role, .. }) => *role == Role::Auditor,
        _ => false,
    };
    let member_id = StaffMemberId::new(event.aggregate_id);
    let key = OrderingKey::of("staff_member", member_id.uuid());
    is_over.then(|| Planned::under(key, return_all(desk, event, member_id)))
}

async fn return_all(
    desk: &Desk,
    event: &Recorded,
    member_id: StaffMemberId,
) -> Result<(), ReactionError> {
    // A later event has brought them back: then they keep what they have.
    if works_tickets(desk, member_id).await? {
        return Ok(());
    }
    desk.consistent_with(event.position).await?;
    for ticket_id in
        agent_load::open_ticket_ids(desk.log.db(), member_id).await.map_err(ApiError::from)?
    {
        take_from(desk, event, ticket_id, member_id).await?;
    }
    Ok(())
}

/// Takes a ticket from somebody who no longer works tickets, and was given it all the same.
pub fn relinquish<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let given_to = match event.event.as_ticket()? {
        TicketEvent::Assigned { assignee_id: id, .. }
        | TicketEvent::Accepted { staff_member_id: id }
        | TicketEvent::CollaboratorJoined { staff_member_id: id } => Some(*id),
        TicketEvent::Reopened { .. } => None,
        _ => return None,
    };
    let ticket_id = TicketId::new(event.aggregate_id);
    let key = OrderingKey::of("ticket", ticket_id.uuid());
    Some(Planned::under(key, take_from_former(desk, event, ticket_id, given_to)))
}

async fn take_from_former(
    desk: &Desk,
    event: &Recorded,
    ticket_id: TicketId,
    given_to: Option<StaffMemberId>,
) -> Result<(), ReactionError> {
    let members: Vec<StaffMemberId> = if let Some(id) = given_to {
        vec![id]
    } else {
        let (ticket, _) = desk.log.load::<Ticket>(ticket_id.uuid()).await?;
        ticket.assignee_id.into_iter().chain(ticket.collaborator_ids).collect()
    };
    for member_id in members {
        if !works_tickets(desk, member_id).await? {
            take_from(desk, event, ticket_id, member_id).await?;
        }
    }
    Ok(())
}

/// Whether somebody works tickets, as the log has it: what is in memory may be older than the event
/// that led here. Who was never registered is left alone.
async fn works_tickets(desk: &Desk, member_id: StaffMemberId) -> Result<bool, ReactionError> {
    let (member, _) = desk.log.load::<StaffMember>(member_id.uuid()).await?;
    Ok(match member.worker {
        Some(worker) => worker.works_tickets(),
        None => member.former.is_none(),
    })
}

async fn take_from(
    desk: &Desk,
    event: &Recorded,
    ticket_id: TicketId,
    staff_member_id: StaffMemberId,
) -> Result<(), ReactionError> {
    let what = format!("take ticket {ticket_id} from {staff_member_id}");
    let context = reaction::further_context(event, &what);
    let circumstances = desk.circumstances(context.occurred_at).await?;
    let command = (ticket::Command::Relinquish { staff_member_id }, circumstances);
    desk.log.execute::<Ticket>(ticket_id.uuid(), command, context).await?;
    Ok(())
}
