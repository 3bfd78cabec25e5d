//! Mutations on tickets: each parses, calls the use case and shows what came of it.

use async_graphql::{Context, Object, Result};

use super::codes::{
    AcceptTicketErrorCode, AddNoteErrorCode, AddReplyErrorCode, AssessPriorityErrorCode,
    AssignTicketErrorCode, AwaitCustomerErrorCode, CloseTicketErrorCode, JoinCollaboratorErrorCode,
    LeaveTicketErrorCode, OpenTicketErrorCode, PromiseResolutionErrorCode, ReopenTicketErrorCode,
    ResolveTicketErrorCode, ResumeTicketErrorCode, TransferTicketErrorCode,
};
use super::inputs::{
    AboutTicket, AcceptTicketInput, AddNoteInput, AddReplyInput, AssessPriorityInput,
    AssignTicketInput, AwaitCustomerInput, CloseTicketInput, JoinCollaboratorInput,
    LeaveTicketInput, OpenTicketInput, PromiseResolutionInput, ReopenTicketInput,
    ResolveTicketInput, ResumeTicketInput, TransferTicketInput,
};
use super::payload::TicketPayload;
use crate::graphql::old_mutation::{self as mutation, MutationKeys};
use crate::graphql::query::data;
use crate::graphql::relay::parse_id;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::ticket::use_cases::{self, Action, OpenTicket};

/// Mutations on tickets.
#[derive(Default)]
pub struct TicketMutation;

