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
    /// It says something about a person who was erased. Nothing was recorded.
    #[error("the person was erased, and nothing more can be recorded about them")]
    Erased,
    /// Others changed the same thing at every attempt. Nothing was recorded.
    #[error("too many others are changing the same thing now; nothing was recorded, so try again")]
    Contended,
    /// The thing is not as the caller has seen it.
    #[error("it has changed since: it is at version {current}")]
    Conflict {
        /// Its version now.
        current: i64,
    },
    /// The database cannot be reached or is too slow. Whether a command was recorded is unknown.
    #[error(
        "the database is not available; repeat the request under the same idempotencyKey, which \
         does nothing twice"
    )]
    Unavailable,
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
            Self::Erased => "ERASED",
            Self::Conflict { .. } => "CONFLICT",
            Self::Contended | Self::Unavailable => "UNAVAILABLE",
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

    /// Logs why the database is not available, and gives what the caller is told of it.
    pub fn unavailable(error: &dyn std::fmt::Display) -> Self {
        tracing::warn!(%error, "a request met a database that is not available");
        metrics::counter!("servicedesk_unavailable_errors").increment(1);
        Self::Unavailable
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Db(error) => error.into(),
            fault => Self::internal(&fault),
        }
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        if error.is_unavailable() { Self::unavailable(&error) } else { Self::internal(&error) }
    }
}

impl From<WaitError> for ApiError {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::Db(error) => error.into(),
            // What was to be seen is recorded, so the same request shows it later.
            behind @ WaitError::Behind { .. } => Self::unavailable(&behind),
        }
    }
}

/// For what is read, and for commands that no rule refuses.
impl<R: std::fmt::Display> From<ExecuteError<R>> for ApiError {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Unavailable(what) => Self::unavailable(&what),
            ExecuteError::Erased => Self::Erased,
            error => Self::internal(&error),
        }
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
            ExecuteError::Erased => Self::Request(ApiError::Erased),
            error @ (ExecuteError::Unavailable(_) | ExecuteError::Fault(_)) => {
                Self::Request(error.into())
            }
        }
    }
}
