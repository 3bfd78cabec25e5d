//! What is stored of a login, for ever. Storage format and nothing else.

use chrono_tz::Tz;
use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::SessionId;
use crate::access::Principal;
use crate::customer::CustomerId;
use crate::identity::PasswordId;
use crate::kernel::{Language, Personal};

/// A fact about how a person logs in.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum LoginEvent {
    /// The person can log in from now on.
    #[serde(rename = "login.opened")]
    #[strum(serialize = "login.opened")]
    Opened {
        /// The person.
        customer_id: CustomerId,
        /// The address that the person logs in with.
        address: Personal<String>,
        /// The password that counts.
        password_id: PasswordId,
        /// The language in which the person is written to.
        language: Language,
        /// The person's time zone.
        time_zone: Tz,
    },
    /// A person who is known already was sent an invitation, by which they can choose a password.
    #[serde(rename = "login.invited")]
    #[strum(serialize = "login.invited")]
    Invited {
        /// The person.
        person: Principal,
    },
    /// The person has taken up an invitation, and can log in from now on.
    #[serde(rename = "login.opened_on_invitation")]
    #[strum(serialize = "login.opened_on_invitation")]
    OpenedOnInvitation {
        /// The person.
        person: Principal,
        /// The address that the person logs in with.
        address: Personal<String>,
        /// The password that counts.
        password_id: PasswordId,
        /// The language in which the person is written to.
        language: Language,
        /// The person's time zone.
        time_zone: Tz,
    },
    /// The person has logged in.
    #[serde(rename = "login.session_started")]
    #[strum(serialize = "login.session_started")]
    SessionStarted {
        /// The session.
        session_id: SessionId,
        /// SHA-256 of the session's token, in lower-case hexadecimal.
        token_sha256: String,
        /// What the client said of itself.
        device: Personal<String>,
    },
    /// The session is no longer valid.
    #[serde(rename = "login.session_ended")]
    #[strum(serialize = "login.session_ended")]
    SessionEnded {
        /// The session.
        session_id: SessionId,
        /// Why.
        cause: SessionEnd,
    },
    /// The person has chosen another password, and knew the one before. Every other session has
    /// ended with it.
    #[serde(rename = "login.password_changed")]
    #[strum(serialize = "login.password_changed")]
    PasswordChanged {
        /// The password that counts from now on.
        password_id: PasswordId,
        /// The session that goes on, if it was changed within one.
        kept_session_id: Option<SessionId>,
    },
    /// The person has chosen another password, with a code that was sent to their address. Every
    /// session has ended with it.
    #[serde(rename = "login.password_reset")]
    #[strum(serialize = "login.password_reset")]
    PasswordReset {
        /// The password that counts from now on.
        password_id: PasswordId,
    },
    /// The person was erased: nobody can log in any more, and every session has ended (A3).
    #[serde(rename = "login.closed")]
    #[strum(serialize = "login.closed")]
    Closed,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person has logged out.
    LoggedOut,
    /// The person has ended it from another session or with a token, or they no longer work here.
    Revoked,
    /// The person has logged in again where it was, or in too many places.
    Replaced,
}

impl DomainEvent for LoginEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
