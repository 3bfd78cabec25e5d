//! Why mutations on logging in are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Context, Enum, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::identity::Rejection;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::error::ApiError;
use servicedesk_service::identity::messages::message;
use strum::{EnumString, IntoStaticStr};

use crate::graphql::mutation::{Refusal, input_field, parse_code};
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// An expected refusal of a mutation on logging in. None tells whether somebody has an account.
#[derive(Debug, Clone, SimpleObject)]
pub struct AccountError {
    /// The fact that forbids it.
    pub code: AccountErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
    /// From when on the next attempt is heard. Null if it is not about attempts.
    pub retry_at: Option<DateTime<Utc>>,
}

/// Why a mutation on logging in is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountErrorCode {
    /// It is no e-mail address. Addresses outside of ASCII are not taken.
    EmailInvalid,
    /// Somebody else has confirmed the address in the meantime.
    EmailTaken,
    /// The name has not 1 to 200 printable characters.
    NameInvalid,
    /// The password has fewer than 8 characters.
    PasswordTooShort,
    /// The password has more than 256 characters.
    PasswordTooLong,
    /// The password is one of the most common ones.
    PasswordCommon,
    /// There is no such account, or its password is another.
    WrongCredentials,
    /// The code was never sent, was used, has expired, or was ended by a change of the password.
    CodeInvalid,
    /// There were too many attempts. `retryAt` says when the next is heard.
    TooManyAttempts,
    /// The account has no password: the vendor has made it.
    LoginNotFound,
    /// The person can log in already.
    LoginExists,
    /// The person does not exist or no longer works here.
    PersonNotFound,
    /// The caller has no such session, or it has ended.
    SessionNotFound,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[AccountErrorCode])] = {
    use AccountErrorCode as Code;
    &[
        (
            "register",
            &[
                Code::EmailInvalid,
                Code::NameInvalid,
                Code::PasswordTooShort,
                Code::PasswordTooLong,
                Code::PasswordCommon,
                Code::TooManyAttempts,
            ],
        ),
        (
            "confirmEmail",
            &[Code::CodeInvalid, Code::WrongCredentials, Code::EmailTaken, Code::TooManyAttempts],
        ),
        ("inviteCustomer", &[Code::EmailInvalid, Code::EmailTaken, Code::NameInvalid]),
        ("inviteStaffMember", &[Code::EmailInvalid, Code::EmailTaken]),
        (
            "sendInvitation",
            &[Code::EmailInvalid, Code::EmailTaken, Code::PersonNotFound, Code::LoginExists],
        ),
        (
            "acceptInvitation",
            &[
                Code::CodeInvalid,
                Code::EmailTaken,
                Code::PasswordTooShort,
                Code::PasswordTooLong,
                Code::PasswordCommon,
                Code::TooManyAttempts,
            ],
        ),
        ("logOut", &[]),
        ("logIn", &[Code::EmailInvalid, Code::WrongCredentials, Code::TooManyAttempts]),
        ("requestPasswordReset", &[Code::EmailInvalid, Code::TooManyAttempts]),
        (
            "resetPassword",
            &[
                Code::CodeInvalid,
                Code::PasswordTooShort,
                Code::PasswordTooLong,
                Code::PasswordCommon,
                Code::TooManyAttempts,
            ],
        ),
        (
            "changePassword",
            &[
                Code::LoginNotFound,
                Code::WrongCredentials,
                Code::PasswordTooShort,
                Code::PasswordTooLong,
                Code::PasswordCommon,
                Code::TooManyAttempts,
            ],
        ),
        ("revokeSession", &[Code::LoginNotFound, Code::SessionNotFound]),
        ("revokeOtherSessions", &[Code::LoginNotFound]),
    ]
};

impl Refusal for Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = message(self, data::<RequestInfo>(context)?.language);
        let field = match self {
            Self::EmailInvalid => Some("email"),
            Self::NameInvalid(_) => Some("name"),
            Self::CodeInvalid => Some("code"),
            Self::PersonNotFound => Some("personId"),
            Self::SessionNotFound => Some("sessionId"),
            _ => None,
        };
        let retry_at = match self {
            Self::TooManyAttempts { retry_at } => Some(retry_at),
            _ => None,
        };
        let (code, field) = (parse_code(self.code())?, field.map(input_field));
        Ok(AccountError { code, message, field, retry_at }.into())
    }
}
