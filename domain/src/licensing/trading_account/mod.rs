//! A trading account: what is known of it, and the free advisors granted on it (rules F3 to F5, F7).
//!
//! There is one per broker and number, whichever customer applies for it, because it alone decides what is
//! granted on it: two customers at two servers cannot both get what the rule allows once.

pub mod decide;
pub mod eligibility;
pub mod events;
pub mod rejection;
pub mod state;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;

pub use decide::Command;
pub use events::TradingAccountEvent;
pub use rejection::Rejection;
pub use state::TradingAccount;

use super::AccountNumber;
use crate::catalogue::BrokerId;
use crate::kernel::{Entity, Id};

/// The id of a trading account.
pub type TradingAccountId = Id<TradingAccount>;

impl Entity for TradingAccount {
    const NAME: &'static str = "TradingAccount";
}

/// The id of the account with this broker under this number. Zeros before a number make it no
/// other account.
pub fn trading_account_of(broker_id: BrokerId, number: &AccountNumber) -> TradingAccountId {
    TradingAccountId::named(&format!("{broker_id}/{}", number.without_zeros()))
}

/// Something that shows what is on an account, or whether it is traded on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence;

/// The id of evidence.
pub type EvidenceId = Id<Evidence>;

impl Entity for Evidence {
    const NAME: &'static str = "Evidence";
}

impl Aggregate for TradingAccount {
    const TYPE: &'static str = "trading_account";
    type Command = Command;
    type Event = TradingAccountEvent;
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

    fn apply(&mut self, event: TradingAccountEvent) {
        self.evolve(event);
    }
}
