//! What mutations on terms, statements and payments take.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::graphql::relay::{MoneyInput, Month};

/// Defines the terms of support from a moment on.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineSupportTermsInput {
    /// What an hour costs that exceeds the free time.
    pub hourly_price: MoneyInput,
    /// The free minutes that come with each licence.
    pub package_minutes: i32,
    /// At which share of a package, in percent, the customer is warned for the first time.
    pub warning_percent: i32,
    /// Whether the customer must agree before work is charged.
    pub needs_agreement: bool,
    /// In which time zone months begin, for example `Europe/Moscow`.
    pub time_zone: String,
    /// From which moment of work on; now, where not given. Never from before now.
    pub in_force_from: Option<DateTime<Utc>>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Makes a month's statement final.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct CloseStatementInput {
    /// Whose.
    pub customer_id: ID,
    /// Of which month.
    pub month: Month,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Records money that a customer paid.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RecordPaymentInput {
    /// Who paid.
    pub customer_id: ID,
    /// How much.
    pub amount: MoneyInput,
    /// On which day it was received.
    pub received_on: NaiveDate,
    /// How to find it in the bank's books.
    pub reference: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Takes a payment out of an account.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ReversePaymentInput {
    /// Whose account.
    pub customer_id: ID,
    /// Which payment.
    pub payment_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}
