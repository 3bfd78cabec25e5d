//! What is said over a WebSocket by the protocol `graphql-transport-ws`.

use axum::extract::ws::{self, CloseFrame, Utf8Bytes};
use serde::de::Error as _;
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
    pub(super) fn frame(self) -> ws::Message {
        let Self(code, mut reason) = self;
        while reason.len() > MAX_REASON {
            reason.pop();
        }
        ws::Message::Close(Some(CloseFrame { code, reason: reason.into() }))
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
pub(super) enum ClientMessage<'a> {
    ConnectionInit { payload: Value },
    Subscribe { id: String, payload: &'a RawValue },
    Complete { id: String },
    Ping { payload: Option<Value> },
    Pong,
}

/// A message as it is written. Its payload is not read yet.
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// What a request must look like to be one.
#[derive(Deserialize)]
struct RequestShape<'a> {
    #[serde(borrow)]
    query: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    /// Reads a message without its payload.
    ///
    /// # Errors
    /// The close code 4400, if it is none.
    pub(super) fn read(text: &'a str) -> Result<Self, Close> {
        // `serde` would read a list by position.
        if !text.trim_start().starts_with('{') {
            let problem = serde_json::Error::custom("a message is a JSON object");
            return Err(Close::bad_message(problem));
        }
        serde_json::from_str(text).map_err(Close::bad_message)
    }

    /// Whether it begins an operation.
    pub(super) fn is_operation(&self) -> bool {
        self.kind == "subscribe"
    }
}

impl<'a> ClientMessage<'a> {
    /// Reads a message with its payload.
    ///
    /// # Errors
    /// The close code 4400, if the protocol does not have it.
    pub(super) fn of(message: Message<'a>) -> Result<Self, Close> {
        let Message { kind, id, payload } = message;
        let id = || id.ok_or_else(|| Close::bad_message("the message has no id"));
        let value = |payload: Option<&RawValue>| {
            let read = payload.map(|payload| serde_json::from_str(payload.get())).transpose();
            read.map_err(Close::bad_message)
        };
        Ok(match kind.as_str() {
            "connection_init" => {
                Self::ConnectionInit { payload: value(payload)?.unwrap_or_default() }
            }
            "subscribe" => {
                let missing = || Close::bad_message("the message has no payload");
                let payload = payload.ok_or_else(missing)?;
                let shape: RequestShape<'_> =
                    serde_json::from_str(payload.get()).map_err(Close::bad_message)?;
                if shape.query.is_some_and(|query| !query.get().starts_with('"')) {
                    return Err(Close::bad_message("the query is a text"));
                }
                Self::Subscribe { id: id()?, payload }
            }
            "complete" => Self::Complete { id: id()? },
            "ping" => Self::Ping { payload: value(payload)? },
            "pong" => Self::Pong,
            _ => return Err(Close::bad_message(format_args!("unknown message type {kind:?}"))),
        })
    }
}

/// What a client is told.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
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

impl ServerMessage<'_> {
    pub(super) fn text(&self) -> Result<Utf8Bytes, Close> {
        let text = serde_json::to_string(self);
        text.map(Utf8Bytes::from).map_err(|error| Close::because(&ApiError::internal(&error)))
    }
}
