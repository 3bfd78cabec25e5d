//! A member of staff as decisions see one.

use serde::{Deserialize, Serialize};

use super::StaffMemberId;
use super::events::{Role, StaffEvent};
use crate::catalogue::DepartmentId;
use crate::kernel::Moment;
use crate::ticket::{TicketId, TimeEntryId};

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StaffMember {
    /// Who, once registered.
    pub worker: Option<Worker>,
    /// Whether tickets may be assigned by policy.
    pub is_available: bool,
    /// The timer that runs.
    pub timer: Option<Timer>,
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
    /// The whole minutes that have been worked at a moment: rounded, half a minute up, and never
    /// less than one.
    pub fn minutes_at(&self, moment: Moment) -> i64 {
        let seconds = (moment - self.started_at).num_seconds();
        seconds.saturating_add(30).div_euclid(60).max(1)
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
        }
    }
}
