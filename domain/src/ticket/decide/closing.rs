//! Resolving, closing and reopening (T4, T8).

use super::{Decision, optional_text, party_access, staff_access};
use crate::ticket::command::{Circumstances, Party, Reopen, Resolve};
use crate::ticket::events::{ClosingBasis, TicketEvent};
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::{Status, Ticket};

/// Resolves a ticket that somebody accepted. Waiting on the customer ends with it.
pub(super) fn resolve(
    ticket: &Ticket,
    Resolve { by, outcome, summary }: Resolve,
    Circumstances { at, policy, .. }: &Circumstances,
) -> Decision {
    staff_access(ticket, &by)?;
    let mut events = Vec::new();
    match ticket.status {
        Status::InProgress => {}
        Status::WaitingOnCustomer => events.push(TicketEvent::WaitingEnded),
        status => return Err(Rejection::forbidden_by(status)),
    }
    let summary =
        optional_text(ticket, TextField::Summary, summary.as_deref(), policy.text_characters)?;
    events.push(TicketEvent::Resolved {
        staff_member_id: by.staff_member_id,
        outcome,
        summary,
        reopenable_until: policy.reopenable_until(*at),
    });
    Ok(events)
}

/// Closes a ticket: customers their own at any time, staff only once it is resolved. Closing a
/// resolved ticket does not prolong the period in which it may be reopened.
pub(super) fn close(
    ticket: &Ticket,
    by: &Party,
    Circumstances { at, policy, .. }: &Circumstances,
) -> Decision {
    party_access(ticket, by)?;
    if ticket.status == Status::Closed {
        return Err(Rejection::TicketClosed);
    }
    let basis = match by {
        Party::Customer(_) => ClosingBasis::Customer,
        Party::Staff(_) if ticket.status == Status::Resolved => ClosingBasis::Staff,
        Party::Staff(_) => return Err(Rejection::TicketNotResolved),
    };
    let mut events = Vec::new();
    if ticket.status == Status::WaitingOnCustomer {
        events.push(TicketEvent::WaitingEnded);
    }
    let reopenable_until = ticket.reopenable_until.unwrap_or_else(|| policy.reopenable_until(*at));
    events.push(TicketEvent::Closed { basis, reopenable_until });
    Ok(events)
}

/// Closes a resolved ticket whose period for reopening is over (T4).
pub(super) fn expire(ticket: &Ticket, Circumstances { at, .. }: &Circumstances) -> Decision {
    if !ticket.is_opened {
        return Err(Rejection::TicketNotFound);
    }
    match (ticket.status, ticket.reopenable_until) {
        (Status::Closed, _) => Err(Rejection::TicketClosed),
        (Status::Resolved, Some(until)) if *at > until => {
            Ok(vec![TicketEvent::Closed { basis: ClosingBasis::Expiry, reopenable_until: until }])
        }
        (Status::Resolved, Some(until)) => Err(Rejection::ReopenPeriodRunning { until }),
        _ => Err(Rejection::TicketNotResolved),
    }
}

/// Brings a resolved or closed ticket back, up to and including the last moment of its period.
pub(super) fn reopen(
    ticket: &Ticket,
    Reopen { by, reason }: Reopen,
    Circumstances { at, policy, .. }: &Circumstances,
) -> Decision {
    party_access(ticket, &by)?;
    match ticket.reopenable_until {
        _ if ticket.status.is_open() => Err(Rejection::TicketStillOpen),
        Some(until) if *at > until => Err(Rejection::ReopenPeriodOver { until }),
        _ => {
            let most = policy.reason_characters;
            let reason = optional_text(ticket, TextField::Reason, reason.as_deref(), most)?;
            Ok(vec![TicketEvent::Reopened { reason }])
        }
    }
}
