//! A licence: the right of a customer to run a product. Every valid one brings free support (B1).

pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::Command;
pub use events::{KeyVerdict, LicenceEvent, LicenceKind};
pub use rejection::Rejection;
pub use state::Licence;

use crate::kernel::{Entity, Id};

/// The id of a licence.
pub type LicenceId = Id<Licence>;

impl Entity for Licence {
    const NAME: &'static str = "Licence";
}

impl Aggregate for Licence {
    const TYPE: &'static str = "licence";
    type Command = Command;
    type Event = LicenceEvent;
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

    fn apply(&mut self, event: LicenceEvent) {
        self.evolve(&event);
    }
}
