//! One function per command on a support account; [`decide`] only dispatches.

mod payments;
mod splitting;
mod statements;
mod work;

use chrono::NaiveDate;

pub use payments::{MAX_CENTS, MAX_DAYS};

use super::PaymentId;
use super::events::{AccountEvent, CreditBasis};
use super::rejection::Rejection;
use super::state::SupportAccount;
use crate::billing::terms::{InForce, Version};
use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::kernel::{AmountProblem, Moment, Money, Month};
use crate::licensing::LicenceId;
use crate::staff::StaffMemberId;
use crate::ticket::events::Charging;
use crate::ticket::{TicketId, TimeEntryId};

/// A command on a support account.
#[derive(Debug, Clone)]
pub enum Command {
    /// A licence was granted.
    OpenPackage {
        /// The licence.
        licence_id: LicenceId,
        /// For which product.
        product_id: ProductId,
        /// From when it is valid.
        valid_from: Moment,
        /// Until when.
        valid_until: Option<Moment>,
    },
    /// A rental was renewed.
    ExtendPackage {
        /// The licence.
        licence_id: LicenceId,
        /// Until when it is valid now.
        valid_until: Moment,
    },
    /// A licence was revoked.
    EndPackage {
        /// The licence.
        licence_id: LicenceId,
        /// From when it is not valid.
        ended_at: Moment,
    },
    /// Time was logged.
    Settle(Work),
    /// Logged time was taken back, or marked as courtesy.
    Credit {
        /// The time entry.
        entry_id: TimeEntryId,
        /// Why.
        basis: CreditBasis,
    },
    /// A month's statement is to be final.
    CloseStatement {
        /// Which month.
        month: Month,
        /// The month that it is now.
        current: Month,
    },
    /// The customer paid.
    RecordPayment(Payment),
    /// A payment no longer counts.
    ReversePayment {
        /// Which payment.
        payment_id: PaymentId,
        /// Why.
        reason: String,
        /// Whose payment it is.
        customer_id: CustomerId,
        /// The most characters of a reason.
        most_characters: usize,
    },
}

/// Time that was logged on a ticket, with the terms in force while the work was done.
#[derive(Debug, Clone)]
pub struct Work {
    /// The time entry.
    pub entry_id: TimeEntryId,
    /// On which ticket.
    pub ticket_id: TicketId,
    /// For which product.
    pub product_id: ProductId,
    /// Who worked.
    pub staff_member_id: StaffMemberId,
    /// When the work began.
    pub started_at: Moment,
    /// When it ended.
    pub worked_at: Moment,
    /// For how many minutes.
    pub minutes: u32,
    /// What may be charged of it.
    pub charging: Charging,
    /// The terms.
    pub terms: InForce,
}

/// A payment as somebody says it was received.
#[derive(Debug, Clone)]
pub struct Payment {
    /// The id of the new payment.
    pub payment_id: PaymentId,
    /// Whose it is, as far as there is such a customer.
    pub customer_id: Result<CustomerId, Rejection>,
    /// How much, as far as it is an amount of money.
    pub amount: Result<Money, AmountProblem>,
    /// On which day.
    pub received_on: NaiveDate,
    /// How to find it in the bank's books.
    pub reference: String,
    /// The most characters of a reference.
    pub most_characters: usize,
    /// The version of the terms in force, which names currency and time zone.
    pub version: Version,
    /// Now.
    pub at: Moment,
}

/// What a decision gives.
pub type Decision = Result<Vec<AccountEvent>, Rejection>;

/// Decides a command on a support account.
///
/// # Errors
/// The [`Rejection`] that the rules B1 to B5 give; nothing is to be recorded then.
pub fn decide(account: &SupportAccount, command: Command) -> Decision {
    match command {
        Command::OpenPackage { licence_id, product_id, valid_from, valid_until } => {
            Ok(work::open_package(account, licence_id, product_id, valid_from, valid_until))
        }
        Command::ExtendPackage { licence_id, valid_until } => {
            Ok(work::extend_package(account, licence_id, valid_until))
        }
        Command::EndPackage { licence_id, ended_at } => {
            Ok(work::end_package(account, licence_id, ended_at))
        }
        Command::Settle(work) => Ok(work::settle(account, &work)),
        Command::Credit { entry_id, basis } => work::credit(account, entry_id, basis),
        Command::CloseStatement { month, current } => statements::close(account, month, current),
        Command::RecordPayment(payment) => payments::record(account, &payment),
        Command::ReversePayment { payment_id, reason, customer_id, most_characters } => {
            payments::reverse(account, payment_id, &reason, customer_id, most_characters)
        }
    }
}

/// How many minutes of some work the customer has free, by what was settled until now.
pub fn free_minutes_of(account: &SupportAccount, work: Work) -> u32 {
    let work = Work { charging: Charging::FreeOnly, ..work };
    let free = |event: AccountEvent| match event {
        AccountEvent::WorkSettled { settlement, .. } => settlement.free_minutes(),
        _ => 0,
    };
    work::settle(account, &work).into_iter().map(free).fold(0, u32::saturating_add)
}
