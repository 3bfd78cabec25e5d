//! What accounting and managers can do: terms, statements and payments.

use chrono::NaiveDate;
use serde::Serialize;
use servicedesk_domain::billing::account::decide::Payment;
use servicedesk_domain::billing::account::{self, account_of};
use servicedesk_domain::billing::terms::{self as terms_rules, Ledgers, Proposal};
use servicedesk_domain::billing::{PaymentId, SupportAccount, SupportTerms, support_terms_id};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{AmountProblem, Moment, Money, Month};
use servicedesk_eventlog::{Executed, reader};
use servicedesk_projections::billing::support_accounts;
use uuid::Uuid;

use super::terms;
use crate::access::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

/// Defines the terms of support from a moment on.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn define_terms(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    proposal: Proposal,
    in_force_from: Option<Moment>,
) -> Result<Executed, Failure<terms_rules::Rejection>> {
    policy::acting_manager(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, "defineSupportTerms", content, at)?;
    let ledgers = ledgers(desk).await?;
    let command = terms_rules::Command::Define { proposal, in_force_from, ledgers, at };
    let id = support_terms_id().uuid();
    Ok(desk.log.execute::<SupportTerms>(id, command, context).await?)
}

/// Whether anything was settled or paid, with everything that was recorded until now.
async fn ledgers(desk: &Desk) -> Result<Ledgers, ApiError> {
    desk.settled(reader::head(desk.log.db()).await?).await?;
    let is_used = support_accounts::any_amounts(desk.log.db()).await?;
    Ok(if is_used { Ledgers::InUse } else { Ledgers::Empty })
}

/// Something that accounting does on a customer's account.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A month's statement is to be final.
    CloseStatement {
        /// Which month.
        month: Month,
    },
    /// The customer paid.
    RecordPayment {
        /// How much, as far as it is an amount of money.
        amount: Result<Money, AmountProblem>,
        /// On which day.
        received_on: NaiveDate,
        /// How to find it in the bank's books.
        reference: String,
    },
    /// A payment counts no more.
    ReversePayment {
        /// Which payment.
        payment_id: PaymentId,
        /// Why.
        reason: String,
    },
}

/// Does something on a customer's account (B5).
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn enter(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    customer_id: CustomerId,
    entry: Entry,
) -> Result<Executed, Failure<account::Rejection>> {
    policy::acting_accountant(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, name, content, at)?;
    let id = account_of(customer_id).uuid();
    let version = terms::for_request(&desk.log, at).await?;
    let known = if desk.has_customer(customer_id).await? {
        Ok(customer_id)
    } else {
        Err(account::Rejection::CustomerNotFound)
    };
    let most_characters = desk.catalogue().await?.ticket_policy.reason_characters;
    let command = match entry {
        Entry::CloseStatement { month } => {
            if let Err(rejection) = known {
                return Ok(desk.log.refuse::<SupportAccount>(id, rejection, context).await?);
            }
            // Whatever was logged before is to stand on it.
            let head = reader::head(desk.log.db()).await.map_err(ApiError::from)?;
            desk.reactions.wait_for(head, desk.patience).await.map_err(ApiError::from)?;
            account::Command::CloseStatement { month, current: version.month_of(at) }
        }
        Entry::RecordPayment { amount, received_on, reference } => {
            let payment_id = PaymentId::new(Uuid::new_v5(&context.command_id.id, b"payment"));
            account::Command::RecordPayment(Payment {
                payment_id,
                customer_id: known,
                amount,
                received_on,
                reference,
                most_characters,
                version,
                at,
            })
        }
        Entry::ReversePayment { payment_id, reason } => {
            account::Command::ReversePayment { payment_id, reason, customer_id, most_characters }
        }
    };
    Ok(desk.log.execute::<SupportAccount>(id, command, context).await?)
}
