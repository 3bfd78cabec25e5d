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
use servicedesk_domain::ticket::{Rejection, TicketId};
use servicedesk_eventlog::Executed;
use servicedesk_service::acting::Acting;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::error::Failure;
use servicedesk_service::ticket::opening::OpenTicket;
use servicedesk_service::ticket::{closing, conversation, handling, opening};

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
        let acting = Acting::new(desk, request, "openTicket", &input)?;
        let done = opening::open_ticket(acting, open).await;
        Ok(TicketPayload::new(mutation::outcome(desk, done)?))
    }

    /// Takes a ticket that waits in a queue of the caller's departments, or that was assigned to
    /// the caller.
    async fn accept_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AcceptTicketInput,
    ) -> Result<TicketPayload<AcceptTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "accept_ticket", &input)?;
        let done = handling::accept_ticket(acting, ticket_id).await;
        Ok(payload(context, done)?)
    }

    /// Hands a ticket to an agent, who has yet to accept it.
    async fn assign_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AssignTicketInput,
    ) -> Result<TicketPayload<AssignTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "assign_ticket", &input)?;
        let done = handling::assign_ticket(
            acting,
            ticket_id,
            parse_id(&input.assignee_id)?,
            input.reason.clone(),
        )
        .await;
        Ok(payload(context, done)?)
    }

    /// Sends a ticket to another department, where the assignment policy picks an agent if one is
    /// available.
    async fn transfer_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: TransferTicketInput,
    ) -> Result<TicketPayload<TransferTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "transfer_ticket", &input)?;
        let done = handling::transfer_ticket(
            acting,
            ticket_id,
            parse_id(&input.department_id)?,
            input.reason.clone(),
        )
        .await;
        Ok(payload(context, done)?)
    }

    /// Joins a further agent to a ticket.
    async fn join_collaborator(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: JoinCollaboratorInput,
    ) -> Result<TicketPayload<JoinCollaboratorErrorCode>> {
        let (acting, ticket_id) = begin(context, "join_collaborator", &input)?;
        let done = handling::join_collaborator(
            acting,
            ticket_id,
            input.staff_member_id.as_ref().map(parse_id).transpose()?,
        )
        .await;
        Ok(payload(context, done)?)
    }

    /// The caller, who joined a ticket, leaves it.
    async fn leave_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: LeaveTicketInput,
    ) -> Result<TicketPayload<LeaveTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "leave_ticket", &input)?;
        let done = handling::leave_ticket(acting, ticket_id).await;
        Ok(payload(context, done)?)
    }

    /// Adds a public message. The customer's answer ends the waiting on her.
    async fn add_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AddReplyInput,
    ) -> Result<TicketPayload<AddReplyErrorCode>> {
        let (acting, ticket_id) = begin(context, "add_reply", &input)?;
        let done = conversation::add_reply(acting, ticket_id, input.text.clone()).await;
        Ok(payload(context, done)?)
    }

    /// Adds an internal message, which the customer never sees.
    async fn add_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AddNoteInput,
    ) -> Result<TicketPayload<AddNoteErrorCode>> {
        let (acting, ticket_id) = begin(context, "add_note", &input)?;
        let done = conversation::add_note(acting, ticket_id, input.text.clone()).await;
        Ok(payload(context, done)?)
    }

    /// Judges how urgent a ticket is; the queue is ordered by it.
    async fn assess_priority(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AssessPriorityInput,
    ) -> Result<TicketPayload<AssessPriorityErrorCode>> {
        let (acting, ticket_id) = begin(context, "assess_priority", &input)?;
        let done = handling::assess_priority(acting, ticket_id, input.priority.into()).await;
        Ok(payload(context, done)?)
    }

    /// Promises the customer a date by which the ticket will be solved.
    async fn promise_resolution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: PromiseResolutionInput,
    ) -> Result<TicketPayload<PromiseResolutionErrorCode>> {
        let (acting, ticket_id) = begin(context, "promise_resolution", &input)?;
        let done = handling::promise_resolution(acting, ticket_id, input.promised_for).await;
        Ok(payload(context, done)?)
    }

    /// Stops work until the customer answers; the time until then does not count as processing.
    async fn await_customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: AwaitCustomerInput,
    ) -> Result<TicketPayload<AwaitCustomerErrorCode>> {
        let (acting, ticket_id) = begin(context, "await_customer", &input)?;
        let done = conversation::await_customer(acting, ticket_id).await;
        Ok(payload(context, done)?)
    }

    /// Goes on without the customer's answer.
    async fn resume_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ResumeTicketInput,
    ) -> Result<TicketPayload<ResumeTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "resume_ticket", &input)?;
        let done = conversation::resume_ticket(acting, ticket_id).await;
        Ok(payload(context, done)?)
    }

    /// Says that a ticket is solved. It may be reopened for some days and then closes by itself.
    async fn resolve_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ResolveTicketInput,
    ) -> Result<TicketPayload<ResolveTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "resolve_ticket", &input)?;
        let done = closing::resolve_ticket(
            acting,
            ticket_id,
            input.outcome.map_or_else(Default::default, Into::into),
            input.summary.clone(),
        )
        .await;
        Ok(payload(context, done)?)
    }

    /// Ends a ticket: the customer her own at any time, staff once it is resolved.
    async fn close_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: CloseTicketInput,
    ) -> Result<TicketPayload<CloseTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "close_ticket", &input)?;
        let done = closing::close_ticket(acting, ticket_id).await;
        Ok(payload(context, done)?)
    }

    /// Brings a resolved or closed ticket back, until some days after its resolution.
    async fn reopen_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: ReopenTicketInput,
    ) -> Result<TicketPayload<ReopenTicketErrorCode>> {
        let (acting, ticket_id) = begin(context, "reopen_ticket", &input)?;
        let done = closing::reopen_ticket(acting, ticket_id, input.reason.clone()).await;
        Ok(payload(context, done)?)
    }
}

/// Begins a mutation on a ticket.
///
/// # Errors
/// Why the request failed.
pub fn begin<'a>(
    context: &Context<'a>,
    name: &str,
    input: &impl AboutTicket,
) -> Result<(Acting<'a>, TicketId), ApiError> {
    let request = mutation::request(context, input.keys())?;
    let ticket_id = parse_id(input.ticket_id())?;
    Ok((Acting::new(data::<Desk>(context)?, request, name, input)?, ticket_id))
}

/// Shows what came of a mutation on a ticket.
///
/// # Errors
/// Why the request failed.
pub fn payload<C: async_graphql::OutputType>(
    context: &Context<'_>,
    done: Result<Executed, Failure<Rejection>>,
) -> Result<TicketPayload<C>, ApiError> {
    Ok(TicketPayload::new(mutation::outcome(data::<Desk>(context)?, done)?))
}
