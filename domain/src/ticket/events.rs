//! What is stored of a ticket, for ever. Storage format and nothing else: renaming a variant's tag
//! or a field needs a new event version and an upcaster.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::{MessageId, TimeEntryId};
use crate::catalogue::{CategoryId, DepartmentId, ProductId};
use crate::customer::CustomerId;
use crate::file::FileId;
use crate::kernel::{Moment, Money, Personal};
use crate::sla::events::{
    ClockPaused, ClockResumed, ClockStarted, LineCrossed, Remeasured, TargetEnded,
};
use crate::staff::StaffMemberId;

/// A fact about a ticket.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum TicketEvent {
    /// A customer asked for help, or a member of staff wrote the request down for them (T1).
    #[serde(rename = "ticket.opened")]
    #[strum(serialize = "ticket.opened")]
    Opened {
        /// Whose request it is.
        customer_id: CustomerId,
        /// What it is about; decides where it goes.
        category_id: CategoryId,
        /// Which product it is about.
        product_id: ProductId,
        /// The departments that were told of it, by the category's routing at that moment (T3).
        department_ids: Vec<DepartmentId>,
        /// How urgent it was taken to be at first.
        priority: Priority,
        /// The request in a line.
        subject: Personal<String>,
        /// The request in full.
        text: Personal<String>,
        /// The files that came with it. At first there were none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        file_ids: Vec<FileId>,
    },
    /// An agent was made responsible, and has yet to accept (T3).
    #[serde(rename = "ticket.assigned")]
    #[strum(serialize = "ticket.assigned")]
    Assigned {
        /// Who is to solve it.
        assignee_id: StaffMemberId,
        /// How the agent was chosen.
        basis: AssignmentBasis,
        /// Why, in the words of who handed it over.
        reason: Option<Personal<String>>,
    },
    /// An agent took the ticket and works on it (T4).
    #[serde(rename = "ticket.accepted")]
    #[strum(serialize = "ticket.accepted")]
    Accepted {
        /// Who works on it now.
        staff_member_id: StaffMemberId,
    },
    /// The ticket went to another department, and nobody is responsible for it there yet (T4).
    #[serde(rename = "ticket.transferred")]
    #[strum(serialize = "ticket.transferred")]
    Transferred {
        /// Where it was.
        from_department_ids: Vec<DepartmentId>,
        /// Where it is now.
        to_department_id: DepartmentId,
        /// Why, in the words of who sent it on.
        reason: Option<Personal<String>>,
    },
    /// The agent who was responsible no longer works tickets, so it waits in the queue again.
    #[serde(rename = "ticket.returned_to_queue")]
    #[strum(serialize = "ticket.returned_to_queue")]
    ReturnedToQueue {
        /// Who was responsible until now.
        staff_member_id: StaffMemberId,
    },
    /// A further agent joined (T4).
    #[serde(rename = "ticket.collaborator_joined")]
    #[strum(serialize = "ticket.collaborator_joined")]
    CollaboratorJoined {
        /// Who joined.
        staff_member_id: StaffMemberId,
    },
    /// A collaborator left.
    #[serde(rename = "ticket.collaborator_left")]
    #[strum(serialize = "ticket.collaborator_left")]
    CollaboratorLeft {
        /// Who left.
        staff_member_id: StaffMemberId,
    },
    /// A public message: the customer's or an agent's (T4).
    #[serde(rename = "ticket.reply_added")]
    #[strum(serialize = "ticket.reply_added")]
    ReplyAdded {
        /// The message's id.
        message_id: MessageId,
        /// Who wrote it.
        author: Author,
        /// What it says.
        text: Personal<String>,
        /// The files that came with it. At first there were none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        file_ids: Vec<FileId>,
    },
    /// An internal message, for staff only (T4, T5).
    #[serde(rename = "ticket.note_added")]
    #[strum(serialize = "ticket.note_added")]
    NoteAdded {
        /// The message's id.
        message_id: MessageId,
        /// Who wrote it.
        staff_member_id: StaffMemberId,
        /// What it says.
        text: Personal<String>,
        /// The files that came with it. At first there were none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        file_ids: Vec<FileId>,
    },
    /// Somebody judged how urgent the ticket is. A judgement that changes nothing is a fact too.
    #[serde(rename = "ticket.priority_assessed")]
    #[strum(serialize = "ticket.priority_assessed")]
    PriorityAssessed {
        /// The priority from now on.
        priority: Priority,
        /// Who judged.
        staff_member_id: StaffMemberId,
    },
    /// The customer was promised a date by which the ticket will be solved (T4, T5).
    #[serde(rename = "ticket.resolution_promised")]
    #[strum(serialize = "ticket.resolution_promised")]
    ResolutionPromised {
        /// By when.
        promised_for: Moment,
        /// Who promised.
        staff_member_id: StaffMemberId,
    },
    /// Work stopped until the customer answers; this time does not count as processing (S1).
    #[serde(rename = "ticket.waiting_started")]
    #[strum(serialize = "ticket.waiting_started")]
    WaitingStarted {
        /// Who waits.
        staff_member_id: StaffMemberId,
    },
    /// Waiting is over: the customer answered, or staff went on without.
    #[serde(rename = "ticket.waiting_ended")]
    #[strum(serialize = "ticket.waiting_ended")]
    WaitingEnded,
    /// The customer answered after the ticket was resolved, so that somebody has to look (T4).
    #[serde(rename = "ticket.answered_after_resolution")]
    #[strum(serialize = "ticket.answered_after_resolution")]
    AnsweredAfterResolution,
    /// A member of staff has looked at what the customer answered after the resolution (T4).
    #[serde(rename = "ticket.answer_seen")]
    #[strum(serialize = "ticket.answer_seen")]
    AnswerSeen {
        /// Who looked.
        staff_member_id: StaffMemberId,
    },
    /// Time was worked on the ticket (B2).
    #[serde(rename = "ticket.time_logged")]
    #[strum(serialize = "ticket.time_logged")]
    TimeLogged {
        /// The entry's id.
        entry_id: TimeEntryId,
        /// Who worked.
        staff_member_id: StaffMemberId,
        /// For how long, in whole minutes.
        minutes: u32,
        /// When the work began, if a timer says it; else so many minutes before it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_at: Option<Moment>,
        /// When the work ended.
        worked_at: Moment,
        /// What was done, for colleagues and for the statement.
        note: Option<Personal<String>>,
        /// What may be charged of it.
        charging: Charging,
        /// Why the agent worked on something else in the same time. Nobody was asked at first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overlap_reason: Option<Personal<String>>,
    },
    /// A time entry was wrong, and no longer counts (B4). What is right in its place is an entry of
    /// its own.
    #[serde(rename = "ticket.time_reversed")]
    #[strum(serialize = "ticket.time_reversed")]
    TimeReversed {
        /// The wrong entry.
        entry_id: TimeEntryId,
        /// Who says so.
        staff_member_id: StaffMemberId,
        /// Why.
        reason: Personal<String>,
    },
    /// A time entry is a courtesy after all: it draws nothing and costs nothing (B3).
    #[serde(rename = "ticket.time_marked_courtesy")]
    #[strum(serialize = "ticket.time_marked_courtesy")]
    TimeMarkedCourtesy {
        /// The entry.
        entry_id: TimeEntryId,
        /// Who says so.
        staff_member_id: StaffMemberId,
        /// Why.
        reason: Personal<String>,
    },
    /// The customer was asked to agree that work beyond their free time is charged (B5).
    #[serde(rename = "ticket.agreement_asked")]
    #[strum(serialize = "ticket.agreement_asked")]
    AgreementAsked {
        /// Who asked.
        staff_member_id: StaffMemberId,
        /// What an hour costs.
        hourly_price: Money,
        /// By which version of the terms.
        terms_version: u32,
    },
    /// The customer agreed that work beyond their free time is charged (B5).
    #[serde(rename = "ticket.charges_agreed")]
    #[strum(serialize = "ticket.charges_agreed")]
    ChargesAgreed {
        /// What an hour costs at most.
        hourly_price: Money,
        /// By which version of the terms.
        terms_version: u32,
    },
    /// A manager let work beyond the customer's free time be charged without their agreement.
    #[serde(rename = "ticket.charges_allowed")]
    #[strum(serialize = "ticket.charges_allowed")]
    ChargesAllowed {
        /// Who decided.
        staff_member_id: StaffMemberId,
        /// Why.
        reason: Personal<String>,
    },
    /// The ticket is solved as far as staff can tell (T4).
    #[serde(rename = "ticket.resolved")]
    #[strum(serialize = "ticket.resolved")]
    Resolved {
        /// Who resolved it.
        staff_member_id: StaffMemberId,
        /// How it ended.
        outcome: Outcome,
        /// What was done, for the customer to read.
        summary: Option<Personal<String>>,
        /// Until when it may be reopened; then it closes by itself (T4).
        reopenable_until: Moment,
    },
    /// The ticket is over (T4).
    #[serde(rename = "ticket.closed")]
    #[strum(serialize = "ticket.closed")]
    Closed {
        /// What closed it.
        basis: ClosingBasis,
        /// Until when it may still be reopened.
        reopenable_until: Moment,
    },
    /// The customer or staff asked for more work on it (T4).
    #[serde(rename = "ticket.reopened")]
    #[strum(serialize = "ticket.reopened")]
    Reopened {
        /// Why.
        reason: Option<Personal<String>>,
    },
    /// A clock was started with the opening or reopening before it (S1).
    #[serde(rename = "ticket.clock_started")]
    #[strum(serialize = "ticket.clock_started")]
    ClockStarted(ClockStarted),
    /// The clock stands still while the customer is waited on (S1).
    #[serde(rename = "ticket.clock_paused")]
    #[strum(serialize = "ticket.clock_paused")]
    ClockPaused(ClockPaused),
    /// The clock runs again.
    #[serde(rename = "ticket.clock_resumed")]
    #[strum(serialize = "ticket.clock_resumed")]
    ClockResumed(ClockResumed),
    /// A target became at risk (S2).
    #[serde(rename = "ticket.target_at_risk")]
    #[strum(serialize = "ticket.target_at_risk")]
    TargetAtRisk(LineCrossed),
    /// A target was breached (S2).
    #[serde(rename = "ticket.target_breached")]
    #[strum(serialize = "ticket.target_breached")]
    TargetBreached(LineCrossed),
    /// What a target is about has come (S1).
    #[serde(rename = "ticket.target_ended")]
    #[strum(serialize = "ticket.target_ended")]
    TargetEnded(TargetEnded),
    /// A manager had everything measured again (S4).
    #[serde(rename = "ticket.remeasured")]
    #[strum(serialize = "ticket.remeasured")]
    Remeasured(Remeasured),
}

