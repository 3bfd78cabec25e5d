//! Why something about logging in is refused.

use serde::{Deserialize, Serialize};

use crate::kernel::{Moment, TextProblem};

/// Why something about logging in is refused. Nothing here tells whether somebody else has an
/// account.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    thiserror::Error,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Rejection {
    /// It is no e-mail address.
    #[error("this is not an e-mail address")]
    EmailInvalid,
    /// Somebody else has confirmed the address in the meantime.
    #[error("the e-mail address belongs to another account by now")]
    EmailTaken,
    /// The name is empty, too long or unprintable.
    #[error("the name must have 1 to 200 printable characters")]
    NameInvalid(TextProblem),
    /// Shorter than anybody should use.
    #[error("the password must have at least 8 characters")]
    PasswordTooShort,
    /// Longer than anybody needs.
    #[error("the password must have at most 256 characters")]
    PasswordTooLong,
    /// One of those that are tried first.
    #[error("the password is one of the most common ones; choose another")]
    PasswordCommon,
    /// There is no such account, or its password is another.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// The code was never sent, has been used, has expired, or a newer fact has ended it.
    #[error("the code is not valid or no longer valid")]
    CodeInvalid,
    /// There were too many attempts.
    #[error("there were too many attempts; try again later")]
    TooManyAttempts {
        /// From when on the next is heard.
        retry_at: Moment,
    },
    /// The person has no password: an operator has registered them.
    #[error("the account has no password yet")]
    LoginNotFound,
    /// The person has a login already.
    #[error("the account already has a password")]
    LoginExists,
    /// The password that was checked is no longer the one that counts.
    #[error("the password was changed in the meantime")]
    PasswordReplaced,
    /// There is no such person to invite.
    #[error("the person does not exist")]
    PersonNotFound,
    /// The person has no such session, or it has ended.
    #[error("the session does not exist or has ended")]
    SessionNotFound,
}

impl Rejection {
    /// The public code, for example `WRONG_CREDENTIALS`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}
