//! A file that a person sends: requested, stored, attached to a ticket, or discarded (T2).

pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::Command;
pub use events::{Attachment, DiscardReason, FileEvent, Place, Uploader};
pub use rejection::Rejection;
pub use state::File;

use crate::kernel::{Entity, Id};

/// The id of a file.
pub type FileId = Id<File>;

impl Entity for File {
    const NAME: &'static str = "File";
}

impl Aggregate for File {
    const TYPE: &'static str = "file";
    type Command = Command;
    type Event = FileEvent;
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

    fn apply(&mut self, event: FileEvent) {
        self.evolve(event);
    }
}
