//! Time worked on a ticket (B2), and its correction (B4).

use chrono::TimeDelta;

use super::{Decision, optional_text, personal_text, staff_access};
use crate::catalogue::TicketPolicy;
use crate::kernel::Moment;
use crate::staff::{StaffMemberId, Worker};
use crate::ticket::TimeEntryId;
use crate::ticket::command::Work;
use crate::ticket::events::TicketEvent;
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::{Status, Ticket};

/// The most minutes of one entry: nobody works longer without a day passing.
pub(crate) const MOST_MINUTES: u32 = 24 * 60;
/// How long after the work its time may be logged or corrected, in days; later, the statement of
/// its month is long out.
pub(crate) const MOST_DAYS: i64 = 62;

/// Records time that the agent worked. What was worked before a ticket was resolved may be told
/// after; a closed ticket takes no more. An entry that is there already gives no event.
pub(super) fn log_time(
    ticket: &Ticket,
    by: &Worker,
    entry_id: TimeEntryId,
    work: &Work,
    at: Moment,
    policy: &TicketPolicy,
) -> Decision {
    staff_access(ticket, by)?;
    if ticket.time_entries.contains_key(&entry_id) {
        return Ok(Vec::new());
    }
    if ticket.status == Status::Closed {
        return Err(Rejection::TicketClosed);
    }
    Ok(vec![logged(ticket, by.staff_member_id, entry_id, work, at, policy)?])
}

/// Takes a wrong entry back and records what is right in its place. The agent whose entry it is may
/// do so, and a manager; the right entry is the same agent's. A closed ticket can be corrected,
/// because it is on the statement like any other.
pub(super) fn correct_time(
    ticket: &Ticket,
    by: &Worker,
    entry_id: TimeEntryId,
    reason: &str,
    instead: Option<&(TimeEntryId, Work)>,
    at: Moment,
    policy: &TicketPolicy,
) -> Decision {
    staff_access(ticket, by)?;
    let entry = ticket.time_entries.get(&entry_id).ok_or(Rejection::TimeEntryNotFound)?;
    if entry.staff_member_id != by.staff_member_id && !by.leads() {
        return Err(Rejection::TimeEntryOfAnother);
    }
    if entry.is_reversed {
        return Err(Rejection::TimeEntryReversed);
    }
    let reason =
        personal_text(ticket.customer_id, TextField::Reason, reason, policy.reason_characters)?;
    let mut events =
        vec![TicketEvent::TimeReversed { entry_id, staff_member_id: by.staff_member_id, reason }];
    if let Some((new_id, work)) = instead {
        events.push(logged(ticket, entry.staff_member_id, *new_id, work, at, policy)?);
    }
    Ok(events)
}

fn logged(
    ticket: &Ticket,
    staff_member_id: StaffMemberId,
    entry_id: TimeEntryId,
    work: &Work,
    at: Moment,
    policy: &TicketPolicy,
) -> Result<TicketEvent, Rejection> {
    if work.minutes < 1 {
        return Err(Rejection::TimeNotPositive);
    }
    let minutes = u32::try_from(work.minutes).ok().filter(|minutes| *minutes <= MOST_MINUTES);
    let minutes = minutes.ok_or(Rejection::TimeTooLong { max: MOST_MINUTES })?;
    if work.worked_at > at {
        return Err(Rejection::TimeInFuture);
    }
    let earliest = at.checked_sub_signed(TimeDelta::days(MOST_DAYS)).unwrap_or(Moment::MIN_UTC);
    if work.worked_at < earliest {
        return Err(Rejection::TimeTooOld { earliest });
    }
    let note =
        optional_text(ticket, TextField::Note, work.note.as_deref(), policy.reason_characters)?;
    Ok(TicketEvent::TimeLogged {
        entry_id,
        staff_member_id,
        minutes,
        worked_at: work.worked_at,
        note,
    })
}
