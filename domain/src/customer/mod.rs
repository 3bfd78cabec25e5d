//! Customers: registered persons who open tickets.

pub mod decide;
pub mod events;
pub mod state;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::{Command, Erase, Rejection};
pub use events::{CustomerEvent, ErasureBasis};
pub use state::Customer;

use crate::kernel::{Entity, Id};

/// The id of a customer.
pub type CustomerId = Id<Customer>;

impl Entity for Customer {
    const NAME: &'static str = "Customer";
}

impl Aggregate for Customer {
    const TYPE: &'static str = "customer";
    type Command = Command;
    type Event = CustomerEvent;
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

    fn apply(&mut self, event: CustomerEvent) {
        self.evolve(event);
    }
}