/// What may be charged of logged time, as it stood when it was logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charging {
    /// What exceeds the free time is charged: the customer or a manager agreed, or nobody need.
    Allowed,
    /// It was within the free time and nobody agreed to more, so no more than that is drawn.
    FreeOnly,
    /// Nothing: a courtesy (B3).
    Courtesy {
        /// Why.
        reason: Personal<String>,
    },
}

/// How urgent a ticket is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// May wait.
    Low,
    /// The usual.
    #[default]
    Normal,
    /// Before the usual.
    High,
    /// Before everything.
    Urgent,
}

/// How the responsible agent was chosen (T3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentBasis {
    /// By the assignment policy: least loaded, then longest idle.
    Policy,
    /// By a member of staff.
    Staff,
}

/// Who wrote a public message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The ticket's customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff(StaffMemberId),
}

/// How a resolved ticket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The problem is gone or the question answered.
    #[default]
    Solved,
    /// The same request is handled elsewhere.
    Duplicate,
    /// There was nothing to solve.
    Invalid,
}

/// What closed a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingBasis {
    /// The customer.
    Customer,
    /// A member of staff.
    Staff,
    /// The end of the period in which it could be reopened.
    Expiry,
}

impl DomainEvent for TicketEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        // The second version of logged time says what may be charged of it.
        let version = if matches!(self, Self::TimeLogged { .. }) { "2" } else { "1" };
        version.to_owned()
    }
}
