//! Inputs of mutations on logging in. Passwords and codes are part of no fingerprint of a request:
//! what is stored of those could be guessed at.

use async_graphql::{ID, InputObject};
use serde::Serialize;
use uuid::Uuid;

use crate::graphql::catalogue::Language;
use crate::graphql::mutation::RetryKey;

/// Registers a new customer.
#[derive(Clone, InputObject)]
pub struct RegisterInput {
    /// The e-mail address, to log in with. A code is sent to it.
    pub email: String,
    /// The password, of 8 to 256 characters. The most common ones are refused.
    pub password: String,
    /// The name that staff sees, of at most 200 characters.
    pub name: String,
    /// The language of messages to the person. By default that of the request.
    pub language: Option<Language>,
    /// The person's time zone by its IANA name, for example `Europe/Moscow`, which is the default.
    pub time_zone: Option<String>,
}

/// Confirms an e-mail address.
#[derive(Clone, InputObject)]
pub struct ConfirmEmailInput {
    /// The code that was sent to the address.
    pub code: String,
    /// The password with which the person has registered. It shows that it is they who confirm.
    pub password: String,
}

/// Logs a customer in.
#[derive(Clone, InputObject)]
pub struct LogInInput {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Logs the caller out.
#[derive(Clone, InputObject)]
pub struct LogOutInput {
    /// Not needed: logging out twice does nothing twice.
    pub idempotency_key: Option<Uuid>,
}

/// Asks for a code with which another password can be chosen.
#[derive(Clone, InputObject)]
pub struct RequestPasswordResetInput {
    /// The e-mail address of the account.
    pub email: String,
}

/// Chooses another password with a code.
#[derive(Clone, InputObject)]
pub struct ResetPasswordInput {
    /// The code that was sent to the address.
    pub code: String,
    /// The new password, of 8 to 256 characters. The most common ones are refused.
    pub password: String,
}

/// Changes the caller's password.
#[derive(Clone, InputObject, Serialize)]
pub struct ChangePasswordInput {
    /// The password until now.
    #[serde(skip)]
    pub current_password: String,
    /// The new password, of 8 to 256 characters. The most common ones are refused.
    #[serde(skip)]
    pub new_password: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// Ends one of the caller's sessions.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RevokeSessionInput {
    /// The session.
    pub session_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// Ends the caller's sessions but the one in which they ask.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RevokeOtherSessionsInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}
