//! How a ticket joins the measuring: which of its facts concern clocks, and how the facts about
//! its clocks stand in its stream. Another kind of request joins by the same three functions.

use super::events::{ClosingBasis, TicketEvent};
use crate::file::FileId;
use crate::sla::{ClockEvent, Fact, RequestKind};

/// What an event means for the ticket's clocks, if anything. A ticket that is closed unresolved is
/// withdrawn; on one that is resolved nothing is left to withdraw.
pub fn fact(event: &TicketEvent) -> Option<Fact> {
    use super::events::Author;
    match event {
        TicketEvent::Opened { .. } => Some(Fact::Opened(RequestKind::Ticket)),
        TicketEvent::ReplyAdded { author: Author::Staff(_), .. } => Some(Fact::Answered),
        TicketEvent::WaitingStarted { .. } => Some(Fact::WaitingStarted),
        TicketEvent::WaitingEnded => Some(Fact::WaitingEnded),
        TicketEvent::Resolved { .. } => Some(Fact::Resolved),
        TicketEvent::Closed { .. } => Some(Fact::Withdrawn),
        TicketEvent::Reopened { .. } => Some(Fact::Reopened(RequestKind::Ticket)),
        _ => None,
    }
}

impl From<ClockEvent> for TicketEvent {
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

impl TicketEvent {
    /// The fact about the ticket's clocks, where the event is one.
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

    /// Whether an answer after the resolution waits for staff to look once this has happened (T4);
    /// `before` says whether one did before. A ticket that its customer closes, or that closes by
    /// itself, does not hide it.
    #[must_use]
    pub const fn leaves_unseen_answer(&self, before: bool) -> bool {
        match self {
            Self::AnsweredAfterResolution => true,
            Self::AnswerSeen { .. }
            | Self::Reopened { .. }
            | Self::Closed { basis: ClosingBasis::Staff, .. } => false,
            _ => before,
        }
    }

    /// The files that came with it (T2).
    pub fn file_ids(&self) -> &[FileId] {
        match self {
            Self::Opened { file_ids, .. }
            | Self::ReplyAdded { file_ids, .. }
            | Self::NoteAdded { file_ids, .. } => file_ids,
            _ => &[],
        }
    }

    /// Whether the customer takes the ticket to have changed (T5): not by notes, by what is
    /// measured, or by time, of which they learn when it is settled, if at all.
    pub const fn is_news_to_customer(&self) -> bool {
        match self {
            Self::NoteAdded { .. }
            | Self::AnsweredAfterResolution
            | Self::AnswerSeen { .. }
            | Self::TimeLogged { .. }
            | Self::TimeReversed { .. }
            | Self::TimeMarkedCourtesy { .. }
            | Self::ClockStarted(_)
            | Self::ClockPaused(_)
            | Self::ClockResumed(_)
            | Self::TargetAtRisk(_)
            | Self::TargetBreached(_)
            | Self::TargetEnded(_)
            | Self::Remeasured(_) => false,
            Self::Opened { .. }
            | Self::Assigned { .. }
            | Self::Accepted { .. }
            | Self::Transferred { .. }
            | Self::ReturnedToQueue { .. }
            | Self::CollaboratorJoined { .. }
            | Self::CollaboratorLeft { .. }
            | Self::ReplyAdded { .. }
            | Self::PriorityAssessed { .. }
            | Self::AgreementAsked { .. }
            | Self::ChargesAgreed { .. }
            | Self::ChargesAllowed { .. }
            | Self::ResolutionPromised { .. }
            | Self::WaitingStarted { .. }
            | Self::WaitingEnded
            | Self::Resolved { .. }
            | Self::Closed { .. }
            | Self::Reopened { .. } => true,
        }
    }
}
