//! Opening a ticket and sending it where it belongs (T1, T3).

use super::{Decision, personal_text};
use crate::ticket::command::{Circumstances, Open};
use crate::ticket::events::{AssignmentBasis, TicketEvent};
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::Ticket;

/// Opens a ticket; with an agent available it is assigned at once, else it waits in the queue.
pub(super) fn open(
    ticket: &Ticket,
    open: Open,
    Circumstances { policy, .. }: &Circumstances,
) -> Decision {
    if ticket.is_opened {
        return Err(Rejection::AlreadyOpened);
    }
    let department_ids = open.routing?;
    let customer_id = open.customer_id;
    let subject =
        personal_text(customer_id, TextField::Subject, &open.subject, policy.subject_characters)?;
    let text = personal_text(customer_id, TextField::Text, &open.text, policy.text_characters)?;
    let mut events = vec![TicketEvent::Opened {
        customer_id,
        category_id: open.category_id,
        product_id: open.product_id,
        department_ids,
        priority: open.priority,
        subject,
        text,
        file_ids: open.file_ids,
    }];
    events.extend(open.pick.map(|assignee_id| TicketEvent::Assigned {
        assignee_id,
        basis: AssignmentBasis::Policy,
        reason: None,
    }));
    Ok(events)
}
