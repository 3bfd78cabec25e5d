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

use uuid::Uuid;

use crate::customer::CustomerId;
use crate::kernel::personal::PersonId;
use crate::kernel::{Actor, Entity, Id};
use crate::staff::StaffMemberId;

/// The id of an API token; not a secret.
pub type ApiTokenId = Id<ApiToken>;

impl Entity for ApiToken {
    const NAME: &'static str = "ApiToken";
}

impl Principal {
    /// The person's id.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Customer(id) => id.uuid(),
            Self::Staff(id) => id.uuid(),
        }
    }

    /// The originator of what the person does.
    pub const fn actor(self) -> Actor {
        match self {
            Self::Customer(id) => Actor::Customer(id),
            Self::Staff(id) => Actor::Staff(id),
        }
    }

    /// The customer, if it is one.
    pub const fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Customer(id) => Some(id),
            Self::Staff(_) => None,
        }
    }
}

impl From<CustomerId> for Principal {
    fn from(id: CustomerId) -> Self {
        Self::Customer(id)
    }
}

impl From<StaffMemberId> for Principal {
    fn from(id: StaffMemberId) -> Self {
        Self::Staff(id)
    }
}

impl From<Principal> for PersonId {
    fn from(principal: Principal) -> Self {
        match principal {
            Principal::Customer(id) => id.into(),
            Principal::Staff(id) => id.into(),
        }
    }
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
