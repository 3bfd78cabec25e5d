//! What can be asked of a ticket. A command carries new ids and every fact that the ticket itself
//! does not hold. What every command needs is given once, beside it: its [`Circumstances`].

use std::sync::Arc;

use chrono::TimeDelta;

use super::events::{Outcome, Priority};
use super::{MessageId, Rejection, TimeEntryId};
use crate::billing::{InForce, Version};
use crate::catalogue::{CategoryId, DepartmentId, ProductId, TicketPolicy};
use crate::customer::CustomerId;
use crate::file::FileId;
use crate::kernel::{AmountProblem, Moment, Money};
use crate::sla::{Book, Fact};
use crate::staff::{StaffMemberId, Worker};

/// A command on a ticket. Those that are more than an id and an actor are structs of their own, and
/// callers pass the struct.
#[derive(Debug, Clone, derive_more::From)]
pub enum Command {
    /// See [`Open`].
    #[from]
    Open(Open),
    /// An agent takes the ticket.
    Accept {
        /// Who takes it.
        by: Worker,
    },
    /// See [`Assign`].
    #[from]
    Assign(Assign),
    /// See [`Transfer`].
    #[from]
    Transfer(Transfer),
    /// See [`JoinCollaborator`].
    #[from]
    JoinCollaborator(JoinCollaborator),
    /// A collaborator leaves.
    Leave {
        /// Who leaves.
        by: Worker,
    },
    /// Somebody no longer works tickets, so they leave this one.
    Relinquish {
        /// Who.
        staff_member_id: StaffMemberId,
    },
    /// See [`AddReply`].
    #[from]
    AddReply(AddReply),
    /// See [`AddNote`].
    #[from]
    AddNote(AddNote),
    /// See [`LogTime`].
    #[from]
    LogTime(LogTime),
    /// See [`CorrectTime`].
    #[from]
    CorrectTime(CorrectTime),
    /// See [`MarkCourtesy`].
    #[from]
    MarkCourtesy(MarkCourtesy),
    /// See [`AskForAgreement`].
    #[from]
    AskForAgreement(AskForAgreement),
    /// See [`AgreeToCharges`].
    #[from]
    AgreeToCharges(AgreeToCharges),
    /// See [`AllowCharges`].
    #[from]
    AllowCharges(AllowCharges),
    /// See [`AssessPriority`].
    #[from]
    AssessPriority(AssessPriority),
    /// See [`PromiseResolution`].
    #[from]
    PromiseResolution(PromiseResolution),
    /// Work stops until the customer answers.
    AwaitCustomer {
        /// Who waits.
        by: Worker,
    },
    /// Work goes on without the customer's answer.
    Resume {
        /// Who goes on.
        by: Worker,
    },
    /// A member of staff has looked at the customer's answer after the resolution.
    AcknowledgeAnswer {
        /// Who looked.
        by: Worker,
    },
    /// See [`Resolve`].
    #[from]
    Resolve(Resolve),
    /// The ticket is over.
    Close {
        /// Who closes it.
        by: Party,
    },
    /// The ticket closes by itself.
    Expire,
    /// See [`Reopen`].
    #[from]
    Reopen(Reopen),
    /// Lines that have been crossed are recorded (S2).
    CrossLines,
    /// See [`Remeasure`].
    #[from]
    Remeasure(Remeasure),
}

/// What every command is decided by, beside the ticket and the command itself.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// The moment at which it happens.
    pub at: Moment,
    /// The policy in force.
    pub policy: TicketPolicy,
    /// What requests are measured by.
    pub book: Arc<Book>,
}

/// A new request (T1, T3).
#[derive(Debug, Clone)]
pub struct Open {
    /// Whose request it is.
    pub customer_id: CustomerId,
    /// What it is about.
    pub category_id: CategoryId,
    /// Which product it is about.
    pub product_id: ProductId,
    /// Where the category sends it, as the catalogue answers it.
    pub routing: Result<Vec<DepartmentId>, Rejection>,
    /// How urgent it is taken to be.
    pub priority: Priority,
    /// The request in a line.
    pub subject: String,
    /// The request in full.
    pub text: String,
    /// The files that come with it, which are claimed for it.
    pub file_ids: Vec<FileId>,
    /// Whom the assignment policy picks, if anybody is available (T3).
    pub pick: Option<StaffMemberId>,
}

/// The ticket is handed to an agent.
#[derive(Debug, Clone)]
pub struct Assign {
    /// Who hands it over.
    pub by: Worker,
    /// Who is to be responsible.
    pub assignee: Worker,
    /// Why.
    pub reason: Option<String>,
}

/// The ticket goes to another department.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Who sends it on.
    pub by: Worker,
    /// Where to.
    pub to_department_id: DepartmentId,
    /// Whom the assignment policy picks there, if anybody is available.
    pub pick: Option<StaffMemberId>,
    /// Why.
    pub reason: Option<String>,
}

/// A further agent joins.
#[derive(Debug, Clone)]
pub struct JoinCollaborator {
    /// Who asks.
    pub by: Worker,
    /// Who joins.
    pub collaborator: Worker,
}

