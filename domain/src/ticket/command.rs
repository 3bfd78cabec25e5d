//! What can be asked of a ticket. A command carries the time, the new ids and every fact that the
//! ticket itself does not hold.

use std::sync::Arc;

use super::events::{Outcome, Priority};
use super::{MessageId, Rejection, TimeEntryId};
use crate::billing::Version;
use crate::catalogue::{CategoryId, DepartmentId, ProductId, TicketPolicy};
use crate::customer::CustomerId;
use crate::kernel::{Moment, Money};
use crate::sla::{Book, Fact};
use crate::staff::{StaffMemberId, Worker};

/// A command on a ticket.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Open`].
    Open(Open),
    /// An agent takes the ticket.
    Accept {
        /// Who takes it.
        by: Worker,
    },
    /// The ticket is handed to an agent.
    Assign {
        /// Who hands it over.
        by: Worker,
        /// Who is to be responsible.
        assignee: Worker,
        /// Why.
        reason: Option<String>,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// The ticket goes to another department.
    Transfer {
        /// Who sends it on.
        by: Worker,
        /// Where to.
        to_department_id: DepartmentId,
        /// Whom the assignment policy picks there, if anybody is available.
        pick: Option<StaffMemberId>,
        /// Why.
        reason: Option<String>,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// A further agent joins.
    JoinCollaborator {
        /// Who asks.
        by: Worker,
        /// Who joins.
        collaborator: Worker,
    },
    /// A collaborator leaves.
    Leave {
        /// Who leaves.
        by: Worker,
    },
    /// A public message.
    AddReply {
        /// Who writes.
        by: Party,
        /// The id of the new message.
        message_id: MessageId,
        /// What is written.
        text: String,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// An internal message.
    AddNote {
        /// Who writes.
        by: Worker,
        /// The id of the new message.
        message_id: MessageId,
        /// What is written.
        text: String,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// Time was worked on the ticket.
    LogTime {
        /// Who worked.
        by: Worker,
        /// The id of the new entry.
        entry_id: TimeEntryId,
        /// How long and when.
        work: Work,
        /// What it would cost.
        cost: Cost,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// A time entry is wrong.
    CorrectTime {
        /// Who says so.
        by: Worker,
        /// The wrong entry.
        entry_id: TimeEntryId,
        /// Why.
        reason: String,
        /// What is right, under the id of a new entry; nothing where no time was worked at all.
        instead: Option<(TimeEntryId, Work, Cost)>,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// A time entry is a courtesy.
    MarkCourtesy {
        /// Who says so.
        by: Worker,
        /// The entry.
        entry_id: TimeEntryId,
        /// Why.
        reason: String,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// The customer is asked to agree to charges.
    AskForAgreement {
        /// Who asks.
        by: Worker,
        /// The terms in force.
        version: Version,
    },
    /// The customer agrees to charges.
    AgreeToCharges {
        /// Who agrees.
        customer_id: CustomerId,
        /// The price of an hour that she was shown, if she says it.
        shown_price: Option<Money>,
        /// The terms in force.
        version: Version,
    },
    /// Charges need no agreement of the customer's.
    AllowCharges {
        /// Who decides.
        by: Worker,
        /// Why.
        reason: String,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// Somebody judges how urgent the ticket is.
    AssessPriority {
        /// Who judges.
        by: Worker,
        /// How urgent it is.
        priority: Priority,
    },
    /// The customer is promised a date.
    PromiseResolution {
        /// Who promises.
        by: Worker,
        /// By when the ticket will be solved.
        promised_for: Moment,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: TicketPolicy,
    },
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
    /// The ticket is solved.
    Resolve {
        /// Who solved it.
        by: Worker,
        /// How it ended.
        outcome: Outcome,
        /// What was done.
        summary: Option<String>,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// The ticket is over.
    Close {
        /// Who closes it.
        by: Party,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// The ticket closes by itself.
    Expire {
        /// Now.
        at: Moment,
    },
    /// The ticket comes back.
    Reopen {
        /// Who asks.
        by: Party,
        /// Why.
        reason: Option<String>,
        /// Now.
        at: Moment,
        /// The policy in force.
        policy: TicketPolicy,
    },
    /// Another command, with what it means for the ticket's clocks (S1).
    Measured {
        /// What is asked.
        command: Box<Self>,
        /// Now.
        at: Moment,
        /// What requests are measured by.
        book: Arc<Book>,
    },
    /// Lines that were crossed until now are recorded (S2).
    CrossLines {
        /// Now.
        at: Moment,
    },
    /// Everything is measured anew, by the terms in force now (S4).
    Remeasure {
        /// Who asks.
        by: Worker,
        /// Why.
        reason: String,
        /// What happened to the ticket so far, as the log has it.
        history: Vec<(Fact, Moment)>,
        /// Now.
        at: Moment,
        /// What requests are measured by.
        book: Arc<Book>,
        /// The policy in force.
        policy: TicketPolicy,
    },
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
    /// Whom the assignment policy picks, if anybody is available (T3).
    pub pick: Option<StaffMemberId>,
    /// The policy in force.
    pub policy: TicketPolicy,
}

/// Time that somebody says was worked (B2).
#[derive(Debug, Clone)]
pub struct Work {
    /// For how many minutes.
    pub minutes: i64,
    /// When the work ended.
    pub worked_at: Moment,
    /// What was done.
    pub note: Option<String>,
    /// Why nothing is to be charged for it, where it is a courtesy (B3).
    pub courtesy: Option<String>,
}

/// What decides whether work may be charged (B5): both as they are when the work is done.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// The terms in force.
    pub version: Version,
    /// The minutes that the customer has free for the ticket's product.
    pub free_minutes_left: u32,
}

/// Either side of the counter.
#[derive(Debug, Clone)]
pub enum Party {
    /// A customer.
    Customer(CustomerId),
    /// A member of staff.
    Staff(Worker),
}
