//! What is stored of a member of staff, for ever. Storage format and nothing else.

use chrono::NaiveDate;
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{AbsenceId, StaffMemberId};
use crate::catalogue::DepartmentId;
use crate::kernel::{Moment, Personal};
use crate::ticket::{TicketId, TimeEntryId};

/// A fact about a member of staff.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum StaffEvent {
    /// The person works here from now on.
    #[serde(rename = "staff.registered")]
    #[strum(serialize = "staff.registered")]
    Registered {
        /// The person.
        staff_member_id: StaffMemberId,
        /// The name that colleagues and customers see.
        name: Personal<String>,
        /// What the person may do.
        role: Role,
        /// Whose tickets the person works.
        department_ids: Vec<DepartmentId>,
    },
    /// The person takes tickets from now on, or no longer (T3).
    #[serde(rename = "staff.availability_changed")]
    #[strum(serialize = "staff.availability_changed")]
    AvailabilityChanged {
        /// Whether tickets may be assigned by policy.
        is_available: bool,
    },
    /// The person works on a ticket from now on, and the time is taken (B2).
    #[serde(rename = "staff.timer_started")]
    #[strum(serialize = "staff.timer_started")]
    TimerStarted {
        /// The time entry that the timer will become.
        entry_id: TimeEntryId,
        /// On which ticket.
        ticket_id: TicketId,
        /// From when.
        started_at: Moment,
    },
    /// The time that was taken was logged.
    #[serde(rename = "staff.timer_stopped")]
    #[strum(serialize = "staff.timer_stopped")]
    TimerStopped {
        /// The time entry that the timer became.
        entry_id: TimeEntryId,
    },
    /// The time that was taken is not to be logged.
    #[serde(rename = "staff.timer_discarded")]
    #[strum(serialize = "staff.timer_discarded")]
    TimerDiscarded {
        /// The time entry that the timer would have become.
        entry_id: TimeEntryId,
    },
    /// Time of the person is about to be logged on a ticket, so nothing else can be logged for the
    /// same time (B3).
    #[serde(rename = "staff.time_reserved")]
    #[strum(serialize = "staff.time_reserved")]
    TimeReserved {
        /// The time entry that is about to be logged.
        entry_id: TimeEntryId,
        /// On which ticket.
        ticket_id: TicketId,
        /// When the work began.
        started_at: Moment,
        /// When it ended.
        ended_at: Moment,
        /// When it was reserved.
        reserved_at: Moment,
    },
    /// The ticket refused the time, so it is free again.
    #[serde(rename = "staff.time_released")]
    #[strum(serialize = "staff.time_released")]
    TimeReleased {
        /// The time entry that was not logged.
        entry_id: TimeEntryId,
    },
    /// The person has another role or other departments from now on.
    #[serde(rename = "staff.duties_changed")]
    #[strum(serialize = "staff.duties_changed")]
    DutiesChanged {
        /// What the person may do.
        role: Role,
        /// Whose tickets the person works.
        department_ids: Vec<DepartmentId>,
    },
    /// The policy assigns the person at most so many open tickets from now on (T3).
    #[serde(rename = "staff.capacity_changed")]
    #[strum(serialize = "staff.capacity_changed")]
    CapacityChanged {
        /// How many; none: any number.
        max_open_tickets: Option<u32>,
    },
    /// The person will be away on some days, and the policy assigns them nothing on those (T3).
    #[serde(rename = "staff.absence_planned")]
    #[strum(serialize = "staff.absence_planned")]
    AbsencePlanned {
        /// The absence.
        absence: Absence,
    },
    /// The person will not be away after all.
    #[serde(rename = "staff.absence_cancelled")]
    #[strum(serialize = "staff.absence_cancelled")]
    AbsenceCancelled {
        /// The absence.
        absence_id: AbsenceId,
    },
    /// The person no longer works here. That they lose their tickets and their access follows from
    /// this.
    #[serde(rename = "staff.deactivated")]
    #[strum(serialize = "staff.deactivated")]
    Deactivated,
    /// The person works here again, with the duties that they had.
    #[serde(rename = "staff.reactivated")]
    #[strum(serialize = "staff.reactivated")]
    Reactivated,
}

/// Days on which a member of staff is away, in the vendor's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Its id.
    pub absence_id: AbsenceId,
    /// The first day.
    pub first_day: NaiveDate,
    /// The last day.
    pub last_day: NaiveDate,
}

impl Absence {
    /// Whether the person is away on a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        (self.first_day..=self.last_day).contains(&day)
    }
}

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works the tickets of their own departments.
    #[default]
    Agent,
    /// Works every ticket.
    Manager,
    /// Reads everything and changes nothing.
    Auditor,
    /// May do everything.
    Admin,
}

impl DomainEvent for StaffEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
