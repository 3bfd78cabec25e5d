//! Mutations on tickets.

use async_graphql::{Context, Object, Result};
use servicedesk_service::ticket::opening::OpenTicket;
use servicedesk_service::ticket::{closing, conversation, handling, measuring, opening};

use super::inputs::{
    AcceptTicketInput, AcknowledgeAnswerInput, AddNoteInput, AddReplyInput, AssessPriorityInput,
    AssignTicketInput, AwaitCustomerInput, CloseTicketInput, JoinCollaboratorInput,
    LeaveTicketInput, OpenTicketInput, PromiseResolutionInput, RemeasureTicketInput,
    ReopenTicketInput, ResolveTicketInput, ResumeTicketInput, TransferTicketInput, files,
};
use super::payload::{MessagePayload, TicketPayload};
use crate::graphql::mutation;
use crate::graphql::payload::Payload;
use crate::graphql::relay::parse_id;

/// Mutations on tickets.
#[derive(Default)]
pub struct TicketMutation;

#[Object]
impl TicketMutation {
    /// Opens a ticket. It goes to the departments of its category, and to an agent there if one is
    /// available.
    async fn open_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: OpenTicketInput,
    ) -> Result<Payload<OpenTicketInput, TicketPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let open = OpenTicket {
            customer_id: input.customer_id.as_ref().map(parse_id).transpose()?,
            category_id: parse_id(&input.category_id)?,
            product_id: parse_id(&input.product_id)?,
            priority: input.priority.map(Into::into),
            files: files(context, input.file_ids.as_ref())?,
            subject: input.subject,
            text: input.text,
        };
        TicketPayload::of(context, opening::open_ticket(acting, open).await)
    }

    /// Accepts a ticket that waits in a queue of the caller's departments, or that was assigned to
    /// the caller.
    async fn accept_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AcceptTicketInput,
    ) -> Result<Payload<AcceptTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, handling::accept_ticket(acting, id).await)
    }

    /// Assigns a ticket to an agent, who must then accept it.
    async fn assign_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AssignTicketInput,
    ) -> Result<Payload<AssignTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(
            context,
            handling::assign_ticket(acting, id, parse_id(&input.assignee_id)?, input.reason).await,
        )
    }

    /// Transfers a ticket to another department. The assignment policy picks an agent there if one
    /// is available.
    async fn transfer_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: TransferTicketInput,
    ) -> Result<Payload<TransferTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(
            context,
            handling::transfer_ticket(acting, id, parse_id(&input.department_id)?, input.reason)
                .await,
        )
    }

    /// Adds another agent to a ticket.
    async fn join_collaborator(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: JoinCollaboratorInput,
    ) -> Result<Payload<JoinCollaboratorInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let collaborator_id = input.staff_member_id.as_ref().map(parse_id).transpose()?;
        TicketPayload::of(context, handling::join_collaborator(acting, id, collaborator_id).await)
    }

    /// The caller leaves a ticket that they had joined.
    async fn leave_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: LeaveTicketInput,
    ) -> Result<Payload<LeaveTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, handling::leave_ticket(acting, id).await)
    }

    /// Adds a public message. A customer's reply ends the waiting for them.
    async fn add_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AddReplyInput,
    ) -> Result<Payload<AddReplyInput, MessagePayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let files = files(context, input.file_ids.as_ref())?;
        let message_id = conversation::new_message_id(&acting);
        let done = conversation::add_reply(acting, id, input.text, files).await;
        MessagePayload::of(context, done, message_id)
    }

    /// Adds an internal note. The customer never sees it.
    async fn add_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AddNoteInput,
    ) -> Result<Payload<AddNoteInput, MessagePayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let files = files(context, input.file_ids.as_ref())?;
        let message_id = conversation::new_message_id(&acting);
        let done = conversation::add_note(acting, id, input.text, files).await;
        MessagePayload::of(context, done, message_id)
    }

    /// Sets the priority of a ticket. The queue is ordered by it.
    async fn assess_priority(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AssessPriorityInput,
    ) -> Result<Payload<AssessPriorityInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(
            context,
            handling::assess_priority(acting, id, input.priority.into()).await,
        )
    }

    /// Promises the customer a date by which the ticket will be resolved.
    async fn promise_resolution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: PromiseResolutionInput,
    ) -> Result<Payload<PromiseResolutionInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(
            context,
            handling::promise_resolution(acting, id, input.promised_for).await,
        )
    }

    /// Notes that the caller has looked at what the customer answered after the resolution. The
    /// ticket leaves the queue. A reply or closing by staff, and reopening, do the same. For staff.
    async fn acknowledge_answer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AcknowledgeAnswerInput,
    ) -> Result<Payload<AcknowledgeAnswerInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, conversation::acknowledge_answer(acting, id).await)
    }

    /// Pauses work until the customer answers. Time until then does not count as processing time.
    async fn await_customer(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: AwaitCustomerInput,
    ) -> Result<Payload<AwaitCustomerInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, conversation::await_customer(acting, id).await)
    }

    /// Resumes work without the customer's answer.
    async fn resume_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ResumeTicketInput,
    ) -> Result<Payload<ResumeTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, conversation::resume_ticket(acting, id).await)
    }

    /// Resolves a ticket. It can be reopened for some days, then it closes by itself.
    async fn resolve_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ResolveTicketInput,
    ) -> Result<Payload<ResolveTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        let outcome = input.outcome.map_or_else(Default::default, Into::into);
        TicketPayload::of(
            context,
            closing::resolve_ticket(acting, id, outcome, input.summary).await,
        )
    }

    /// Closes a ticket. Customers can close theirs at any time, staff only once it is resolved.
    async fn close_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CloseTicketInput,
    ) -> Result<Payload<CloseTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, closing::close_ticket(acting, id).await)
    }

    /// Reopens a resolved or closed ticket, up to some days after its resolution.
    async fn reopen_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: ReopenTicketInput,
    ) -> Result<Payload<ReopenTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, closing::reopen_ticket(acting, id, input.reason).await)
    }

    /// Measures a ticket's service level again, by the calendar and targets in force now. The result
    /// replaces what was measured before. Only this changes what was measured. For managers.
    async fn remeasure_ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RemeasureTicketInput,
    ) -> Result<Payload<RemeasureTicketInput, TicketPayload>> {
        let (acting, id) = input.ticket.begin(context, &input)?;
        TicketPayload::of(context, measuring::remeasure_ticket(acting, id, input.reason).await)
    }
}
