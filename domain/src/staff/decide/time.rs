//! Time that is about to be logged on a ticket: an agent does not work on two things at the same
//! time, unless they say why (B3).
//!
//! Tickets cannot know what is logged on other tickets in the same instant, so the agent's time is
//! reserved first. What was logged before is looked up and comes with the command.

use super::Decision;
use crate::kernel::Moment;
use crate::staff::Rejection;
use crate::staff::events::StaffEvent;
use crate::staff::state::{Occupied, StaffMember};
use crate::ticket::{self, TimeEntryId};

/// Time is about to be logged on a ticket.
#[derive(Debug, Clone)]
pub struct ReserveTime {
    /// The time, under the entry that is about to be logged.
    pub wanted: Occupied,
    /// Whether it may overlap.
    pub overlap: Overlap,
    /// What was logged around that time, as far as it is known.
    pub logged: Vec<Logged>,
    /// The entry that is taken back for it, if any.
    pub instead_of: Option<TimeEntryId>,
    /// Now.
    pub at: Moment,
}

/// Whether time may overlap other time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// No.
    Refused,
    /// Yes: the agent says why.
    Explained,
}

/// Time that was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// The time.
    pub occupied: Occupied,
    /// Whether it was taken back, so that it is free again.
    pub is_reversed: bool,
}

/// Reserves the time. Time that is reserved for the same entry already gives no event.
pub(super) fn reserve(member: &StaffMember, reserve: &ReserveTime) -> Decision {
    member.worker.as_ref().ok_or(Rejection::StaffMemberNotFound)?;
    let ReserveTime { wanted, overlap, at, .. } = reserve;
    let is_same = |held: &&Occupied| **held == *wanted;
    if reserved(member, *at).any(|held| is_same(&held)) {
        return Ok(Vec::new());
    }
    let other = occupied(member, reserve).find(|other| other.overlaps(wanted));
    if let Some(other) = other.filter(|_| *overlap == Overlap::Refused) {
        let Occupied { ticket_id, started_at, ended_at, .. } = other;
        let overlaps = ticket::Rejection::WorkOverlaps { ticket_id, started_at, ended_at };
        return Err(Rejection::Work(overlaps));
    }
    let Occupied { entry_id, ticket_id, started_at, ended_at } = *wanted;
    let reserved_at = *at;
    Ok(vec![StaffEvent::TimeReserved { entry_id, ticket_id, started_at, ended_at, reserved_at }])
}

/// Frees the time again.
pub(super) fn release(member: &StaffMember, entry_id: TimeEntryId) -> Vec<StaffEvent> {
    if member.reservations.iter().any(|one| one.occupied.entry_id == entry_id) {
        vec![StaffEvent::TimeReleased { entry_id }]
    } else {
        Vec::new()
    }
}

/// The time that other work takes: what was logged, what is about to be, and the running timer.
fn occupied<'a>(
    member: &'a StaffMember,
    reserve: &'a ReserveTime,
) -> impl Iterator<Item = Occupied> + 'a {
    let is_known = |held: &Occupied| {
        reserve.logged.iter().any(|logged| logged.occupied.entry_id == held.entry_id)
    };
    let about_to_be = reserved(member, reserve.at).filter(move |held| !is_known(held)).copied();
    let logged = reserve.logged.iter().filter(|logged| !logged.is_reversed);
    let timer = member.timer.map(|timer| Occupied {
        entry_id: timer.entry_id,
        ticket_id: timer.ticket_id,
        started_at: timer.started_at,
        ended_at: reserve.at,
    });
    let is_other = |one: &Occupied| {
        one.entry_id != reserve.wanted.entry_id && Some(one.entry_id) != reserve.instead_of
    };
    logged.map(|logged| logged.occupied).chain(about_to_be).chain(timer).filter(is_other)
}

/// The time that is reserved at a moment.
fn reserved(member: &StaffMember, at: Moment) -> impl Iterator<Item = &Occupied> {
    let holding = member.reservations.iter().filter(move |one| one.holds_at(at));
    holding.map(|one| &one.occupied)
}
