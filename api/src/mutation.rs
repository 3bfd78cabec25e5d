//! What all mutations share: keys for safe retries, and refusals as data.

use std::str::FromStr;

use async_graphql::{Context, OutputType, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_eventlog::{Executed, Position};
use uuid::Uuid;

use crate::auth::{RequestInfo, policy};
use crate::desk::{CommandRequest, Desk};
use crate::error::{ApiError, Failure};
use crate::sla::graphql::mutations::{DefineCalendarErrorCode, DefineServiceLevelErrorCode};
use crate::staff::graphql::ShiftErrorCode;
use crate::ticket::graphql::codes;

/// Why nothing was recorded: an expected refusal, told as data.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(concrete(name = "OpenTicketUserError", params(codes::OpenTicketErrorCode)))]
#[graphql(concrete(name = "AcceptTicketUserError", params(codes::AcceptTicketErrorCode)))]
#[graphql(concrete(name = "AssignTicketUserError", params(codes::AssignTicketErrorCode)))]
#[graphql(concrete(name = "TransferTicketUserError", params(codes::TransferTicketErrorCode)))]
#[graphql(concrete(name = "JoinCollaboratorUserError", params(codes::JoinCollaboratorErrorCode)))]
#[graphql(concrete(name = "LeaveTicketUserError", params(codes::LeaveTicketErrorCode)))]
#[graphql(concrete(name = "AddReplyUserError", params(codes::AddReplyErrorCode)))]
#[graphql(concrete(name = "AddNoteUserError", params(codes::AddNoteErrorCode)))]
#[graphql(concrete(name = "AssessPriorityUserError", params(codes::AssessPriorityErrorCode)))]
#[graphql(concrete(
    name = "PromiseResolutionUserError",
    params(codes::PromiseResolutionErrorCode)
))]
#[graphql(concrete(name = "LogTimeUserError", params(codes::LogTimeErrorCode)))]
#[graphql(concrete(name = "CorrectTimeUserError", params(codes::CorrectTimeErrorCode)))]
#[graphql(concrete(name = "AwaitCustomerUserError", params(codes::AwaitCustomerErrorCode)))]
#[graphql(concrete(name = "ResumeTicketUserError", params(codes::ResumeTicketErrorCode)))]
#[graphql(concrete(name = "ResolveTicketUserError", params(codes::ResolveTicketErrorCode)))]
#[graphql(concrete(name = "CloseTicketUserError", params(codes::CloseTicketErrorCode)))]
#[graphql(concrete(name = "ReopenTicketUserError", params(codes::ReopenTicketErrorCode)))]
#[graphql(concrete(name = "RemeasureTicketUserError", params(codes::RemeasureTicketErrorCode)))]
#[graphql(concrete(name = "DefineCalendarUserError", params(DefineCalendarErrorCode)))]
#[graphql(concrete(name = "DefineServiceLevelUserError", params(DefineServiceLevelErrorCode)))]
#[graphql(concrete(name = "ShiftUserError", params(ShiftErrorCode)))]
pub struct UserError<C: OutputType> {
    /// The fact that forbids it.
    pub code: C,
    /// The same in the caller's language.
    pub message: String,
    /// The path of the input field at fault, where one is.
    pub field: Option<Vec<String>>,
    /// The most that is allowed, where the refusal is about a limit.
    pub limit: Option<u64>,
    /// The moment that the refusal is about, where there is one: until when it was possible, or
    /// the last one that can be named.
    pub until: Option<DateTime<Utc>>,
}

impl<C: OutputType + FromStr> UserError<C> {
    /// A refusal with no further facts.
    ///
    /// # Errors
    /// `Internal`, where the code is not one that the mutation is known to give.
    pub fn plain(code: &str, message: &str) -> Result<Self, ApiError> {
        let message = message.to_owned();
        let code = parse_code(code)?;
        Ok(Self { code, message, field: None, limit: None, until: None })
    }
}

/// Finds a code in the closed list of a mutation.
///
/// # Errors
/// `Internal`, where the list lacks it, which is a mistake in the program.
pub fn parse_code<C: FromStr>(code: &str) -> Result<C, ApiError> {
    code.parse().map_err(|_| {
        ApiError::internal(&format!("{code} is missing in {}", std::any::type_name::<C>()))
    })
}

/// What the caller says for safe retries.
#[derive(Debug, Clone, Copy)]
pub struct MutationKeys {
    /// Under the same key a repeat gets the first answer.
    pub idempotency_key: Option<Uuid>,
    /// The version that the caller has seen.
    pub expected_version: Option<i64>,
}

/// Begins a mutation: who asks, and whether the token may be used for it.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub fn request<'a>(
    context: &Context<'a>,
    keys: MutationKeys,
) -> Result<CommandRequest<'a>, ApiError> {
    let caller = policy::caller(context)?;
    policy::may_write(caller)?;
    let info = context.data::<RequestInfo>().map_err(|error| ApiError::internal(&error.message))?;
    Ok(CommandRequest {
        caller,
        request_id: info.request_id,
        idempotency_key: keys.idempotency_key,
        expected_version: keys.expected_version,
    })
}

/// What came of a mutation: something recorded, or a refusal.
#[derive(Debug, Clone)]
pub struct Outcome<R> {
    /// What was done, where it was.
    pub executed: Option<Executed>,
    /// Why not, where it was refused.
    pub rejection: Option<R>,
    /// The position of what was recorded, or the log's head where nothing was.
    pub position: Position,
}

/// Tells a refusal, which is data, from a failure, which is an error.
///
/// # Errors
/// Why the request failed.
pub fn outcome<R>(desk: &Desk, done: Result<Executed, Failure<R>>) -> Result<Outcome<R>, ApiError> {
    match done {
        Ok(executed) => {
            Ok(Outcome { position: executed.position, executed: Some(executed), rejection: None })
        }
        Err(Failure::Rejected(rejection)) => {
            Ok(Outcome { executed: None, rejection: Some(rejection), position: desk.log.head() })
        }
        Err(Failure::Request(error)) => Err(error),
    }
}
