//! The payload of mutations on tickets, and their refusals.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use servicedesk_domain::ticket::rejection::TextField;
use servicedesk_domain::ticket::{MessageId, Rejection, TicketId};
use servicedesk_eventlog::Executed;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::{ApiError, Failure};
use servicedesk_service::ticket::messages::message;

use super::error::TicketError;
use super::overlap::OverlappedWork;
use super::timeline::{TimelineEntry, entry_of_message};
use super::types::{Ticket, visible};
use crate::graphql::mutation::{Outcome, Refusal, input_field, parse_code};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// The result of a mutation on a ticket.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TicketPayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

impl TicketPayload {
    /// The payload of a use case's result.
    ///
    /// # Errors
    /// Why the request failed.
    pub fn of<I>(
        context: &Context<'_>,
        done: Result<Executed, Failure<Rejection>>,
    ) -> Result<Payload<I, Self>> {
        Ok(Self { outcome: Outcome::of(context, done)? }.into())
    }
}

#[ComplexObject]
impl TicketPayload {
    /// The ticket, as changed. Null on a refusal.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(executed.position).await?;
        Ok(visible(context, TicketId::new(executed.aggregate_id)).await?)
    }
}

/// The result of a mutation that adds a message to a ticket.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct MessagePayload {
    #[graphql(flatten)]
    of_ticket: TicketPayload,
    #[graphql(skip)]
    message_id: MessageId,
}

impl MessagePayload {
    /// The payload of a use case's result.
    ///
    /// # Errors
    /// Why the request failed.
    pub fn of<I>(
        context: &Context<'_>,
        done: Result<Executed, Failure<Rejection>>,
        message_id: MessageId,
    ) -> Result<Payload<I, Self>> {
        let of_ticket = TicketPayload { outcome: Outcome::of(context, done)? };
        Ok(Self { of_ticket, message_id }.into())
    }
}

#[ComplexObject]
impl MessagePayload {
    /// The message, as an entry of the ticket's timeline. Null on a refusal.
    async fn entry(&self, context: &Context<'_>) -> Result<Option<TimelineEntry>> {
        let Some(executed) = self.of_ticket.outcome.executed else { return Ok(None) };
        let id = TicketId::new(executed.aggregate_id);
        Ok(entry_of_message(context, id, (executed.position, self.message_id)).await?)
    }
}

impl Refusal for Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = message(self, data::<RequestInfo>(context)?.language);
        Ok(ticket_error(self, message)?.into())
    }
}

/// A refusal with the facts that help.
///
/// # Errors
/// `Internal` if the schema lacks its code, which is a mistake in the program.
pub fn ticket_error(rejection: Rejection, message: String) -> Result<TicketError, ApiError> {
    let limit = match rejection {
        Rejection::TextTooLong { max, .. } | Rejection::TooManyFiles { max } => {
            u64::try_from(max).ok()
        }
        Rejection::TimeTooLong { max } => Some(max.into()),
        Rejection::ChargesNotAgreed { free_minutes_left } => Some(free_minutes_left.into()),
        _ => None,
    };
    let until = match rejection {
        Rejection::ReopenPeriodOver { until } | Rejection::PromiseTooFar { latest: until } => {
            Some(until)
        }
        Rejection::TimeTooOld { earliest } => Some(earliest),
        _ => None,
    };
    let overlap = match rejection {
        Rejection::WorkOverlaps { ticket_id, started_at, ended_at } => {
            Some(OverlappedWork { started_at, ended_at, ticket_id })
        }
        _ => None,
    };
    let field = field(rejection).map(input_field);
    Ok(TicketError { code: parse_code(rejection.code())?, message, field, limit, until, overlap })
}

/// The input field at fault, if a single one is.
fn field(rejection: Rejection) -> Option<&'static str> {
    match rejection {
        Rejection::TextEmpty(field)
        | Rejection::TextTooLong { field, .. }
        | Rejection::TextUnprintable(field) => Some(match field {
            TextField::CourtesyReason => "courtesyReason",
            TextField::OverlapReason => "overlapReason",
            other => other.into(),
        }),
        Rejection::TicketNotFound => Some("ticketId"),
        Rejection::CategoryNotFound => Some("categoryId"),
        Rejection::ProductNotFound => Some("productId"),
        Rejection::CustomerNotFound => Some("customerId"),
        Rejection::DepartmentNotFound => Some("departmentId"),
        Rejection::BadAmount(_) | Rejection::PriceChanged => Some("hourlyPrice"),
        Rejection::TooManyFiles { .. }
        | Rejection::FileNotFound
        | Rejection::FileNotStored
        | Rejection::FileAttached => Some("fileIds"),
        Rejection::PromiseNotInFuture | Rejection::PromiseTooFar { .. } => Some("promisedFor"),
        Rejection::TimeEntryNotFound
        | Rejection::TimeEntryOfAnother
        | Rejection::TimeEntryReversed
        | Rejection::AlreadyCourtesy => Some("timeEntryId"),
        _ => None,
    }
}
