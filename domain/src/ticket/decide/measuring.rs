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

/// Decides a command, and adds what follows for the clocks. Lines that were crossed before it and
/// that no timer has recorded yet stand before what it records, whatever that is: a line belongs to
/// those who were responsible when it was crossed.
pub(super) fn measured(ticket: &Ticket, command: Command, at: Moment, book: &Book) -> Decision {
    let own = decide(ticket, command)?;
    if own.is_empty() {
        return Ok(own);
    }
    let facts: Vec<Fact> = own.iter().filter_map(fact).collect();
    let mut measurement = ticket.measurement.clone();
    let crossed = measure::cross_lines(&mut measurement, at);
    let followed =
        facts.into_iter().flat_map(|fact| measure::record(&mut measurement, fact, at, book));
    let followed: Vec<_> = followed.collect();
    let crossed = crossed.into_iter().map(TicketEvent::from);
    Ok(crossed.chain(own).chain(followed.into_iter().map(TicketEvent::from)).collect())
}

/// Records the lines that were crossed. Whoever asks second records nothing.
pub(super) fn cross_lines(ticket: &Ticket, at: Moment) -> Decision {
    if !ticket.is_opened {
        return Err(Rejection::TicketNotFound);
    }
    let crossed = measure::cross_lines(&mut ticket.measurement.clone(), at);
    Ok(crossed.into_iter().map(TicketEvent::from).collect())
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
    let mut measurement = measure::anew(history, at, book);
    drop(measure::cross_lines(&mut measurement, at));
    if measurement == ticket.measurement {
        return Ok(Vec::new());
    }
    let staff_member_id = by.staff_member_id;
    Ok(vec![TicketEvent::Remeasured(Remeasured {
        staff_member_id,
        reason,
        at,
        cycles: measurement.cycles,
    })])
}
