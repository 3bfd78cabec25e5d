//! The commands that are about a ticket's clocks themselves: recording lines that were crossed (S2),
//! and measuring again (S4). What every other command means for the clocks is added to its events
//! by [`decide`](super::decide).

use super::{Decision, personal_text, staff_access};
use crate::sla::events::Remeasured;
use crate::sla::measure;
use crate::ticket::command::{Circumstances, Remeasure};
use crate::ticket::events::TicketEvent;
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::Ticket;

/// Records the lines that were crossed.
pub(super) fn cross_lines(ticket: &Ticket, Circumstances { at, .. }: &Circumstances) -> Decision {
    if !ticket.is_opened {
        return Err(Rejection::TicketNotFound);
    }
    Ok(measure::due_lines(&ticket.measurement, *at))
}

/// Measures a ticket again, by the terms in force now. If it is measured so already, there is
/// nothing to record.
pub(super) fn remeasure(
    ticket: &Ticket,
    Remeasure { by, reason, history }: Remeasure,
    Circumstances { at, policy, book }: &Circumstances,
) -> Decision {
    staff_access(ticket, &by)?;
    if !by.leads() {
        return Err(Rejection::ManagerNeeded);
    }
    let reason =
        personal_text(ticket.customer_id, TextField::Reason, &reason, policy.reason_characters)?;
    let (at, staff_member_id) = (*at, by.staff_member_id);
    let cycles = measure::remeasure(&ticket.measurement, &history, at, book);
    let recorded = cycles
        .map(|cycles| TicketEvent::Remeasured(Remeasured { staff_member_id, reason, at, cycles }));
    Ok(recorded.into_iter().collect())
}
