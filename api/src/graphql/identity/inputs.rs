//! Inputs of mutations on logging in. Passwords and codes are part of no fingerprint of a request:
//! what is stored of those could be guessed at.

use async_graphql::{ID, InputObject};
use chrono_tz::Tz;
use serde::Serialize;
use servicedesk_domain::kernel::Language as DomainLanguage;
use servicedesk_service::error::ApiError;
use servicedesk_service::identity::invitations::Invitation;
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

/// Logs somebody in.
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

/// Invites a new customer.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct InviteCustomerInput {
    /// The customer's name, of at most 200 characters.
    pub name: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) invitation: InvitationInput,
}

/// Invites somebody who is known already and cannot log in yet.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct SendInvitationInput {
    /// The customer or the member of staff.
    pub person_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) invitation: InvitationInput,
}

/// Where an invitation goes, and how the person is written to.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct InvitationInput {
    /// The e-mail address. The invitation is sent to it, and the person logs in with it.
    email: String,
    /// The language of messages to the person. By default that of the request.
    language: Option<Language>,
    /// The person's time zone by its IANA name. `Europe/Moscow` by default.
    time_zone: Option<String>,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

impl InvitationInput {
    /// The invitation, in the language of the request if none is named.
    pub(super) fn read(&self, language: DomainLanguage) -> Result<Invitation, ApiError> {
        Ok(Invitation {
            email: self.email.clone(),
            language: self.language.map_or(language, Into::into),
            time_zone: read_zone(self.time_zone.as_deref())?,
        })
    }
}

/// Takes up an invitation.
#[derive(Clone, InputObject)]
pub struct AcceptInvitationInput {
    /// The code that was sent to the address.
    pub code: String,
    /// The password, of 8 to 256 characters. The most common ones are refused.
    pub password: String,
}

/// The time zone of this name, or without one the vendor's.
///
/// # Errors
/// `BadUserInput` if there is no such time zone.
pub fn read_zone(name: Option<&str>) -> Result<Tz, ApiError> {
    let Some(name) = name else { return Ok(Tz::Europe__Moscow) };
    name.parse().map_err(|_| ApiError::BadUserInput(format!("{name:?} is not a time zone")))
}
