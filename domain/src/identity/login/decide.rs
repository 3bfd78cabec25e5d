//! Decisions about a person's login.

use chrono_tz::Tz;

use super::SessionId;
use super::events::{LoginEvent, SessionEnd};
use super::state::Login;
use crate::access::Principal;
use crate::customer::CustomerId;
use crate::identity::{PasswordId, Rejection};
use crate::kernel::{Language, Personal};

/// How many sessions a person may have; one more ends the oldest.
pub const MAX_SESSIONS: usize = 50;

/// A command on a login.
#[derive(Debug, Clone)]
pub enum Command {
    /// The person can log in from now on.
    Open(Open),
    /// The person is sent an invitation.
    Invite {
        /// The person.
        person: Principal,
    },
    /// See [`OpenOnInvitation`].
    OpenOnInvitation(OpenOnInvitation),
    /// The person has shown their password.
    StartSession(StartSession),
    /// A session is no longer wanted.
    EndSession {
        /// Which.
        session_id: SessionId,
        /// Why.
        cause: SessionEnd,
    },
    /// No session is wanted but one.
    EndOtherSessions {
        /// The one that goes on.
        kept_session_id: Option<SessionId>,
    },
    /// The person has shown their password and chosen another.
    ChangePassword {
        /// The one that was shown.
        shown: PasswordId,
        /// The one that was chosen.
        chosen: PasswordId,
        /// The session in which it happens.
        kept_session_id: Option<SessionId>,
    },
    /// The person has shown a code that was sent to their address, and chosen a password.
    ResetPassword {
        /// The password that counted when the code was sent. Any change since has ended the code,
        /// so it works once.
        sent_for: PasswordId,
        /// The one that was chosen.
        chosen: PasswordId,
    },
    /// The person was erased.
    Close,
}

/// The person can log in from now on.
#[derive(Debug, Clone)]
pub struct Open {
    /// The person.
    pub customer_id: CustomerId,
    /// The address that the person logs in with.
    pub address: Personal<String>,
    /// The password that counts.
    pub password_id: PasswordId,
    /// The language in which the person is written to.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: Tz,
}

/// The person has taken up an invitation, and can log in from now on.
#[derive(Debug, Clone)]
pub struct OpenOnInvitation {
    /// The person.
    pub person: Principal,
    /// The address that the person logs in with.
    pub address: Personal<String>,
    /// The password that counts.
    pub password_id: PasswordId,
    /// The language in which the person is written to.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: Tz,
}

/// The person has shown their password.
#[derive(Debug, Clone)]
pub struct StartSession {
    /// The password that was shown.
    pub shown: PasswordId,
    /// The session's id.
    pub session_id: SessionId,
    /// SHA-256 of the session's token, in lower-case hexadecimal.
    pub token_sha256: String,
    /// What the client said of itself.
    pub device: String,
    /// The session that the same client had until now. It ends, so that a token that somebody else
    /// put there is worth nothing afterwards.
    pub replaced: Option<SessionId>,
}

/// Decides a command on a login.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(login: &Login, command: Command) -> Result<Vec<LoginEvent>, Rejection> {
    match command {
        Command::Open(open) => self::open(login, open),
        Command::Invite { .. } if login.person.is_some() => Err(Rejection::LoginExists),
        Command::Invite { person } => Ok(vec![LoginEvent::Invited { person }]),
        Command::OpenOnInvitation(open) => Ok(open_on_invitation(login, open)),
        Command::StartSession(start) => start_session(login, start),
        Command::EndSession { session_id, cause } => {
            opened(login)?;
            if !login.sessions.contains(&session_id) {
                return Err(Rejection::SessionNotFound);
            }
            Ok(vec![LoginEvent::SessionEnded { session_id, cause }])
        }
        Command::EndOtherSessions { kept_session_id } => {
            opened(login)?;
            let others = login.sessions.iter().filter(|one| Some(**one) != kept_session_id);
            Ok(others.map(|one| ended(*one, SessionEnd::Revoked)).collect())
        }
        Command::ChangePassword { shown, chosen, kept_session_id } => {
            counts(login, shown)?;
            Ok(vec![LoginEvent::PasswordChanged { password_id: chosen, kept_session_id }])
        }
        Command::ResetPassword { sent_for, chosen } => {
            counts(login, sent_for)?;
            Ok(vec![LoginEvent::PasswordReset { password_id: chosen }])
        }
        Command::Close if login.person.is_none() || login.is_closed => Ok(Vec::new()),
        Command::Close => Ok(vec![LoginEvent::Closed]),
    }
}

fn open(login: &Login, open: Open) -> Result<Vec<LoginEvent>, Rejection> {
    if login.person.is_some() {
        return Err(Rejection::LoginExists);
    }
    let Open { customer_id, address, password_id, language, time_zone } = open;
    Ok(vec![LoginEvent::Opened { customer_id, address, password_id, language, time_zone }])
}

/// Who took up two invitations at the same moment has one login, with the address that came first.
fn open_on_invitation(login: &Login, open: OpenOnInvitation) -> Vec<LoginEvent> {
    if login.person.is_some() {
        return Vec::new();
    }
    let OpenOnInvitation { person, address, password_id, language, time_zone } = open;
    vec![LoginEvent::OpenedOnInvitation { person, address, password_id, language, time_zone }]
}

fn start_session(login: &Login, start: StartSession) -> Result<Vec<LoginEvent>, Rejection> {
    let person = counts(login, start.shown)?;
    let StartSession { session_id, token_sha256, device, replaced, .. } = start;
    let of_this_client = login.sessions.iter().filter(|one| Some(**one) == replaced);
    let mut ending: Vec<SessionId> = of_this_client.copied().collect();
    let others = login.sessions.iter().filter(|one| Some(**one) != replaced);
    let excess = (others.clone().count() + 1).saturating_sub(MAX_SESSIONS);
    ending.extend(others.take(excess));
    let mut events: Vec<LoginEvent> =
        ending.into_iter().map(|one| ended(one, SessionEnd::Replaced)).collect();
    let device = Personal::new(person, device);
    events.push(LoginEvent::SessionStarted { session_id, token_sha256, device });
    Ok(events)
}

const fn ended(session_id: SessionId, cause: SessionEnd) -> LoginEvent {
    LoginEvent::SessionEnded { session_id, cause }
}

/// The person, if they can log in.
fn opened(login: &Login) -> Result<Principal, Rejection> {
    login.person.filter(|_| !login.is_closed).ok_or(Rejection::LoginNotFound)
}

/// The person, if this is the password that counts.
fn counts(login: &Login, shown: PasswordId) -> Result<Principal, Rejection> {
    let person = opened(login)?;
    if login.password_id == shown { Ok(person) } else { Err(Rejection::PasswordReplaced) }
}
