//! A login as decisions see one.

use serde::{Deserialize, Serialize};

use super::SessionId;
use super::events::LoginEvent;
use crate::access::Principal;
use crate::identity::PasswordId;
use crate::kernel::{Language, Personal};

/// A login.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Login {
    /// The person, since when they can log in.
    pub person: Option<Principal>,
    /// The address that the person logs in with.
    pub address: Option<Personal<String>>,
    /// The language in which the person is written to.
    pub language: Language,
    /// The password that counts.
    pub password_id: PasswordId,
    /// The sessions that were not ended, the oldest first. One that nobody has used for too long
    /// is among them: when that is, is not in the log.
    pub sessions: Vec<SessionId>,
    /// Whether the person was erased.
    pub is_closed: bool,
}

impl Login {
    /// Folds one event in.
    pub fn evolve(&mut self, event: &LoginEvent) {
        match event {
            LoginEvent::Opened { customer_id, address, password_id, language, .. } => {
                self.person = Some((*customer_id).into());
                self.address = Some(address.clone());
                self.password_id = *password_id;
                self.language = *language;
            }
            LoginEvent::OpenedOnInvitation { person, address, password_id, language, .. } => {
                self.person = Some(*person);
                self.address = Some(address.clone());
                self.password_id = *password_id;
                self.language = *language;
            }
            LoginEvent::Invited { .. } => {}
            LoginEvent::SessionStarted { session_id, .. } => self.sessions.push(*session_id),
            LoginEvent::SessionEnded { session_id, .. } => {
                self.sessions.retain(|session| session != session_id);
            }
            LoginEvent::PasswordChanged { password_id, kept_session_id } => {
                self.password_id = *password_id;
                self.sessions.retain(|session| Some(*session) == *kept_session_id);
            }
            LoginEvent::PasswordReset { password_id } => {
                self.password_id = *password_id;
                self.sessions.clear();
            }
            LoginEvent::Closed => {
                self.sessions.clear();
                self.is_closed = true;
            }
        }
    }
}
