//! The terms of support: what an hour costs and how much is free. They are policy with versions,
//! and work is settled by the version that was in force when it was done.

pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::{Command, Ledgers, Proposal};
pub use events::{Terms, TermsEvent};
pub use rejection::Rejection;
pub use state::{InForce, SupportTerms, Version};

use crate::kernel::{Entity, Id};

/// The id of the terms of support, of which there is one.
pub type SupportTermsId = Id<SupportTerms>;

impl Entity for SupportTerms {
    const NAME: &'static str = "SupportTerms";
}

/// The id of the one history of terms.
pub fn support_terms_id() -> SupportTermsId {
    SupportTermsId::named("default")
}

impl Aggregate for SupportTerms {
    const TYPE: &'static str = "support_terms";
    type Command = Command;
    type Event = TermsEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Rejection> {
        for event in decide::decide(self, &command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: TermsEvent) {
        self.evolve(&event);
    }
}
