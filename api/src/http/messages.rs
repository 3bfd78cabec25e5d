//! What is said over a WebSocket by the protocol `graphql-transport-ws`.

use async_graphql::Request;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use servicedesk_service::error::ApiError;

/// The longest reason that fits into a closing frame.
const MAX_REASON: usize = 123;

/// Why a connection is closed: a code of the protocol, and a word to people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close(pub(super) u16, pub(super) String);

impl Close {
    pub(super) fn bad_message(problem: impl std::fmt::Display) -> Self {
        Self(4400, problem.to_string())
    }

    /// The closing frame.
    pub(super) fn frame(self) -> Message {
        let Self(code, mut reason) = self;
        while reason.len() > MAX_REASON {
            reason.pop();
        }
        Message::Close(Some(CloseFrame { code, reason: reason.into() }))
    }

    pub(super) fn because(error: &ApiError) -> Self {
        match error {
            ApiError::Unauthenticated | ApiError::Forbidden(_) => Self(4403, error.to_string()),
            ApiError::BadUserInput(_) => Self(4400, error.to_string()),
            ApiError::Throttled => Self(1013, error.to_string()),
            _ => Self(1011, error.to_string()),
        }
    }
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Said {
    ConnectionInit {
        #[serde(default)]
        payload: Value,
    },
    Subscribe {
        id: String,
        payload: Box<Request>,
    },
    Complete {
        id: String,
    },
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    Pong {},
}

/// What a client is told.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Told<'a> {
    ConnectionAck,
    Ping,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    Next {
        id: &'a str,
        payload: Box<RawValue>,
    },
    Error {
        id: &'a str,
        payload: Box<RawValue>,
    },
    Complete {
        id: &'a str,
    },
}

impl Told<'_> {
    pub(super) fn text(&self) -> Result<Utf8Bytes, Close> {
        let text = serde_json::to_string(self);
        text.map(Utf8Bytes::from).map_err(|error| Close::because(&ApiError::internal(&error)))
    }
}
