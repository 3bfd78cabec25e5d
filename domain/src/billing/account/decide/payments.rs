//! Payments: recorded by accounting, and reversed where they were wrong.

use chrono::TimeDelta;

use super::{Decision, Payment};
use crate::billing::account::PaymentId;
use crate::billing::account::events::AccountEvent;
use crate::billing::account::rejection::Rejection;
use crate::billing::account::state::SupportAccount;
use crate::customer::CustomerId;
use crate::kernel::{Form, Month, Personal, Text};

/// The most cents of one payment.
pub const MAX_CENTS: i64 = 1_000_000_000;
/// How many days ago a payment may have been received when it is recorded: ten years.
pub const MAX_DAYS: i64 = 3_653;

/// Records money that came in. A payment that is there already gives no event.
pub(super) fn record(account: &SupportAccount, payment: &Payment) -> Decision {
    let customer_id = payment.customer_id?;
    if account.payments.contains_key(&payment.payment_id) {
        return Ok(Vec::new());
    }
    let amount = payment.amount.map_err(Rejection::BadAmount)?;
    if !(1..=MAX_CENTS).contains(&amount.cents) {
        return Err(Rejection::AmountOutOfRange { max_cents: MAX_CENTS });
    }
    let currency = payment.version.terms.hourly_price.currency;
    if amount.currency != currency {
        return Err(Rejection::OtherCurrency { currency });
    }
    let latest = payment.at.with_timezone(&payment.version.terms.time_zone).date_naive();
    let earliest = latest.checked_sub_signed(TimeDelta::days(MAX_DAYS)).unwrap_or(latest);
    let received_on = payment.received_on;
    if !(earliest..=latest).contains(&received_on) {
        return Err(Rejection::DateOutOfRange { earliest, latest });
    }
    let reference = Form::Line
        .parse(&payment.reference, payment.most_characters)
        .map_err(Rejection::BadReference)?;
    let reference = Personal::new(customer_id, reference.into_string());
    let payment_id = payment.payment_id;
    let billed_in = account.statement_for(Month::of_day(received_on));
    Ok(vec![AccountEvent::PaymentRecorded {
        payment_id,
        amount,
        received_on,
        reference,
        billed_in,
    }])
}

/// Takes a payment out of the account, and says why.
pub(super) fn reverse(
    account: &SupportAccount,
    payment_id: PaymentId,
    reason: &str,
    customer_id: CustomerId,
    most_characters: usize,
) -> Decision {
    let payment = account.payments.get(&payment_id).ok_or(Rejection::PaymentNotFound)?;
    if payment.reversed_in.is_some() {
        return Err(Rejection::PaymentReversed);
    }
    let reason = Text::parse(reason, most_characters).map_err(Rejection::BadReason)?;
    let reason = Personal::new(customer_id, reason.into_string());
    let (amount, billed_in) = (payment.amount, account.statement_for(payment.billed_in));
    Ok(vec![AccountEvent::PaymentReversed { payment_id, amount, reason, billed_in }])
}
