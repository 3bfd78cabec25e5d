//! What accounting does on a customer's account: statements and payments (B5).

use chrono::NaiveDate;
use servicedesk_domain::billing::account::decide::Payment;
use servicedesk_domain::billing::account::{Command, Rejection, account_of};
use servicedesk_domain::billing::{PaymentId, SupportAccount};
use servicedesk_domain::customer::{Customer, CustomerId};
use servicedesk_domain::kernel::{AmountProblem, Money, Month};
use servicedesk_eventlog::{Executed, reader};

use super::terms;
use crate::access::policy;
use crate::acting::Acting;
use crate::error::{ApiError, Failure};

type Done = Result<Executed, Failure<Rejection>>;

/// Money that a customer paid.
#[derive(Debug, Clone)]
pub struct Received {
    /// The amount, or why what was given is not one.
    pub amount: Result<Money, AmountProblem>,
    /// The day on which it was received.
    pub received_on: NaiveDate,
    /// The payment's reference in the bank's records.
    pub reference: String,
}

/// Closes a month's statement. Whatever was logged before is on it.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn close_statement(acting: Acting<'_>, customer_id: CustomerId, month: Month) -> Done {
    policy::acting_accountant(acting.caller)?;
    let desk = acting.desk;
    let version = terms::for_request(&desk.log, acting.now()).await?;
    let known = existing(acting, customer_id).await?;
    if known.is_ok() {
        let head = reader::head(desk.log.db()).await.map_err(ApiError::from)?;
        desk.reactions.wait_for(head, desk.patience).await.map_err(ApiError::from)?;
    }
    let current = version.month_of(acting.now());
    let command = known.map(|_| Command::CloseStatement { month, current });
    let id = account_of(customer_id).uuid();
    acting.execute::<SupportAccount>(id, command.map_err(Failure::Rejected)).await
}

/// Records money that a customer paid.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn record_payment(
    acting: Acting<'_>,
    customer_id: CustomerId,
    received: Received,
) -> Done {
    policy::acting_accountant(acting.caller)?;
    let payment = Payment {
        payment_id: new_payment_id(&acting),
        customer_id: existing(acting, customer_id).await?,
        amount: received.amount,
        received_on: received.received_on,
        reference: received.reference,
        most_characters: acting.desk.catalogue().await?.ticket_policy.reason_characters,
        version: terms::for_request(&acting.desk.log, acting.now()).await?,
        at: acting.now(),
    };
    let id = account_of(customer_id).uuid();
    acting.execute::<SupportAccount>(id, Ok(Command::RecordPayment(payment))).await
}

/// The id of the payment that [`record_payment`] records.
pub fn new_payment_id(acting: &Acting<'_>) -> PaymentId {
    acting.new_id("payment")
}

/// Reverses a payment: it no longer counts.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn reverse_payment(
    acting: Acting<'_>,
    customer_id: CustomerId,
    payment_id: PaymentId,
    reason: String,
) -> Done {
    policy::acting_accountant(acting.caller)?;
    let most_characters = acting.desk.catalogue().await?.ticket_policy.reason_characters;
    let command = Command::ReversePayment { payment_id, reason, customer_id, most_characters };
    acting.execute::<SupportAccount>(account_of(customer_id).uuid(), Ok(command)).await
}

/// The customer, if there is such a one.
async fn existing(
    acting: Acting<'_>,
    id: CustomerId,
) -> Result<Result<CustomerId, Rejection>, ApiError> {
    // The books go on when their customer was erased.
    let customer = acting.desk.log.load_recent::<Customer>(id.uuid()).await;
    let (customer, _) = customer.map_err(ApiError::from)?;
    Ok(if customer.is_registered() { Ok(id) } else { Err(Rejection::CustomerNotFound) })
}
