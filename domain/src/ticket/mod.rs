//! The ticket: one request for help, from opening to closing (rules T1 to T8).
//!
//! `events` is the storage format, `state` what a decision looks at, `decide` one function per
//! command, `rejection` the facts for which a command is refused. This file is only the adapter
//! through which `cqrs-es` drives them.

mod clocks;
pub mod command;
pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use clocks::fact;
pub use command::{Circumstances, Command};
pub use events::TicketEvent;
pub use rejection::Rejection;
pub use state::{Agreement, Status, Ticket};

use crate::kernel::{Entity, Id};

/// The id of a ticket.
pub type TicketId = Id<Ticket>;

impl Entity for Ticket {
    const NAME: &'static str = "Ticket";
}

/// One message of a ticket: a reply or a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message;

/// The id of a reply or note.
pub type MessageId = Id<Message>;

impl Entity for Message {
    const NAME: &'static str = "Message";
}

/// Time that was worked on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeEntry;

/// The id of a time entry.
pub type TimeEntryId = Id<TimeEntry>;

impl Entity for TimeEntry {
    const NAME: &'static str = "TimeEntry";
}

impl Aggregate for Ticket {
    const TYPE: &'static str = "ticket";
    type Command = (Command, Circumstances);
    type Event = TicketEvent;
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

    fn apply(&mut self, event: TicketEvent) {
        self.evolve(event);
    }
}
