//! A customer's support account: the free packages that their licences bring, what was drawn from
//! them, what was charged, their statements and payments (rules B1 to B5).
//!
//! There is one per customer, because that is where everything must agree: which free minute is
//! drawn by whom, and which statement a line stands on. Work comes in from tickets in the order in
//! which it was recorded.

pub mod decide;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::Command;
pub use events::AccountEvent;
pub use rejection::Rejection;
pub use state::SupportAccount;

use crate::customer::CustomerId;
use crate::kernel::{Entity, Id};

/// The id of a support account, which is its customer's.
pub type SupportAccountId = Id<SupportAccount>;

impl Entity for SupportAccount {
    const NAME: &'static str = "SupportAccount";
}

/// The id of a customer's account.
pub const fn account_of(customer_id: CustomerId) -> SupportAccountId {
    SupportAccountId::new(customer_id.uuid())
}

/// Money that a customer paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment;

/// The id of a payment.
pub type PaymentId = Id<Payment>;

impl Entity for Payment {
    const NAME: &'static str = "Payment";
}

impl Aggregate for SupportAccount {
    const TYPE: &'static str = "support_account";
    type Command = Command;
    type Event = AccountEvent;
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

    fn apply(&mut self, event: AccountEvent) {
        self.evolve(event);
    }
}
