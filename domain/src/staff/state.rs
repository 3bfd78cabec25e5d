//! A member of staff as decisions see one.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::StaffMemberId;
use super::events::{Absence, Role, StaffEvent};
use crate::catalogue::DepartmentId;
use crate::kernel::Moment;
use crate::ticket::{TicketId, TimeEntryId};

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StaffMember {
    /// Who, for as long as they work here.
    pub worker: Option<Worker>,
    /// What they were when they were deactivated, if they were.
    pub former: Option<Worker>,
    /// The policy assigns at most so many open tickets; none: any number.
    pub max_open_tickets: Option<u32>,
    /// When they are away.
    pub absences: Vec<Absence>,
    /// Whether tickets may be assigned by policy.
    pub is_available: bool,
    /// The timer that runs.
    pub timer: Option<Timer>,
    /// The time that is about to be logged, or was a short while ago.
    pub reservations: Vec<Reservation>,
}

/// Time that is about to be logged on a ticket. What was logged longer ago is known from the
/// tickets, so a reservation lapses by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The work.
    pub occupied: Occupied,
    /// When it was reserved.
    pub reserved_at: Moment,
}

/// Time in which somebody worked on a ticket: from its start until its end, which is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupied {
    /// The time entry.
    pub entry_id: TimeEntryId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// When the work began.
    pub started_at: Moment,
    /// When it ended.
    pub ended_at: Moment,
}

/// For how many minutes time is reserved: longer than any request takes.
const MAX_RESERVED_MINUTES: i64 = 10;

impl Reservation {
    /// Whether it still counts at a moment.
    pub fn holds_at(&self, moment: Moment) -> bool {
        moment - self.reserved_at <= TimeDelta::minutes(MAX_RESERVED_MINUTES)
    }
}

impl Occupied {
    /// Whether both take some of the same time.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.started_at < other.ended_at && other.started_at < self.ended_at
    }
}

/// A timer that runs while somebody works on a ticket (B2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// The time entry that it will become.
    pub entry_id: TimeEntryId,
    /// On which ticket.
    pub ticket_id: TicketId,
    /// From when.
    pub started_at: Moment,
}

impl Timer {
    /// The whole minutes that have been worked at a moment, and never less than one. A minute that
    /// has begun does not count: many timers in a row would log more than was worked.
    pub fn minutes_at(&self, moment: Moment) -> i64 {
        (moment - self.started_at).num_minutes().max(1)
    }
}

/// What a decision about a ticket must know of a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// Who.
    pub staff_member_id: StaffMemberId,
    /// What the person may do.
    pub role: Role,
    /// Whose tickets the person works.
    pub department_ids: Vec<DepartmentId>,
}

impl Worker {
    /// Whether the person may work the tickets of every department.
    pub fn leads(&self) -> bool {
        matches!(self.role, Role::Manager | Role::Admin)
    }

    /// Whether tickets can be the person's responsibility at all.
    pub fn works_tickets(&self) -> bool {
        self.role != Role::Auditor
    }
}

impl StaffMember {
    /// Folds one event in.
    pub fn evolve(&mut self, event: StaffEvent) {
        match event {
            StaffEvent::Registered { staff_member_id, role, department_ids, .. } => {
                self.worker = Some(Worker { staff_member_id, role, department_ids });
            }
            StaffEvent::AvailabilityChanged { is_available } => self.is_available = is_available,
            StaffEvent::TimerStarted { entry_id, ticket_id, started_at } => {
                self.timer = Some(Timer { entry_id, ticket_id, started_at });
            }
            StaffEvent::TimerStopped { .. } | StaffEvent::TimerDiscarded { .. } => {
                self.timer = None;
            }
            StaffEvent::TimeReserved { entry_id, ticket_id, started_at, ended_at, reserved_at } => {
                let holds = |one: &Reservation| {
                    one.occupied.entry_id != entry_id && one.holds_at(reserved_at)
                };
                self.reservations.retain(holds);
                let occupied = Occupied { entry_id, ticket_id, started_at, ended_at };
                self.reservations.push(Reservation { occupied, reserved_at });
            }
            StaffEvent::TimeReleased { entry_id } => {
                self.reservations.retain(|one| one.occupied.entry_id != entry_id);
            }
            StaffEvent::DutiesChanged { role, department_ids } => {
                for worker in self.worker.iter_mut().chain(&mut self.former) {
                    worker.role = role;
                    worker.department_ids.clone_from(&department_ids);
                }
            }
            StaffEvent::CapacityChanged { max_open_tickets } => {
                self.max_open_tickets = max_open_tickets;
            }
            StaffEvent::AbsencePlanned { absence } => self.absences.push(absence),
            StaffEvent::AbsenceCancelled { absence_id } => {
                self.absences.retain(|one| one.absence_id != absence_id);
            }
            StaffEvent::Deactivated => self.former = self.worker.take(),
            StaffEvent::Reactivated => self.worker = self.former.take(),
        }
    }
}
