//! The words of service levels.

use async_graphql::Enum;
use serde::Serialize;
use servicedesk_domain::sla as domain;

/// A kind of request that has a service level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "domain::RequestKind")]
pub enum RequestKind {
    /// A support ticket.
    Ticket,
    /// An application for a free advisor.
    #[graphql(name = "FREE_ADVISOR")]
    FreeAdvisorApplication,
    /// An application for a rental's download link.
    #[graphql(name = "RENTAL_DOWNLOAD")]
    RentalApplication,
    /// An application for an official licence's update link.
    #[graphql(name = "LICENCE_UPDATE")]
    UpdateApplication,
}

/// Which hours count. All are meant in the calendar's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "domain::ClockKind")]
pub enum ClockKind {
    /// Every hour.
    Calendar,
    /// All 24 hours of each day on which the vendor opens at all.
    WorkingDays,
    /// The opening hours.
    WorkingHours,
}

/// What is measured against a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Target")]
pub enum TargetKind {
    /// From the opening to the first public reply of staff.
    FirstResponse,
    /// From the opening, or a reopening, to the resolution, without waiting on the customer.
    Processing,
}

/// Where a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::State")]
pub enum TargetState {
    /// There is time.
    OnTrack,
    /// The last part of its time runs.
    AtRisk,
    /// More time has passed than it allows, or had passed when it ended.
    Breached,
    /// It ended in time.
    Met,
    /// The clock stands still until the customer answers.
    Paused,
    /// It came to nothing and has no figure: closed unresolved, or resolved without a reply.
    Lapsed,
}
