//! API tokens: who may call the service, for how long and for what. Only a token's hash is known
//! here; the token itself is shown once, to the person it is made for.

pub mod decide;
pub mod events;
pub mod state;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::{Command, Rejection};
pub use events::{AccessEvent, Principal, Scope};
pub use state::ApiToken;

use crate::kernel::{Entity, Id};

/// The id of an API token; not a secret.
pub type ApiTokenId = Id<ApiToken>;

impl Entity for ApiToken {
    const NAME: &'static str = "ApiToken";
}

impl Aggregate for ApiToken {
    const TYPE: &'static str = "api_token";
    type Command = Command;
    type Event = AccessEvent;
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

    fn apply(&mut self, event: AccessEvent) {
        self.evolve(&event);
    }
}
