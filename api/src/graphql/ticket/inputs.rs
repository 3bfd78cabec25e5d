//! What mutations on tickets take. Ids are named in full, and every input takes the keys for safe
//! retries.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::types::{TicketOutcome, TicketPriority};
use crate::graphql::old_mutation::MutationKeys;

/// An input that is about one ticket.
pub trait AboutTicket: Serialize {
    /// The ticket.
    fn ticket_id(&self) -> &ID;
    /// The keys for safe retries.
    fn keys(&self) -> MutationKeys;
}

/// Opens a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OpenTicketInput {
    /// What it is about; decides which departments get it.
    pub category_id: ID,
    /// Which product it is about.
    pub product_id: ID,
    /// The request in a line.
    pub subject: String,
    /// The request in full.
    pub text: String,
    /// Whose request it is, where staff writes it down for a customer. A customer opens her own.
    pub customer_id: Option<ID>,
    /// How urgent it is. For staff only.
    pub priority: Option<TicketPriority>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Takes a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AcceptTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AcceptTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Hands a ticket to an agent.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AssignTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Who is to be responsible.
    pub assignee_id: ID,
    /// Why; colleagues read it.
    pub reason: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AssignTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Sends a ticket to another department.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct TransferTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Where it is to go.
    pub department_id: ID,
    /// Why; colleagues read it.
    pub reason: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for TransferTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Joins a further agent to a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct JoinCollaboratorInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Who joins; the caller where not given.
    pub staff_member_id: Option<ID>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for JoinCollaboratorInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// The caller, who joined a ticket, leaves it.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct LeaveTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for LeaveTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Adds a public message.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AddReplyInput {
    /// The ticket.
    pub ticket_id: ID,
    /// What it says.
    pub text: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AddReplyInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Adds an internal message.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AddNoteInput {
    /// The ticket.
    pub ticket_id: ID,
    /// What it says.
    pub text: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AddNoteInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Judges how urgent a ticket is.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AssessPriorityInput {
    /// The ticket.
    pub ticket_id: ID,
    /// How urgent it is.
    pub priority: TicketPriority,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AssessPriorityInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Promises the customer a date.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct PromiseResolutionInput {
    /// The ticket.
    pub ticket_id: ID,
    /// By when the ticket will be solved.
    pub promised_for: DateTime<Utc>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for PromiseResolutionInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Stops work until the customer answers.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AwaitCustomerInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for AwaitCustomerInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Goes on without the customer's answer.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ResumeTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for ResumeTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Says that a ticket is solved.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ResolveTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// How it ended; `SOLVED` where not given.
    pub outcome: Option<TicketOutcome>,
    /// What was done, for the customer to read.
    pub summary: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for ResolveTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Ends a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct CloseTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for CloseTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// Brings a ticket back.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ReopenTicketInput {
    /// The ticket.
    pub ticket_id: ID,
    /// Why.
    pub reason: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The ticket's version that the caller has seen; with another one, nothing is recorded and
    /// the answer is `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl AboutTicket for ReopenTicketInput {
    fn ticket_id(&self) -> &ID {
        &self.ticket_id
    }
    fn keys(&self) -> MutationKeys {
        keys(self.idempotency_key, self.expected_version)
    }
}

/// The keys for safe retries.
pub const fn keys(idempotency_key: Option<Uuid>, expected_version: Option<i64>) -> MutationKeys {
    MutationKeys { idempotency_key, expected_version }
}
