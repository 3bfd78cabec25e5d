//! What all mutations share: keys for safe retries, and refusals as data.

use std::str::FromStr;

use async_graphql::{Context, OutputType, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_eventlog::{Executed, Position};
use uuid::Uuid;

use crate::graphql::applications::eligibility::MissingCondition;
use crate::graphql::billing::codes as billing;
use crate::graphql::guards;
use crate::graphql::sla::mutations::{DefineCalendarErrorCode, DefineServiceLevelErrorCode};
use servicedesk_service::access::{RequestInfo, policy};
use servicedesk_service::desk::{CommandRequest, Desk};
use servicedesk_service::error::{ApiError, Failure};

/// Why nothing was recorded: an expected refusal, told as data.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(concrete(
    name = "DefineSupportTermsUserError",
    params(billing::DefineSupportTermsErrorCode)
))]
#[graphql(concrete(name = "CloseStatementUserError", params(billing::CloseStatementErrorCode)))]
#[graphql(concrete(name = "RecordPaymentUserError", params(billing::RecordPaymentErrorCode)))]
#[graphql(concrete(name = "ReversePaymentUserError", params(billing::ReversePaymentErrorCode)))]
#[graphql(concrete(name = "DefineCalendarUserError", params(DefineCalendarErrorCode)))]
#[graphql(concrete(name = "DefineServiceLevelUserError", params(DefineServiceLevelErrorCode)))]
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
    /// From when on the same may be allowed, where time alone stands against it.
    pub retry_at: Option<DateTime<Utc>>,
    /// What is missing, where a rule says so.
    pub missing: Option<Vec<MissingCondition>>,
}

/// What helps a client beside a refusal's code.
#[derive(Debug, Clone, Copy, Default)]
pub struct RefusalFacts {
    /// The input field at fault.
    pub field: Option<&'static str>,
    /// The most that is allowed.
    pub limit: Option<u64>,
    /// The moment that the refusal is about.
    pub until: Option<DateTime<Utc>>,
}

impl RefusalFacts {
    /// A refusal that is about one field of the input.
    pub fn of_field(field: &'static str) -> Self {
        Self { field: Some(field), ..Self::default() }
    }
}

impl<C: OutputType + FromStr> UserError<C> {
    /// A refusal with no further facts.
    ///
    /// # Errors
    /// `Internal`, where the code is not one that the mutation is known to give.
    pub fn plain(code: &str, message: &str) -> Result<Self, ApiError> {
        Self::with(code, message.to_owned(), RefusalFacts::default())
    }

    /// A refusal with the facts that help.
    ///
    /// # Errors
    /// `Internal`, where the code is not one that the mutation is known to give.
    pub fn with(code: &str, message: String, facts: RefusalFacts) -> Result<Self, ApiError> {
        let field = facts.field.map(|name| vec!["input".to_owned(), name.to_owned()]);
        let (limit, until) = (facts.limit, facts.until);
        let code = parse_code(code)?;
        Ok(Self { code, message, field, limit, until, retry_at: None, missing: None })
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

impl MutationKeys {
    /// Of a mutation on what has no version.
    pub const fn unversioned(idempotency_key: Option<Uuid>) -> Self {
        Self { idempotency_key, expected_version: None }
    }
}

/// Begins a mutation: who asks, and whether the token may be used for it.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub fn request<'a>(
    context: &Context<'a>,
    keys: MutationKeys,
) -> Result<CommandRequest<'a>, ApiError> {
    let caller = guards::caller(context)?;
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
