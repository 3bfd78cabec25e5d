//! A release: a version of a product, whose file customers with a licence download (R3).

pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;
pub mod version;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use uuid::Uuid;

pub use decide::Command;
pub use events::{ReleaseEvent, ReleaseFile};
pub use rejection::Rejection;
pub use state::Release;

use crate::catalogue::ProductId;
use crate::kernel::{Entity, Id};

/// The id of a release.
pub type ReleaseId = Id<Release>;

/// The id of a product's version: there is one release of each.
pub fn release_of(product_id: ProductId, version: &str) -> ReleaseId {
    ReleaseId::new(Uuid::new_v5(&product_id.uuid(), version.as_bytes()))
}

impl Entity for Release {
    const NAME: &'static str = "Release";
}

impl Aggregate for Release {
    const TYPE: &'static str = "release";
    type Command = Command;
    type Event = ReleaseEvent;
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

    fn apply(&mut self, event: ReleaseEvent) {
        self.evolve(event);
    }
}
