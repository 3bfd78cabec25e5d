//! An application: a customer asks for free advisors, or for the download of what they rent or have
//! bought (rules F1, F2, F8, R1, R2). What an account may get, the account decides.

pub mod clocks;
pub mod command;
pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use command::{Circumstances, Command};
pub use events::{ApplicationEvent, Request};
pub use rejection::Rejection;
pub use state::{Application, Status};

use crate::kernel::{Entity, Id};

/// The id of an application.
pub type ApplicationId = Id<Application>;

impl Entity for Application {
    const NAME: &'static str = "Application";
}

impl Aggregate for Application {
    const TYPE: &'static str = "application";
    type Command = (Command, Circumstances);
    type Event = ApplicationEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        (command, circumstances): (Command, Circumstances),
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Rejection> {
        for event in decide::decide(self, command, &circumstances)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: ApplicationEvent) {
        self.evolve(event);
    }
}
