//! An application as decisions see it. Folding an event in never fails.

use serde::{Deserialize, Serialize};

use super::events::{ApplicationEvent, Request};
use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::sla::{Measurement, RequestKind};
use crate::staff::StaffMemberId;
use crate::ticket::TicketId;

/// The status of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Submitted, and nobody has taken it.
    #[default]
    New,
    /// A member of staff works on it.
    Taken,
    /// Approved.
    Approved,
    /// Declined.
    Declined,
    /// Withdrawn by the customer.
    Withdrawn,
}

impl Status {
    /// Whether it is still to be decided.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Taken)
    }

    /// The status after an event; projections use it too.
    #[must_use]
    pub const fn after(self, event: &ApplicationEvent) -> Self {
        match event {
            ApplicationEvent::Submitted { .. } => Self::New,
            ApplicationEvent::Taken { .. } => Self::Taken,
            ApplicationEvent::Approved { .. } => Self::Approved,
            ApplicationEvent::Declined { .. } => Self::Declined,
            ApplicationEvent::Withdrawn { .. } => Self::Withdrawn,
            _ => self,
        }
    }
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Application {
    /// What was submitted. None before.
    pub submitted: Option<Submitted>,
    /// Its status.
    pub status: Status,
    /// The member of staff who took it last.
    pub taken_by: Option<StaffMemberId>,
    /// The ticket in which it is discussed.
    pub ticket_id: Option<TicketId>,
    /// What is measured of it (S1).
    pub measurement: Measurement,
}

/// What was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The customer who applies.
    pub customer_id: CustomerId,
    /// What they apply for.
    pub request: Request,
}

impl Application {
    /// Folds one event in.
    pub fn evolve(&mut self, event: ApplicationEvent) {
        self.status = self.status.after(&event);
        if let Some(clock_event) = event.as_clock() {
            self.measurement.evolve(&clock_event);
        }
        match event {
            ApplicationEvent::Submitted { customer_id, request, .. } => {
                self.submitted = Some(Submitted { customer_id, request });
            }
            ApplicationEvent::Taken { staff_member_id } => self.taken_by = Some(staff_member_id),
            ApplicationEvent::TicketRequested { ticket_id, .. } => self.ticket_id = Some(ticket_id),
            _ => {}
        }
    }
}

impl Request {
    /// The kind of request that it is measured as (S).
    pub const fn measured_as(&self) -> RequestKind {
        match self {
            Self::FreeAdvisor(_) => RequestKind::FreeAdvisorApplication,
            Self::RentalDownload { .. } => RequestKind::RentalApplication,
            Self::LicenceUpdate { .. } => RequestKind::UpdateApplication,
        }
    }

    /// The products that it is for, in the order in which they were named.
    pub fn product_ids(&self) -> &[ProductId] {
        match self {
            Self::FreeAdvisor(request) => &request.product_ids,
            Self::RentalDownload { product_id, .. } | Self::LicenceUpdate { product_id, .. } => {
                std::slice::from_ref(product_id)
            }
        }
    }
}
