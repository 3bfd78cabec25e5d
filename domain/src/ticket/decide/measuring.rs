//! What commands mean for a ticket's clocks (S1, S2), and measuring anew (S4). What is measured is
//! recorded with the facts that it is measured from, by the same command.

use super::{Decision, decide, personal_text, staff_access};
use crate::catalogue::TicketPolicy;
use crate::kernel::Moment;
use crate::sla::events::Remeasured;
use crate::sla::{Book, Fact, measure};
use crate::staff::Worker;
use crate::ticket::clocks::fact;
use crate::ticket::command::Command;
use crate::ticket::events::TicketEvent;
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::Ticket;

/// Decides a command, and adds what follows for the clocks.
pub(super) fn measured(ticket: &Ticket, command: Command, at: Moment, book: &Book) -> Decision {
    let own = decide(ticket, command)?;
    Ok(measure::followed(&ticket.measurement, own, fact, at, book))
}

/// Records the lines that were crossed.
pub(super) fn cross_lines(ticket: &Ticket, at: Moment) -> Decision {
    if !ticket.is_opened {
        return Err(Rejection::TicketNotFound);
    }
    Ok(measure::crossed(&ticket.measurement, at))
}

/// Measures a ticket anew, by the terms in force now. Where it is measured so already, there is
/// nothing to record.
pub(super) fn remeasure(
    ticket: &Ticket,
    by: &Worker,
    reason: &str,
    history: &[(Fact, Moment)],
    at: Moment,
    book: &Book,
    policy: &TicketPolicy,
) -> Decision {
    staff_access(ticket, by)?;
    if !by.leads() {
        return Err(Rejection::ManagerNeeded);
    }
    let reason =
        personal_text(ticket.customer_id, TextField::Reason, reason, policy.reason_characters)?;
    let staff_member_id = by.staff_member_id;
    let cycles = measure::remeasured(&ticket.measurement, history, at, book);
    let recorded = cycles
        .map(|cycles| TicketEvent::Remeasured(Remeasured { staff_member_id, reason, at, cycles }));
    Ok(recorded.into_iter().collect())
}
