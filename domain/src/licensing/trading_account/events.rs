//! What is stored of a trading account, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::EvidenceId;
use crate::catalogue::{BrokerId, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{Moment, Money, Personal};
use crate::licensing::{AccountNumber, ApplicationId};
use crate::staff::StaffMemberId;

/// A fact about a trading account.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum TradingAccountEvent {
    /// The account was first recorded: the first of its events.
    #[serde(rename = "trading_account.registered")]
    #[strum(serialize = "trading_account.registered")]
    Registered {
        /// With which broker it is.
        broker_id: BrokerId,
        /// Its number. It belongs to the account's holder, who need not be known; so it is the
        /// account that it is said to be of.
        number: Personal<AccountNumber>,
    },
    /// Evidence of what was on the account (F7).
    #[serde(rename = "trading_account.deposit_recorded")]
    #[strum(serialize = "trading_account.deposit_recorded")]
    DepositRecorded(DepositShown),
    /// Evidence of whether it was traded on (F7).
    #[serde(rename = "trading_account.trading_recorded")]
    #[strum(serialize = "trading_account.trading_recorded")]
    TradingRecorded(TradingShown),
    /// Evidence was wrong and no longer counts. Decisions that used it remain.
    #[serde(rename = "trading_account.evidence_retracted")]
    #[strum(serialize = "trading_account.evidence_retracted")]
    EvidenceRetracted {
        /// The evidence.
        evidence_id: EvidenceId,
        /// The member of staff who retracted it.
        staff_member_id: StaffMemberId,
        /// The reason.
        reason: Personal<String>,
    },
    /// Free advisors were granted on it (F3, F4).
    #[serde(rename = "trading_account.advisors_granted")]
    #[strum(serialize = "trading_account.advisors_granted")]
    AdvisorsGranted {
        /// The application. It is granted once.
        application_id: ApplicationId,
        /// The customer.
        customer_id: CustomerId,
        /// The advisors, with their minimum deposits at the time of the decision.
        advisors: Vec<Advisor>,
        /// What the rule says of it.
        basis: GrantBasis,
        /// The evidence that was used.
        evidence_ids: Vec<EvidenceId>,
        /// The member of staff who decided.
        staff_member_id: StaffMemberId,
        /// When.
        granted_at: Moment,
        /// When one calendar month will have passed since (F4), in the vendor's time zone as it
        /// was set then.
        month_passes_at: Moment,
    },
    /// The application was no longer there to be approved, so nothing was granted after all: as if
    /// it had never been.
    #[serde(rename = "trading_account.grant_released")]
    #[strum(serialize = "trading_account.grant_released")]
    GrantReleased {
        /// The application that it had been granted for.
        application_id: ApplicationId,
    },
    /// The licence of a granted advisor was revoked: it is no longer held. The month that began with
    /// it goes on.
    #[serde(rename = "trading_account.advisor_revoked")]
    #[strum(serialize = "trading_account.advisor_revoked")]
    AdvisorRevoked {
        /// The application that it had been granted for.
        application_id: ApplicationId,
        /// The advisor.
        product_id: ProductId,
        /// The moment from which it is revoked.
        revoked_at: Moment,
    },
}

/// Evidence of a deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositShown {
    /// The evidence.
    pub evidence_id: EvidenceId,
    /// Where it comes from.
    pub source: Source,
    /// How much was on the account, in its currency.
    pub amount: Money,
    /// What that was worth in another currency at the rate of then, where somebody recorded it.
    pub worth: Option<Money>,
    /// At which moment.
    pub as_of: Moment,
}

/// Evidence of trading, or of there being none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradingShown {
    /// The evidence.
    pub evidence_id: EvidenceId,
    /// Where it comes from.
    pub source: Source,
    /// The beginning of the period.
    pub from: Moment,
    /// The end of the period.
    pub until: Moment,
    /// How many trades there were.
    pub trades: u32,
    /// When the last of them was, where that is known.
    pub last_trade_at: Option<Moment>,
}

/// Where evidence comes from (F7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A member of staff looked.
    Staff,
    /// The broker's report.
    BrokerReport,
    /// The customer said so. Nothing is granted on their word alone.
    Customer,
}

/// A granted advisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisor {
    /// The product.
    pub product_id: ProductId,
    /// What had to be on an account for it, in each currency in which that was said.
    pub minimum_deposits: Vec<Money>,
}

/// What the rule says of a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantBasis {
    /// It is the account's first, and the deposit covers it (F3).
    First,
    /// A month has passed, and it was traded on (F4 a).
    MonthAndTrading,
    /// The deposit covers all of them (F4 b).
    Deposit,
    /// It is against the rule; a manager decided so (F8).
    Override {
        /// The reason.
        reason: Personal<String>,
    },
}

impl DomainEvent for TradingAccountEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
