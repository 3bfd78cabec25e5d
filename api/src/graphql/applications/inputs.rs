//! The inputs of mutations on applications and trading accounts.

use async_graphql::{Enum, ID, InputObject, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use servicedesk_domain::licensing::application::command;

use crate::graphql::mutation::RetryKey;
use crate::graphql::relay::{MoneyInput, parse_id};
use servicedesk_service::licensing::applications::applying::{Purchase, WantedAdvisors};
use servicedesk_service::licensing::applications::evidence::{
    NamedAccount, SeenDeposit, SeenTrading,
};

/// Whether there is real money on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "command::AccountKind")]
pub enum AccountKind {
    /// There is.
    Real,
    /// There is not.
    Demo,
}

/// What every application shares.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct Applying {
    /// A comment of the customer.
    pub comment: Option<String>,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// What a mutation on an application is about.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OnApplication {
    /// The application.
    pub application_id: ID,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// What evidence is about.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OnAccount {
    /// The broker of the account.
    pub broker_id: ID,
    /// The number of the account.
    pub account_number: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// Applies for free advisors on an account with a partner broker.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApplyForFreeAdvisorInput {
    /// The broker of the account.
    pub broker_id: ID,
    /// The number of the account.
    pub account_number: String,
    /// Whether it is a real account.
    pub account_kind: AccountKind,
    /// The advisors.
    pub product_ids: Vec<ID>,
    /// What is on the account, in its currency.
    pub deposit: MoneyInput,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) applying: Applying,
}

/// Applies for the download of a rented program.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApplyForRentalDownloadInput {
    /// The program.
    pub product_id: ID,
    /// The first day of the rental. Required: without it nothing is recorded.
    pub starts_on: Option<NaiveDate>,
    /// The number of months.
    pub months: i32,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) applying: Applying,
}

/// Applies for the download of a program that was bought.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApplyForLicenceUpdateInput {
    /// The program.
    pub product_id: ID,
    /// The day of the purchase.
    pub purchased_on: NaiveDate,
    /// The seller: the name of the shop or of the partner.
    pub seller: String,
    /// How to find the purchase: the number of an order or a receipt.
    pub reference: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) applying: Applying,
}

/// Withdraws an application.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct WithdrawApplicationInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnApplication,
    /// The reason.
    pub reason: Option<String>,
}

/// Takes an application, to decide it.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct TakeApplicationInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnApplication,
}

/// Approves an application.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ApproveApplicationInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnApplication,
}

/// Declines an application.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DeclineApplicationInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnApplication,
    /// The reason.
    pub reason: String,
}

/// Approves an application against the rule or an agent's decision.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OverrideDecisionInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnApplication,
    /// The reason.
    pub reason: String,
}

/// Measures an application again.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RemeasureApplicationInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnApplication,
    /// The reason.
    pub reason: String,
}

/// Opens a ticket to talk about an application in.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OpenApplicationTicketInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnApplication,
    /// The ticket's category.
    pub category_id: ID,
    /// The ticket's subject.
    pub subject: String,
    /// The ticket's text.
    pub text: String,
}

/// Records what was on an account.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RecordDepositInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnAccount,
    /// How much it was.
    pub amount: MoneyInput,
    /// What it was worth in another currency, at the rate of that moment. Needed if no minimum
    /// deposits are set in the currency of the account.
    pub worth: Option<MoneyInput>,
    /// The moment at which it was there. Now if omitted.
    pub as_of: Option<DateTime<Utc>>,
}

/// Records whether an account was traded on.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RecordTradingActivityInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) on: OnAccount,
    /// The beginning of the period that was looked at.
    pub from: DateTime<Utc>,
    /// The end of the period. Now if omitted.
    pub until: Option<DateTime<Utc>>,
    /// The number of trades in the period.
    pub trades: i32,
    /// The moment of the last trade, if known.
    pub last_trade_at: Option<DateTime<Utc>>,
}

/// Retracts evidence that was wrong. Decisions that used it remain.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RetractEvidenceInput {
    /// The evidence.
    pub evidence_id: ID,
    /// The reason.
    pub reason: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

/// Imports a broker's report.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct ImportBrokerReportInput {
    /// The broker.
    pub broker_id: ID,
    /// The report as CSV. Its first line is `account,period_from,period_to,trades,deposit,currency`;
    /// a column `last_trade` may follow.
    pub csv: String,
    #[graphql(flatten)]
    #[serde(flatten)]
    pub(super) key: RetryKey,
}

impl ApplyForFreeAdvisorInput {
    pub(super) fn wanted(&self) -> Result<WantedAdvisors> {
        Ok(WantedAdvisors {
            broker_id: parse_id(&self.broker_id)?,
            account_number: self.account_number.clone(),
            account_kind: self.account_kind.into(),
            product_ids: self.product_ids.iter().map(parse_id).collect::<Result<_, _>>()?,
            deposit: self.deposit.read(),
        })
    }
}

impl ApplyForLicenceUpdateInput {
    pub(super) fn purchase(&self) -> Result<Purchase> {
        Ok(Purchase {
            product_id: parse_id(&self.product_id)?,
            purchased_on: self.purchased_on,
            seller: self.seller.clone(),
            reference: self.reference.clone(),
        })
    }
}

impl OnAccount {
    pub(super) fn account(&self) -> Result<NamedAccount> {
        let number = self.account_number.clone();
        Ok(NamedAccount { broker_id: parse_id(&self.broker_id)?, number })
    }
}

impl RecordDepositInput {
    pub(super) fn seen(&self) -> SeenDeposit {
        let worth = self.worth.as_ref().map(MoneyInput::read);
        SeenDeposit { amount: self.amount.read(), worth, as_of: self.as_of }
    }
}

impl RecordTradingActivityInput {
    pub(super) fn seen(&self) -> SeenTrading {
        SeenTrading {
            from: self.from,
            until: self.until,
            trades: self.trades.into(),
            last_trade_at: self.last_trade_at,
        }
    }
}
