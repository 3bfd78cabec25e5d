//! What mutations on applications and trading accounts take.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use servicedesk_domain::licensing::application::command;
use uuid::Uuid;

use crate::graphql::relay::MoneyInput;

/// Whether there is real money on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "command::AccountKind")]
pub enum AccountKind {
    /// There is.
    Real,
    /// There is not.
    Demo,
}

/// Applies for free advisors on an account with a partner broker.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApplyForFreeAdvisorInput {
    /// With which broker the account is.
    pub broker_id: ID,
    /// Its number.
    pub account_number: String,
    /// Whether it is a real account.
    pub account_kind: AccountKind,
    /// Which advisors.
    pub product_ids: Vec<ID>,
    /// What is on the account, in its currency.
    pub deposit: MoneyInput,
    /// What there is to add.
    pub comment: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Applies for the download of a rented program.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApplyForRentalDownloadInput {
    /// Which program.
    pub product_id: ID,
    /// On which day the rental begins. Required; without it nothing is recorded.
    pub starts_on: Option<NaiveDate>,
    /// For how many months.
    pub months: i32,
    /// What there is to add.
    pub comment: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Applies for the download of a program that was bought.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApplyForLicenceUpdateInput {
    /// Which program.
    pub product_id: ID,
    /// On which day it was bought.
    pub purchased_on: NaiveDate,
    /// Where it was bought: the shop's name, or the partner's.
    pub seller: String,
    /// How to find the purchase: an order's or receipt's number.
    pub reference: String,
    /// What there is to add.
    pub comment: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Takes an application back.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct WithdrawApplicationInput {
    /// Which application.
    pub application_id: ID,
    /// Why.
    pub reason: Option<String>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Takes an application, to decide it.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct TakeApplicationInput {
    /// Which application.
    pub application_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Approves an application.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApproveApplicationInput {
    /// Which application.
    pub application_id: ID,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Declines an application.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DeclineApplicationInput {
    /// Which application.
    pub application_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Approves an application whatever the rule or an agent says.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OverrideDecisionInput {
    /// Which application.
    pub application_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Opens a ticket to talk about an application in.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OpenApplicationTicketInput {
    /// Which application.
    pub application_id: ID,
    /// Of which category the ticket is.
    pub category_id: ID,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Records what was on an account.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RecordDepositInput {
    /// With which broker the account is.
    pub broker_id: ID,
    /// Its number.
    pub account_number: String,
    /// How much.
    pub amount: MoneyInput,
    /// What that was worth in another currency at the rate of then, where the account's is not one
    /// in which minimum deposits are set.
    pub worth: Option<MoneyInput>,
    /// At which moment; now, where not given.
    pub as_of: Option<DateTime<Utc>>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Records whether an account was traded on.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RecordTradingActivityInput {
    /// With which broker the account is.
    pub broker_id: ID,
    /// Its number.
    pub account_number: String,
    /// From when it was looked at.
    pub from: DateTime<Utc>,
    /// Until when; now, where not given.
    pub until: Option<DateTime<Utc>>,
    /// How many trades there were.
    pub trades: i32,
    /// When the last of them was, where that is known.
    pub last_trade_at: Option<DateTime<Utc>>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Takes evidence back that was wrong. Decisions that used it stand.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RetractEvidenceInput {
    /// Of which account.
    pub trading_account_id: ID,
    /// Which evidence.
    pub evidence_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Records a broker's report.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ImportBrokerReportInput {
    /// Of which broker.
    pub broker_id: ID,
    /// The report as CSV. Its first line is `account,period_from,period_to,trades,deposit,currency`;
    /// a column `last_trade` may follow.
    pub csv: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}