/// A public message.
#[derive(Debug, Clone)]
pub struct AddReply {
    /// Who writes.
    pub by: Party,
    /// The id of the new message.
    pub message_id: MessageId,
    /// What is written.
    pub text: String,
    /// The files that come with it, which are claimed for it.
    pub file_ids: Vec<FileId>,
}

/// An internal message.
#[derive(Debug, Clone)]
pub struct AddNote {
    /// Who writes.
    pub by: Worker,
    /// The id of the new message.
    pub message_id: MessageId,
    /// What is written.
    pub text: String,
    /// The files that come with it, which are claimed for it.
    pub file_ids: Vec<FileId>,
}

/// Time was worked on the ticket (B2).
#[derive(Debug, Clone)]
pub struct LogTime {
    /// Who worked.
    pub by: Worker,
    /// The new entry.
    pub entry: NewEntry,
}

/// A time entry is wrong (B4).
#[derive(Debug, Clone)]
pub struct CorrectTime {
    /// Who says so.
    pub by: Worker,
    /// The wrong entry.
    pub entry_id: TimeEntryId,
    /// Why.
    pub reason: String,
    /// What is right; none if no time was worked at all.
    pub instead: Option<NewEntry>,
}

/// A time entry is a courtesy (B3).
#[derive(Debug, Clone)]
pub struct MarkCourtesy {
    /// Who says so.
    pub by: Worker,
    /// The entry.
    pub entry_id: TimeEntryId,
    /// Why.
    pub reason: String,
}

/// A time entry that is to be recorded.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Its id.
    pub entry_id: TimeEntryId,
    /// How long and when.
    pub work: Work,
    /// What it would cost.
    pub cost: Cost,
    /// When the ticket was last closed, if it was; `None` too if that does not matter.
    pub closed_at: Option<Moment>,
}

/// Time that somebody says was worked (B2).
#[derive(Debug, Clone)]
pub struct Work {
    /// For how many minutes.
    pub minutes: i64,
    /// When the work began, if a timer says it; else so many minutes before it ended.
    pub started_at: Option<Moment>,
    /// When the work ended.
    pub worked_at: Moment,
    /// What was done.
    pub note: Option<String>,
    /// Why nothing is to be charged for it, if it is a courtesy (B3).
    pub courtesy: Option<String>,
    /// Why the agent worked on something else in the same time (B3).
    pub overlap: Option<String>,
}

/// When work began that a timer does not say of: so many minutes before it ended.
pub fn began(minutes: u32, worked_at: Moment) -> Moment {
    worked_at.checked_sub_signed(TimeDelta::minutes(minutes.into())).unwrap_or(Moment::MIN_UTC)
}

/// From when on work takes its agent's time: from its beginning, and for as many minutes as are
/// logged. A timer that ran for less than a minute is logged as one.
pub fn occupied_from(started_at: Option<Moment>, minutes: u32, worked_at: Moment) -> Moment {
    let began = began(minutes, worked_at);
    started_at.map_or(began, |started_at| started_at.min(began))
}

/// What decides whether work may be charged (B5): both as they are when the work is done.
#[derive(Debug, Clone)]
pub struct Cost {
    /// The terms in force.
    pub terms: InForce,
    /// The minutes of the work that the customer has free for the ticket's product.
    pub free_minutes: u32,
}

/// The customer is asked to agree to charges (B5).
#[derive(Debug, Clone)]
pub struct AskForAgreement {
    /// Who asks.
    pub by: Worker,
    /// The terms in force.
    pub version: Version,
}

/// The customer agrees to charges (B5).
#[derive(Debug, Clone)]
pub struct AgreeToCharges {
    /// Who agrees.
    pub customer_id: CustomerId,
    /// The price of an hour that they were shown, if they say it.
    pub shown_price: Option<Result<Money, AmountProblem>>,
    /// The terms in force.
    pub version: Version,
}

/// Charges need no agreement of the customer's (B5).
#[derive(Debug, Clone)]
pub struct AllowCharges {
    /// Who decides.
    pub by: Worker,
    /// Why.
    pub reason: String,
}

/// Somebody judges how urgent the ticket is.
#[derive(Debug, Clone)]
pub struct AssessPriority {
    /// Who judges.
    pub by: Worker,
    /// How urgent it is.
    pub priority: Priority,
}

/// The customer is promised a date.
#[derive(Debug, Clone)]
pub struct PromiseResolution {
    /// Who promises.
    pub by: Worker,
    /// By when the ticket will be solved.
    pub promised_for: Moment,
}

/// The ticket is solved.
#[derive(Debug, Clone)]
pub struct Resolve {
    /// Who solved it.
    pub by: Worker,
    /// How it ended.
    pub outcome: Outcome,
    /// What was done.
    pub summary: Option<String>,
}

/// The ticket comes back.
#[derive(Debug, Clone)]
pub struct Reopen {
    /// Who asks.
    pub by: Party,
    /// Why.
    pub reason: Option<String>,
}

/// Everything is measured again, by the terms in force now (S4).
#[derive(Debug, Clone)]
pub struct Remeasure {
    /// Who asks.
    pub by: Worker,
    /// Why.
    pub reason: String,
    /// What has happened to the ticket so far, as the log has it.
    pub history: Vec<(Fact, Moment)>,
}

/// Either side of the counter.
#[derive(Debug, Clone)]
pub enum Party {
    /// A customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff(Worker),
}
