//! Time worked on a ticket (B2), its correction (B4), and time given as a courtesy (B3).

use chrono::TimeDelta;

use super::{Decision, optional_text, personal_text, staff_access};
use crate::catalogue::TicketPolicy;
use crate::kernel::Moment;
use crate::staff::{StaffMemberId, Worker};
use crate::ticket::TimeEntryId;
use crate::ticket::command::{Circumstances, CorrectTime, LogTime, MarkCourtesy, NewEntry, Work};
use crate::ticket::events::{Charging, TicketEvent};
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::{LoggedTime, Status, Ticket};

/// The most minutes of one entry: nobody works longer without a day passing.
pub const MAX_MINUTES: u32 = 24 * 60;
/// How long after the work its time may be logged or corrected, in days; later, the statement of
/// its month is long out.
pub const MAX_DAYS: i64 = 62;

/// Records time that the agent worked. What was worked before a ticket was closed may be told
/// after. An entry that is there already gives no event.
pub(super) fn log_time(
    ticket: &Ticket,
    LogTime { by, entry }: LogTime,
    circumstances: &Circumstances,
) -> Decision {
    staff_access(ticket, &by)?;
    if ticket.time_entries.contains_key(&entry.entry_id) {
        return Ok(Vec::new());
    }
    Ok(vec![logged(ticket, by.staff_member_id, &entry, circumstances)?])
}

/// Takes a wrong entry back and records what is right in its place. The agent whose entry it is may
/// do so, and a manager; the right entry is the same agent's. A closed ticket can be corrected,
/// because it is on the statement like any other.
pub(super) fn correct_time(
    ticket: &Ticket,
    CorrectTime { by, entry_id, reason, instead }: CorrectTime,
    circumstances: &Circumstances,
) -> Decision {
    let entry = changeable_entry(ticket, &by, entry_id)?;
    let most = circumstances.policy.reason_characters;
    let reason = personal_text(ticket.customer_id, TextField::Reason, &reason, most)?;
    let mut events =
        vec![TicketEvent::TimeReversed { entry_id, staff_member_id: by.staff_member_id, reason }];
    if let Some(right) = instead {
        events.push(logged(ticket, entry.staff_member_id, &right, circumstances)?);
    }
    Ok(events)
}

/// Makes an entry a courtesy: nothing is drawn or charged for it (B3). Its agent may do so, and a
/// manager, also when the ticket is closed.
pub(super) fn mark_courtesy(
    ticket: &Ticket,
    MarkCourtesy { by, entry_id, reason }: MarkCourtesy,
    Circumstances { policy, .. }: &Circumstances,
) -> Decision {
    if changeable_entry(ticket, &by, entry_id)?.is_courtesy {
        return Err(Rejection::AlreadyCourtesy);
    }
    let reason =
        personal_text(ticket.customer_id, TextField::Reason, &reason, policy.reason_characters)?;
    let staff_member_id = by.staff_member_id;
    Ok(vec![TicketEvent::TimeMarkedCourtesy { entry_id, staff_member_id, reason }])
}

/// An entry that this member of staff may change: their own, or any for a manager, and none that was
/// taken back.
fn changeable_entry(
    ticket: &Ticket,
    by: &Worker,
    entry_id: TimeEntryId,
) -> Result<LoggedTime, Rejection> {
    staff_access(ticket, by)?;
    let entry = ticket.time_entries.get(&entry_id).ok_or(Rejection::TimeEntryNotFound)?;
    if entry.staff_member_id != by.staff_member_id && !by.leads() {
        return Err(Rejection::TimeEntryOfAnother);
    }
    if entry.is_reversed {
        return Err(Rejection::TimeEntryReversed);
    }
    Ok(*entry)
}

fn logged(
    ticket: &Ticket,
    staff_member_id: StaffMemberId,
    entry: &NewEntry,
    Circumstances { at, policy, .. }: &Circumstances,
) -> Result<TicketEvent, Rejection> {
    let work = &entry.work;
    let was_open = entry.closed_at.is_some_and(|closed_at| work.worked_at <= closed_at);
    if ticket.status == Status::Closed && !was_open {
        return Err(Rejection::TicketClosed);
    }
    let minutes = whole_minutes(work, *at)?;
    let charging = charging(ticket, minutes, entry, policy)?;
    let most = policy.reason_characters;
    let note = optional_text(ticket, TextField::Note, work.note.as_deref(), most)?;
    let overlap = work.overlap.as_deref();
    let overlap_reason = optional_text(ticket, TextField::OverlapReason, overlap, most)?;
    Ok(TicketEvent::TimeLogged {
        entry_id: entry.entry_id,
        staff_member_id,
        minutes,
        started_at: work.started_at,
        worked_at: work.worked_at,
        note,
        charging,
        overlap_reason,
    })
}

/// The minutes of work that can be logged at a moment.
///
/// # Errors
/// The [`Rejection`] of work that cannot be logged on any ticket.
pub fn whole_minutes(work: &Work, at: Moment) -> Result<u32, Rejection> {
    if work.minutes < 1 {
        return Err(Rejection::TimeNotPositive);
    }
    let minutes = u32::try_from(work.minutes).ok().filter(|minutes| *minutes <= MAX_MINUTES);
    let minutes = minutes.ok_or(Rejection::TimeTooLong { max: MAX_MINUTES })?;
    if work.worked_at > at {
        return Err(Rejection::TimeInFuture);
    }
    let earliest = at.checked_sub_signed(TimeDelta::days(MAX_DAYS)).unwrap_or(Moment::MIN_UTC);
    if work.worked_at < earliest {
        return Err(Rejection::TimeTooOld { earliest });
    }
    Ok(minutes)
}

/// What may be charged of the work. Beyond the free time nothing is done that the customer has not
/// agreed to pay, unless a manager decided so or the terms do not ask for it (B5).
fn charging(
    ticket: &Ticket,
    minutes: u32,
    NewEntry { work, cost, .. }: &NewEntry,
    policy: &TicketPolicy,
) -> Result<Charging, Rejection> {
    let most = policy.reason_characters;
    if let Some(reason) =
        optional_text(ticket, TextField::CourtesyReason, work.courtesy.as_deref(), most)?
    {
        return Ok(Charging::Courtesy { reason });
    }
    if ticket.agreement.may_charge_by(&cost.terms) {
        Ok(Charging::Allowed)
    } else if minutes <= cost.free_minutes {
        Ok(Charging::FreeOnly)
    } else {
        Err(Rejection::ChargesNotAgreed { free_minutes_left: cost.free_minutes })
    }
}
