//! What a decision about a ticket looks at. Folding an event in never fails.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::TimeEntryId;
use super::events::{Charging, TicketEvent};
use crate::billing::{InForce, Terms};
use crate::catalogue::{DepartmentId, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{Moment, Money};
use crate::sla::Measurement;
use crate::staff::{StaffMemberId, Worker};

/// Where a ticket stands (T8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Recorded, nobody responsible yet.
    #[default]
    New,
    /// An agent is responsible and has yet to accept.
    Assigned,
    /// An agent works on it.
    InProgress,
    /// It cannot go on until the customer answers.
    WaitingOnCustomer,
    /// Solved as far as staff can tell; may be reopened.
    Resolved,
    /// Over; may still be reopened for the rest of the period.
    Closed,
    /// Came back after it was resolved or closed.
    Reopened,
}

impl Status {
    /// Whether staff still has something to do.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }

    /// The status after `event`, which is the whole of T8 in one place; projections use it too.
    #[must_use]
    pub const fn after(self, event: &TicketEvent) -> Self {
        match (self, event) {
            // A hand-over of reopened or waiting work leaves it reopened or waiting.
            (Self::New | Self::InProgress, TicketEvent::Assigned { .. }) => Self::Assigned,
            (_, TicketEvent::Opened { .. })
            | (
                Self::Assigned | Self::InProgress,
                TicketEvent::Transferred { .. } | TicketEvent::ReturnedToQueue { .. },
            ) => Self::New,
            (_, TicketEvent::Accepted { .. } | TicketEvent::WaitingEnded) => Self::InProgress,
            (_, TicketEvent::WaitingStarted { .. }) => Self::WaitingOnCustomer,
            (_, TicketEvent::Resolved { .. }) => Self::Resolved,
            (_, TicketEvent::Closed { .. }) => Self::Closed,
            (_, TicketEvent::Reopened { .. }) => Self::Reopened,
            (status, _) => status,
        }
    }
}

/// A ticket as decisions see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ticket {
    /// Whether it was ever opened; every other field is meaningless until then.
    pub is_opened: bool,
    /// Its status.
    pub status: Status,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Which product it is about.
    pub product_id: ProductId,
    /// The departments it is in.
    pub department_ids: Vec<DepartmentId>,
    /// Who is responsible.
    pub assignee_id: Option<StaffMemberId>,
    /// Who else works on it.
    pub collaborator_ids: BTreeSet<StaffMemberId>,
    /// Until when a resolved or closed ticket may be reopened.
    pub reopenable_until: Option<Moment>,
    /// The time that was worked on it.
    pub time_entries: BTreeMap<TimeEntryId, LoggedTime>,
    /// What is measured of it (S1).
    pub measurement: Measurement,
    /// Whether work on it may be charged.
    pub agreement: Agreement,
    /// Whether the customer answered after the resolution and no member of staff has looked (T4).
    pub has_unseen_answer: bool,
    /// How many events its customer does not see came after the last one they do (T5).
    pub unseen_by_customer: i64,
}

/// Whether work beyond the customer's free time may be charged on a ticket (B5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Agreement {
    /// The price of an hour at which they were last asked to agree.
    pub asked: Option<Money>,
    /// The price of an hour to which they last agreed.
    pub agreed: Option<Money>,
    /// Whether a manager let it be charged without.
    pub is_allowed: bool,
}

impl Agreement {
    /// Whether so much an hour may be charged: nobody need agree, they agreed to it or to more, or a
    /// manager decided so.
    pub fn may_charge(&self, terms: &Terms) -> bool {
        !terms.needs_agreement || self.is_allowed || self.covers(terms.hourly_price)
    }

    /// The same by all the terms that some work falls under.
    pub fn may_charge_by(&self, terms: &InForce) -> bool {
        terms.versions().all(|version| self.may_charge(&version.terms))
    }

    /// Whether they agreed to be charged this much an hour, or more.
    pub fn covers(&self, hourly_price: Money) -> bool {
        self.agreed.is_some_and(|agreed| agreed.covers(hourly_price))
    }

    /// What an event changes.
    pub const fn evolve(&mut self, event: &TicketEvent) {
        match event {
            TicketEvent::AgreementAsked { hourly_price, .. } => self.asked = Some(*hourly_price),
            TicketEvent::ChargesAgreed { hourly_price, .. } => self.agreed = Some(*hourly_price),
            TicketEvent::ChargesAllowed { .. } => self.is_allowed = true,
            _ => {}
        }
    }
}

