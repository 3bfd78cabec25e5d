//! The inputs of mutations on tickets.

use async_graphql::{Context, ID, InputObject, InputType};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::ticket::TicketId;
use servicedesk_service::acting::Acting;
use servicedesk_service::error::ApiError;
use servicedesk_service::file::attaching::Files;

use super::types::{TicketOutcome, TicketPriority};
use crate::graphql::mutation::{self, RetryKey, VersionedKeys};
use crate::graphql::query::config;
use crate::graphql::relay::parse_id;

/// The ticket that a mutation is about, and the keys for safe retries.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OnTicket {
    /// The ticket.
    ticket_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    keys: VersionedKeys,
}

impl OnTicket {
    /// Begins a mutation with this input.
    ///
    /// # Errors
    /// As [`mutation::begin`], and `BadUserInput` if the id is not a ticket's.
    pub fn begin<'a, I: InputType + Serialize>(
        &self,
        context: &Context<'a>,
        input: &I,
    ) -> Result<(Acting<'a>, TicketId), ApiError> {
        Ok((mutation::begin(context, input, self.keys)?, parse_id(&self.ticket_id)?))
    }
}

/// The files that a message is to have.
///
/// # Errors
/// `BadUserInput` if an id is not a file's.
pub fn files(context: &Context<'_>, ids: Option<&Vec<ID>>) -> Result<Files, ApiError> {
    let most = config(context)?.limits.files_per_message;
    let ids: Result<_, _> = ids.into_iter().flatten().map(parse_id).collect();
    Ok(Files::new(ids?, most))
}

/// Opens a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OpenTicketInput {
    /// What it is about. It decides which departments get the ticket.
    pub category_id: ID,
    /// The product it is about.
    pub product_id: ID,
    /// The request in one line.
    pub subject: String,
    /// The full request.
    pub text: String,
    /// The files that come with it, which the caller has uploaded: 20 at most, each attached to
    /// nothing else.
    pub file_ids: Option<Vec<ID>>,
    /// The customer, if staff opens the ticket for them. Customers leave it out.
    pub customer_id: Option<ID>,
    /// The priority. For staff only.
    pub priority: Option<TicketPriority>,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// Accepts a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AcceptTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
}

/// Assigns a ticket to an agent.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AssignTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The agent who becomes responsible.
    pub assignee_id: ID,
    /// The reason. Colleagues can read it.
    pub reason: Option<String>,
}

/// Transfers a ticket to another department.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct TransferTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The new department.
    pub department_id: ID,
    /// The reason. Colleagues can read it.
    pub reason: Option<String>,
}

/// Adds another agent to a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct JoinCollaboratorInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The agent who joins. The caller by default.
    pub staff_member_id: Option<ID>,
}

/// Leaves a ticket that the caller had joined.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct LeaveTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
}

/// Adds a public message.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AddReplyInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The message.
    pub text: String,
    /// The files that come with it, which the caller has uploaded: 20 at most, each attached to
    /// nothing else.
    pub file_ids: Option<Vec<ID>>,
}

/// Adds an internal note.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AddNoteInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The note.
    pub text: String,
    /// The files that come with it, which the caller has uploaded: 20 at most, each attached to
    /// nothing else.
    pub file_ids: Option<Vec<ID>>,
}

/// Sets the priority of a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AssessPriorityInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The priority.
    pub priority: TicketPriority,
}

/// Promises the customer a date.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct PromiseResolutionInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// When the ticket will be resolved at the latest.
    pub promised_for: DateTime<Utc>,
}

/// Notes that the customer's answer after the resolution was looked at.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AcknowledgeAnswerInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
}

/// Pauses work until the customer answers.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct AwaitCustomerInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
}

/// Resumes work without the customer's answer.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ResumeTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
}

/// Resolves a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ResolveTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// How it ended. `SOLVED` by default.
    pub outcome: Option<TicketOutcome>,
    /// What was done. The customer can read it.
    pub summary: Option<String>,
}

/// Closes a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct CloseTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
}

/// Reopens a ticket.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ReopenTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The reason.
    pub reason: Option<String>,
}

/// Measures a ticket's service level again.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RemeasureTicketInput {
    /// The ticket, and the keys for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub ticket: OnTicket,
    /// The reason.
    pub reason: String,
}
