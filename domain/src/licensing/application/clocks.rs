//! How an application joins the measuring, by the same functions as a ticket does.

use super::events::ApplicationEvent;
use crate::sla::{ClockEvent, Fact};

/// What an event means for the application's clock, if anything: it is processed when it is
/// decided. What a manager overrides was decided before, and stays measured as it was.
pub fn fact(event: &ApplicationEvent) -> Option<Fact> {
    match event {
        ApplicationEvent::Submitted { request, .. } => Some(Fact::Opened(request.measured_as())),
        ApplicationEvent::Approved { .. } | ApplicationEvent::Declined { .. } => {
            Some(Fact::Resolved)
        }
        ApplicationEvent::Withdrawn { .. } => Some(Fact::Withdrawn),
        _ => None,
    }
}

impl From<ClockEvent> for ApplicationEvent {
    fn from(event: ClockEvent) -> Self {
        match event {
            ClockEvent::Started(fact) => Self::ClockStarted(fact),
            ClockEvent::Paused(fact) => Self::ClockPaused(fact),
            ClockEvent::Resumed(fact) => Self::ClockResumed(fact),
            ClockEvent::AtRisk(fact) => Self::TargetAtRisk(fact),
            ClockEvent::Breached(fact) => Self::TargetBreached(fact),
            ClockEvent::Ended(fact) => Self::TargetEnded(fact),
            ClockEvent::Remeasured(fact) => Self::Remeasured(fact),
        }
    }
}

impl ApplicationEvent {
    /// The fact about the application's clock, where the event is one.
    pub fn as_clock(&self) -> Option<ClockEvent> {
        Some(match self {
            Self::ClockStarted(fact) => ClockEvent::Started(fact.clone()),
            Self::ClockPaused(fact) => ClockEvent::Paused(fact.clone()),
            Self::ClockResumed(fact) => ClockEvent::Resumed(fact.clone()),
            Self::TargetAtRisk(fact) => ClockEvent::AtRisk(*fact),
            Self::TargetBreached(fact) => ClockEvent::Breached(*fact),
            Self::TargetEnded(fact) => ClockEvent::Ended(*fact),
            Self::Remeasured(fact) => ClockEvent::Remeasured(fact.clone()),
            _ => return None,
        })
    }
}