/// What a correction looks at of a time entry (B4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedTime {
    /// Who worked.
    pub staff_member_id: StaffMemberId,
    /// Whether it was taken back.
    pub is_reversed: bool,
    /// Whether it is a courtesy.
    pub is_courtesy: bool,
}

impl Ticket {
    /// Whether `worker` may work on this ticket: a manager on any, an agent on those of their own
    /// departments and on those the agent was assigned or joined to (T3, T4); an auditor, who
    /// changes nothing, on none.
    pub fn admits(&self, worker: &Worker) -> bool {
        let is_concerned = worker.leads()
            || worker.department_ids.iter().any(|id| self.department_ids.contains(id))
            || self.is_worked_by(worker.staff_member_id);
        worker.works_tickets() && is_concerned
    }

    /// Whether this member of staff is responsible for the ticket or joined to it.
    pub fn is_worked_by(&self, staff_member_id: StaffMemberId) -> bool {
        self.assignee_id == Some(staff_member_id)
            || self.collaborator_ids.contains(&staff_member_id)
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: TicketEvent) {
        self.status = self.status.after(&event);
        if let Some(clock_event) = event.as_clock() {
            self.measurement.evolve(&clock_event);
        }
        self.agreement.evolve(&event);
        self.has_unseen_answer = event.leaves_unseen_answer(self.has_unseen_answer);
        self.unseen_by_customer =
            if event.is_news_to_customer() { 0 } else { self.unseen_by_customer + 1 };
        match event {
            TicketEvent::Opened { customer_id, product_id, department_ids, .. } => {
                self.is_opened = true;
                self.customer_id = customer_id;
                self.product_id = product_id;
                self.department_ids = department_ids;
            }
            TicketEvent::Assigned { assignee_id, .. } => {
                self.hand_over_to(assignee_id);
            }
            TicketEvent::Accepted { staff_member_id } => {
                self.hand_over_to(staff_member_id);
            }
            TicketEvent::Transferred { to_department_id, .. } => {
                self.department_ids = vec![to_department_id];
                self.assignee_id = None;
            }
            TicketEvent::ReturnedToQueue { .. } => self.assignee_id = None,
            TicketEvent::CollaboratorJoined { staff_member_id } => {
                self.collaborator_ids.insert(staff_member_id);
            }
            TicketEvent::CollaboratorLeft { staff_member_id } => {
                self.collaborator_ids.remove(&staff_member_id);
            }
            TicketEvent::Resolved { reopenable_until, .. }
            | TicketEvent::Closed { reopenable_until, .. } => {
                self.reopenable_until = Some(reopenable_until);
            }
            TicketEvent::Reopened { .. } => self.reopenable_until = None,
            TicketEvent::TimeLogged { entry_id, staff_member_id, charging, .. } => {
                let is_courtesy = matches!(charging, Charging::Courtesy { .. });
                let logged = LoggedTime { staff_member_id, is_reversed: false, is_courtesy };
                self.time_entries.insert(entry_id, logged);
            }
            TicketEvent::TimeReversed { entry_id, .. } => {
                if let Some(entry) = self.time_entries.get_mut(&entry_id) {
                    entry.is_reversed = true;
                }
            }
            TicketEvent::TimeMarkedCourtesy { entry_id, .. } => {
                if let Some(entry) = self.time_entries.get_mut(&entry_id) {
                    entry.is_courtesy = true;
                }
            }
            TicketEvent::ReplyAdded { .. }
            | TicketEvent::NoteAdded { .. }
            | TicketEvent::AnsweredAfterResolution
            | TicketEvent::AnswerSeen { .. }
            | TicketEvent::PriorityAssessed { .. }
            | TicketEvent::AgreementAsked { .. }
            | TicketEvent::ChargesAgreed { .. }
            | TicketEvent::ChargesAllowed { .. }
            | TicketEvent::ResolutionPromised { .. }
            | TicketEvent::WaitingStarted { .. }
            | TicketEvent::WaitingEnded
            // What is measured was folded in above.
            | TicketEvent::ClockStarted(_)
            | TicketEvent::ClockPaused(_)
            | TicketEvent::ClockResumed(_)
            | TicketEvent::TargetAtRisk(_)
            | TicketEvent::TargetBreached(_)
            | TicketEvent::TargetEnded(_)
            | TicketEvent::Remeasured(_) => {}
        }
    }

    /// The new responsible agent is no longer a mere collaborator.
    fn hand_over_to(&mut self, staff_member_id: StaffMemberId) {
        self.collaborator_ids.remove(&staff_member_id);
        self.assignee_id = Some(staff_member_id);
    }
}
