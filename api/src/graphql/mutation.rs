//! What all mutations share: who acts, keys for safe retries, and refusals as data.

use std::str::FromStr;

use async_graphql::{Context, InputObject, InputType, SimpleObject};
use serde::Serialize;
use servicedesk_eventlog::{Executed, Position};
use servicedesk_service::access::{RequestInfo, policy};
use servicedesk_service::acting::Acting;
use servicedesk_service::desk::{CommandRequest, Desk};
use servicedesk_service::error::{ApiError, Failure};
use uuid::Uuid;

use super::guards;
use super::payload::verb;
use super::query::data;
use super::relay::EventPosition;
use super::user_error::UserError;

/// The key for a safe retry, part of every input.
#[derive(Debug, Clone, Copy, InputObject, Serialize)]
pub struct RetryKey {
    /// A key of the caller's choice. A repeat with the same key returns the first outcome and
    /// records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// The keys for a safe retry and against a lost update, part of every input about something that
/// has a version.
#[derive(Debug, Clone, Copy, InputObject, Serialize)]
pub struct VersionedKeys {
    /// A key of the caller's choice. A repeat with the same key returns the first outcome and
    /// records nothing.
    pub idempotency_key: Option<Uuid>,
    /// The version that the caller has seen. If it is another one by now, nothing is recorded and
    /// the request fails with `CONFLICT`.
    pub expected_version: Option<i64>,
}

impl From<RetryKey> for VersionedKeys {
    fn from(key: RetryKey) -> Self {
        Self { idempotency_key: key.idempotency_key, expected_version: None }
    }
}

/// Begins a mutation: who acts, and under which keys. What tells two requests with one key apart
/// is the whole input.
///
/// # Errors
/// `Unauthenticated` without a valid token, `Forbidden` if the token may not be used for
/// mutations.
pub fn begin<'a, I: InputType + Serialize>(
    context: &Context<'a>,
    input: &I,
    keys: impl Into<VersionedKeys>,
) -> Result<Acting<'a>, ApiError> {
    let caller = guards::caller(context)?;
    policy::may_write(caller)?;
    let VersionedKeys { idempotency_key, expected_version } = keys.into();
    let request = CommandRequest {
        caller,
        request_id: data::<RequestInfo>(context)?.request_id,
        idempotency_key,
        expected_version,
    };
    Acting::new(data::<Desk>(context)?, request, &verb::<I>(), input)
}

/// The part that all payloads share.
#[derive(SimpleObject)]
pub struct Outcome {
    /// Why nothing was recorded. Empty on success.
    pub user_errors: Vec<UserError>,
    /// The log position of what was recorded; on a refusal, that of the log's last event.
    pub position: EventPosition,
    /// What was carried out. Nothing on a refusal.
    #[graphql(skip)]
    pub executed: Option<Executed>,
}

/// A rule's refusal, shown to the caller as data.
pub trait Refusal {
    /// The refusal as GraphQL shows it.
    ///
    /// # Errors
    /// `Internal` if the schema lacks its code, which is a mistake in the program.
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError>;
}

impl Outcome {
    /// Tells a refusal, which is data, from a failure, which is an error.
    ///
    /// # Errors
    /// Why the request failed.
    pub fn of<R: Refusal>(
        context: &Context<'_>,
        done: Result<Executed, Failure<R>>,
    ) -> Result<Self, ApiError> {
        match done {
            Ok(executed) => Ok(Self::recorded(executed)),
            Err(Failure::Rejected(refusal)) => Self::refused(context, refusal),
            Err(Failure::Request(error)) => Err(error),
        }
    }

    /// Something was recorded.
    pub const fn recorded(executed: Executed) -> Self {
        let position = EventPosition(executed.position);
        Self { user_errors: Vec::new(), position, executed: Some(executed) }
    }

    /// A rule refused it.
    ///
    /// # Errors
    /// `Internal` if the schema lacks the refusal's code.
    pub fn refused(context: &Context<'_>, refusal: impl Refusal) -> Result<Self, ApiError> {
        let head: Position = data::<Desk>(context)?.log.head();
        let user_errors = vec![refusal.shown(context)?];
        Ok(Self { user_errors, position: EventPosition(head), executed: None })
    }
}

/// Finds a code in a feature's closed list.
///
/// # Errors
/// `Internal` if the list lacks it, which is a mistake in the program.
pub fn parse_code<C: FromStr>(code: &str) -> Result<C, ApiError> {
    code.parse().map_err(|_| {
        ApiError::internal(&format!("{code} is missing in {}", std::any::type_name::<C>()))
    })
}

/// The path of an input field.
pub fn input_field(name: &str) -> Vec<String> {
    vec!["input".to_owned(), name.to_owned()]
}
