//! What mutations on terms, statements and payments take.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::graphql::mutation::RetryKey;
use crate::graphql::relay::{MoneyInput, Month};

/// Defines new terms of support.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineSupportTermsInput {
    /// The price of an hour beyond the free time.
    pub hourly_price: MoneyInput,
    /// The free minutes that each licence brings.
    pub package_minutes: i32,
    /// The share of a package, in percent, at which the customer is first warned.
    pub warning_percent: i32,
    /// Whether the customer must agree before work is charged.
    pub needs_agreement: bool,
    /// The time zone in which months begin, for example `Europe/Moscow`.
    pub time_zone: String,
    /// When they come into force. Now by default, and never earlier.
    pub in_force_from: Option<DateTime<Utc>>,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// Closes a month's statement.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct CloseStatementInput {
    /// The customer.
    pub customer_id: ID,
    /// The month.
    pub month: Month,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// Records money that a customer paid.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RecordPaymentInput {
    /// The customer who paid.
    pub customer_id: ID,
    /// The amount.
    pub amount: MoneyInput,
    /// The day on which it was received.
    pub received_on: NaiveDate,
    /// The payment's reference in the bank's records.
    pub reference: String,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// Reverses a payment.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ReversePaymentInput {
    /// The payment.
    pub payment_id: ID,
    /// The reason.
    pub reason: String,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}
