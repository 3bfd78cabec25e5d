//! What every mutation on a ticket gives: the ticket, the refusals, and the log position.

use std::marker::PhantomData;
use std::str::FromStr;

use async_graphql::{Context, Object, OutputType, Result};
use servicedesk_domain::ticket::rejection::TextField;
use servicedesk_domain::ticket::{Rejection, TicketId};

use super::codes::{
    AcceptTicketErrorCode, AddNoteErrorCode, AddReplyErrorCode, AssessPriorityErrorCode,
    AssignTicketErrorCode, AwaitCustomerErrorCode, CloseTicketErrorCode, JoinCollaboratorErrorCode,
    LeaveTicketErrorCode, OpenTicketErrorCode, PromiseResolutionErrorCode,
    RemeasureTicketErrorCode, ReopenTicketErrorCode, ResolveTicketErrorCode, ResumeTicketErrorCode,
    TransferTicketErrorCode,
};
use super::types::{Ticket, visible};
use crate::graphql::old_mutation::{Outcome, UserError, parse_code};
use crate::graphql::query::data;
use crate::graphql::relay::EventPosition;
use crate::graphql::ticket::work_codes::{
    AgreeToChargesErrorCode, AllowChargesErrorCode, AskForAgreementErrorCode, CorrectTimeErrorCode,
    LogTimeErrorCode, MarkCourtesyErrorCode,
};
use servicedesk_service::access::RequestInfo;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::ticket::messages::message;

/// What came of a mutation on a ticket; `C` is the closed list of its refusals.
pub struct TicketPayload<C> {
    outcome: Outcome<Rejection>,
    shows: Shows,
    codes: PhantomData<fn() -> C>,
}

/// What the ticket in a payload shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// The change itself.
    Change,
    /// What was drawn and charged for it as well.
    Settlement,
}

impl<C> TicketPayload<C> {
    /// Wraps what came of it.
    pub const fn new(outcome: Outcome<Rejection>) -> Self {
        Self { outcome, shows: Shows::Change, codes: PhantomData }
    }

    /// The ticket in it is to show what was drawn and charged as well.
    #[must_use]
    pub const fn with_settlement(self) -> Self {
        Self { shows: Shows::Settlement, ..self }
    }
}

/// What came of the mutation.
#[Object(
    concrete(name = "OpenTicketPayload", params(OpenTicketErrorCode)),
    concrete(name = "AcceptTicketPayload", params(AcceptTicketErrorCode)),
    concrete(name = "AssignTicketPayload", params(AssignTicketErrorCode)),
    concrete(name = "TransferTicketPayload", params(TransferTicketErrorCode)),
    concrete(name = "JoinCollaboratorPayload", params(JoinCollaboratorErrorCode)),
    concrete(name = "LeaveTicketPayload", params(LeaveTicketErrorCode)),
    concrete(name = "AddReplyPayload", params(AddReplyErrorCode)),
    concrete(name = "AddNotePayload", params(AddNoteErrorCode)),
    concrete(name = "AssessPriorityPayload", params(AssessPriorityErrorCode)),
    concrete(name = "PromiseResolutionPayload", params(PromiseResolutionErrorCode)),
    concrete(name = "LogTimePayload", params(LogTimeErrorCode)),
    concrete(name = "CorrectTimePayload", params(CorrectTimeErrorCode)),
    concrete(name = "MarkCourtesyPayload", params(MarkCourtesyErrorCode)),
    concrete(name = "AskForAgreementPayload", params(AskForAgreementErrorCode)),
    concrete(name = "AgreeToChargesPayload", params(AgreeToChargesErrorCode)),
    concrete(name = "AllowChargesPayload", params(AllowChargesErrorCode)),
    concrete(name = "AwaitCustomerPayload", params(AwaitCustomerErrorCode)),
    concrete(name = "ResumeTicketPayload", params(ResumeTicketErrorCode)),
    concrete(name = "ResolveTicketPayload", params(ResolveTicketErrorCode)),
    concrete(name = "CloseTicketPayload", params(CloseTicketErrorCode)),
    concrete(name = "ReopenTicketPayload", params(ReopenTicketErrorCode)),
    concrete(name = "RemeasureTicketPayload", params(RemeasureTicketErrorCode))
)]
impl<C: OutputType + FromStr> TicketPayload<C>
where
    UserError<C>: OutputType,
{
    /// The ticket with the change in it; none where it was refused.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        let desk = data::<Desk>(context)?;
        match self.shows {
            Shows::Change => desk.consistent_with(executed.position).await?,
            Shows::Settlement => desk.settled_if_soon(executed.position).await?,
        }
        Ok(visible(context, TicketId::new(executed.aggregate_id)).await?)
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        let language = data::<RequestInfo>(context)?.language;
        let told = |rejection| user_error(rejection, message(rejection, language));
        Ok(self.outcome.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

fn user_error<C: OutputType + FromStr>(
    rejection: Rejection,
    message: String,
) -> Result<UserError<C>, ApiError> {
    let field = match rejection {
        Rejection::TextEmpty(TextField::CourtesyReason)
        | Rejection::TextTooLong { field: TextField::CourtesyReason, .. }
        | Rejection::TextUnprintable(TextField::CourtesyReason) => {
            Some("courtesyReason".to_owned())
        }
        Rejection::TextEmpty(field)
        | Rejection::TextTooLong { field, .. }
        | Rejection::TextUnprintable(field) => Some(field.to_string()),
        Rejection::TicketNotFound => Some("ticketId".to_owned()),
        Rejection::CategoryNotFound => Some("categoryId".to_owned()),
        Rejection::ProductNotFound => Some("productId".to_owned()),
        Rejection::CustomerNotFound => Some("customerId".to_owned()),
        Rejection::DepartmentNotFound => Some("departmentId".to_owned()),
        Rejection::PriceChanged => Some("hourlyPrice".to_owned()),
        Rejection::PromiseNotInFuture | Rejection::PromiseTooFar { .. } => {
            Some("promisedFor".to_owned())
        }
        Rejection::TimeEntryNotFound
        | Rejection::TimeEntryOfAnother
        | Rejection::TimeEntryReversed
        | Rejection::AlreadyCourtesy => Some("timeEntryId".to_owned()),
        _ => None,
    };
    let limit = match rejection {
        Rejection::TextTooLong { max, .. } => u64::try_from(max).ok(),
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
    let code = parse_code(rejection.code())?;
    let field = field.map(|name| vec!["input".to_owned(), name]);
    Ok(UserError { code, message, field, limit, until, retry_at: None, missing: None })
}
