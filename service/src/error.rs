//! The only mapping of faults to what a caller is told. Expected refusals are data in a payload;
//! what is here becomes a top-level GraphQL error with `extensions.code`.

use servicedesk_eventlog::{DbError, ExecuteError};
use servicedesk_projections::Fault;
use servicedesk_projections::runner::WaitError;

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No token, or one that is worth nothing.
    #[error("a valid token is needed")]
    Unauthenticated,
    /// The caller may not do or see this.
    #[error("this is not allowed: {0}")]
    Forbidden(&'static str),
    /// The request is malformed.
    #[error("{0}")]
    BadUserInput(String),
    /// The caller has asked for too much, or everybody has.
    #[error("too much was asked for; try again later")]
    Throttled,
    /// Others changed the same thing at every attempt. Nothing was recorded.
    #[error("too many others are changing the same thing now; nothing was recorded, so try again")]
    Contended,
    /// The thing is not as the caller has seen it.
    #[error("it has changed since: it is at version {current}")]
    Conflict {
        /// Its version now.
        current: i64,
    },
    /// Something failed that is not the caller's fault. What exactly is in the log, under the
    /// request's id.
    #[error("something failed on our side")]
    Internal,
}

impl ApiError {
    /// The public code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::BadUserInput(_) => "BAD_USER_INPUT",
            Self::Throttled => "THROTTLED",
            Self::Contended => "UNAVAILABLE",
            Self::Conflict { .. } => "CONFLICT",
            Self::Internal => "INTERNAL",
        }
    }

    /// Logs what failed, and gives what the caller is told of it. The log line stands in the
    /// request's span, which carries the request's id.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        metrics::counter!("servicedesk_internal_errors").increment(1);
        Self::Internal
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        Self::internal(&fault)
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        Self::internal(&error)
    }
}

impl From<WaitError> for ApiError {
    fn from(error: WaitError) -> Self {
        Self::internal(&error)
    }
}

/// Why a use case was not carried out: a rule refused it, or the request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure<R> {
    /// A rule refused it. Data to the caller.
    Rejected(R),
    /// Anything else.
    Request(ApiError),
}

impl<R> From<ApiError> for Failure<R> {
    fn from(error: ApiError) -> Self {
        Self::Request(error)
    }
}

impl<R> From<Fault> for Failure<R> {
    fn from(fault: Fault) -> Self {
        Self::Request(fault.into())
    }
}

impl<R: std::fmt::Display> From<ExecuteError<R>> for Failure<R> {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Rejected(rejection) => Self::Rejected(rejection),
            ExecuteError::Stale { actual } => Self::Request(ApiError::Conflict { current: actual }),
            ExecuteError::IdReused => Self::Request(ApiError::BadUserInput(
                "the idempotencyKey was used for another request".to_owned(),
            )),
            ExecuteError::Contended => Self::Request(ApiError::Contended),
            ExecuteError::Fault(what) => Self::Request(ApiError::internal(&what)),
        }
    }
}