#[Object]
impl TicketMutation {
    /// Opens a ticket. It goes to the departments that its category names, and to an agent of
    /// theirs if one is available.
    async fn open_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The request.")] input: OpenTicketInput,
    ) -> Result<TicketPayload<OpenTicketErrorCode>> {
        let idempotency_key = input.idempotency_key;
        let request =
            mutation::request(context, MutationKeys { idempotency_key, expected_version: None })?;
        let open = OpenTicket {
            customer_id: input.customer_id.as_ref().map(parse_id).transpose()?,
            category_id: parse_id(&input.category_id)?,
            product_id: parse_id(&input.product_id)?,
            priority: input.priority.map(Into::into),
            subject: input.subject.clone(),
            text: input.text.clone(),
        };
        let desk = context.data::<Desk>()?;
        let done = use_cases::open_ticket(desk, request, &input, open).await;
        Ok(TicketPayload::new(mutation::outcome(desk, done)?))
    }

    /// Takes a ticket that waits in a queue of the caller's departments, or that was assigned to
    /// the caller.
    async fn accept_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AcceptTicketInput,
    ) -> Result<TicketPayload<AcceptTicketErrorCode>> {
        let action = Action::Accept;
        Ok(act(context, "accept_ticket", &input, action).await?)
    }

    /// Hands a ticket to an agent, who has yet to accept it.
    async fn assign_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AssignTicketInput,
    ) -> Result<TicketPayload<AssignTicketErrorCode>> {
        let action = Action::Assign {
            assignee_id: parse_id(&input.assignee_id)?,
            reason: input.reason.clone(),
        };
        Ok(act(context, "assign_ticket", &input, action).await?)
    }

    /// Sends a ticket to another department, where the assignment policy picks an agent if one is
    /// available.
    async fn transfer_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: TransferTicketInput,
    ) -> Result<TicketPayload<TransferTicketErrorCode>> {
        let action = Action::Transfer {
            department_id: parse_id(&input.department_id)?,
            reason: input.reason.clone(),
        };
        Ok(act(context, "transfer_ticket", &input, action).await?)
    }

    /// Joins a further agent to a ticket.
    async fn join_collaborator(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: JoinCollaboratorInput,
    ) -> Result<TicketPayload<JoinCollaboratorErrorCode>> {
        let action = Action::JoinCollaborator {
            collaborator_id: input.staff_member_id.as_ref().map(parse_id).transpose()?,
        };
        Ok(act(context, "join_collaborator", &input, action).await?)
    }

    /// The caller, who joined a ticket, leaves it.
    async fn leave_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: LeaveTicketInput,
    ) -> Result<TicketPayload<LeaveTicketErrorCode>> {
        let action = Action::Leave;
        Ok(act(context, "leave_ticket", &input, action).await?)
    }

    /// Adds a public message. The customer's answer ends the waiting on her.
    async fn add_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AddReplyInput,
    ) -> Result<TicketPayload<AddReplyErrorCode>> {
        let action = Action::AddReply { text: input.text.clone() };
        Ok(act(context, "add_reply", &input, action).await?)
    }

    /// Adds an internal message, which the customer never sees.
    async fn add_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AddNoteInput,
    ) -> Result<TicketPayload<AddNoteErrorCode>> {
        let action = Action::AddNote { text: input.text.clone() };
        Ok(act(context, "add_note", &input, action).await?)
    }

    /// Judges how urgent a ticket is; the queue is ordered by it.
    async fn assess_priority(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AssessPriorityInput,
    ) -> Result<TicketPayload<AssessPriorityErrorCode>> {
        let action = Action::AssessPriority { priority: input.priority.into() };
        Ok(act(context, "assess_priority", &input, action).await?)
    }

    /// Promises the customer a date by which the ticket will be solved.
    async fn promise_resolution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: PromiseResolutionInput,
    ) -> Result<TicketPayload<PromiseResolutionErrorCode>> {
        let action = Action::PromiseResolution { promised_for: input.promised_for };
        Ok(act(context, "promise_resolution", &input, action).await?)
    }

    /// Stops work until the customer answers; the time until then does not count as processing.
    async fn await_customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AwaitCustomerInput,
    ) -> Result<TicketPayload<AwaitCustomerErrorCode>> {
        let action = Action::AwaitCustomer;
        Ok(act(context, "await_customer", &input, action).await?)
    }

    /// Goes on without the customer's answer.
    async fn resume_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ResumeTicketInput,
    ) -> Result<TicketPayload<ResumeTicketErrorCode>> {
        let action = Action::Resume;
        Ok(act(context, "resume_ticket", &input, action).await?)
    }

    /// Says that a ticket is solved. It may be reopened for some days and then closes by itself.
    async fn resolve_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ResolveTicketInput,
    ) -> Result<TicketPayload<ResolveTicketErrorCode>> {
        let action = Action::Resolve {
            outcome: input.outcome.map_or_else(Default::default, Into::into),
            summary: input.summary.clone(),
        };
        Ok(act(context, "resolve_ticket", &input, action).await?)
    }

    /// Ends a ticket: the customer her own at any time, staff once it is resolved.
    async fn close_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CloseTicketInput,
    ) -> Result<TicketPayload<CloseTicketErrorCode>> {
        let action = Action::Close;
        Ok(act(context, "close_ticket", &input, action).await?)
    }

    /// Brings a resolved or closed ticket back, until some days after its resolution.
    async fn reopen_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ReopenTicketInput,
    ) -> Result<TicketPayload<ReopenTicketErrorCode>> {
        let action = Action::Reopen { reason: input.reason.clone() };
        Ok(act(context, "reopen_ticket", &input, action).await?)
    }
}

/// Does something to a ticket and shows what came of it.
///
/// # Errors
/// Why the request failed.
pub async fn act<C: async_graphql::OutputType>(
    context: &Context<'_>,
    name: &str,
    input: &impl AboutTicket,
    action: Action,
) -> Result<TicketPayload<C>, ApiError> {
    let request = mutation::request(context, input.keys())?;
    let ticket_id = parse_id(input.ticket_id())?;
    let desk = data::<Desk>(context)?;
    let done = use_cases::act_on_ticket(desk, request, name, input, ticket_id, action).await;
    Ok(TicketPayload::new(mutation::outcome(desk, done)?))
}
