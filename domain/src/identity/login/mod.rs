//! A person's login: which password counts, and which sessions last.

pub mod decide;
pub mod events;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::Command;
pub use events::{LoginEvent, SessionEnd};
pub use state::Login;

use super::Rejection;
use crate::access::Principal;
use crate::kernel::{Entity, Id};

/// The id of a login, which is its person's.
pub type LoginId = Id<Login>;

/// A session: a client that a person has logged in with.
#[derive(Debug, Clone, Copy)]
pub struct Session;

/// The id of a session; not a secret.
pub type SessionId = Id<Session>;

impl Entity for Session {
    const NAME: &'static str = "Session";
}

impl Entity for Login {
    const NAME: &'static str = "Login";
}

/// The login of a person.
pub fn login_of(person: impl Into<Principal>) -> LoginId {
    LoginId::new(person.into().uuid())
}

impl Aggregate for Login {
    const TYPE: &'static str = "login";
    type Command = Command;
    type Event = LoginEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Rejection> {
        for event in decide::decide(self, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: LoginEvent) {
        self.evolve(&event);
    }
}
