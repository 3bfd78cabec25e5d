//! Evidence about a trading account as GraphQL shows it (F7). For licensing.

use async_graphql::{ComplexObject, Context, Enum, ID, Interface, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::kernel::{Entity, Id};
use servicedesk_domain::licensing::trading_account::events::{self, DepositShown, TradingShown};
use servicedesk_domain::licensing::trading_account::state::ShownEvidence;
use servicedesk_domain::licensing::trading_account::{Evidence as Entry, TradingAccount};
use servicedesk_domain::licensing::{EvidenceId, TradingAccountId};

use super::accounts::visible as visible_account;
use crate::graphql::relay::{Money, parse_part, part_id};
use servicedesk_service::error::ApiError;

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::Source")]
pub enum EvidenceSource {
    /// A member of staff looked.
    Staff,
    /// The broker's report.
    BrokerReport,
    /// The customer said so. Nothing is granted on their word alone.
    Customer,
}

/// Evidence about a trading account.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The global id."),
    field(name = "source", ty = "&EvidenceSource", desc = "Where it comes from."),
    field(
        name = "is_counted",
        ty = "&bool",
        desc = "Whether it counts: it was not retracted, and its source did not say otherwise later."
    )
)]
pub enum Evidence {
    /// Of what was on the account.
    Deposit(DepositEvidence),
    /// Of trading on the account, or of there being none.
    Trading(TradingEvidence),
}

/// Evidence of what was on an account.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct DepositEvidence {
    #[graphql(skip)]
    id: ID,
    /// Where it comes from.
    source: EvidenceSource,
    /// Whether it counts: it was not retracted.
    is_counted: bool,
    /// How much it was.
    amount: Money,
    /// What it was worth in another currency. Null if nobody recorded it.
    worth: Option<Money>,
    /// The moment at which it was there.
    as_of: DateTime<Utc>,
}

/// Evidence of trading on an account, or of there being none.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct TradingEvidence {
    #[graphql(skip)]
    id: ID,
    /// Where it comes from.
    source: EvidenceSource,
    /// Whether it counts: it was not retracted, and its source did not say otherwise later.
    is_counted: bool,
    /// The beginning of the period.
    from: DateTime<Utc>,
    /// The end of the period.
    until: DateTime<Utc>,
    /// The number of trades in the period.
    trades: u32,
    /// The moment of the last trade. Null if unknown.
    last_trade_at: Option<DateTime<Utc>>,
}

/// The global id of evidence about an account.
pub fn evidence_id(account_id: TradingAccountId, evidence_id: EvidenceId) -> ID {
    part_id(Entry::NAME, account_id.uuid(), evidence_id)
}

/// Reads the global id of evidence: about which account, and which.
///
/// # Errors
/// `BadUserInput` if it is not one.
pub fn parse_evidence(id: &ID) -> Result<(TradingAccountId, EvidenceId), ApiError> {
    let (account, evidence) = parse_part(id, Entry::NAME)?;
    Ok((Id::new(account), Id::new(evidence)))
}

#[ComplexObject]
impl DepositEvidence {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.id.clone()
    }
}

impl DepositEvidence {
    /// A deposit that was shown on an account.
    pub fn of(
        account_id: TradingAccountId,
        account: &TradingAccount,
        shown: &DepositShown,
    ) -> Self {
        Self {
            id: evidence_id(account_id, shown.evidence_id),
            source: shown.source.into(),
            is_counted: !account.is_retracted(shown.evidence_id),
            amount: shown.amount.into(),
            worth: shown.worth.map(Into::into),
            as_of: shown.as_of,
        }
    }
}

#[ComplexObject]
impl TradingEvidence {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.id.clone()
    }
}

impl TradingEvidence {
    /// Trading that was shown on an account.
    pub fn of(
        account_id: TradingAccountId,
        account: &TradingAccount,
        shown: &TradingShown,
    ) -> Self {
        Self {
            id: evidence_id(account_id, shown.evidence_id),
            source: shown.source.into(),
            is_counted: !account.is_retracted(shown.evidence_id),
            from: shown.from,
            until: shown.until,
            trades: shown.trades,
            last_trade_at: shown.last_trade_at,
        }
    }
}

impl Evidence {
    /// Evidence by its id. Null if the account does not know it.
    pub fn by_id(
        account_id: TradingAccountId,
        account: &TradingAccount,
        evidence_id: EvidenceId,
    ) -> Option<Self> {
        Some(match account.evidence(evidence_id)? {
            ShownEvidence::Deposit(shown) => {
                Self::Deposit(DepositEvidence::of(account_id, account, &shown))
            }
            ShownEvidence::Trading(shown) => {
                Self::Trading(TradingEvidence::of(account_id, account, &shown))
            }
        })
    }
}

/// Evidence by its global id, if the caller may see its account.
///
/// # Errors
/// `BadUserInput` if it is not an id of evidence, `Internal` if it cannot be read.
pub async fn visible(context: &Context<'_>, id: &ID) -> Result<Option<Evidence>, ApiError> {
    let (account_id, evidence_id) = parse_evidence(id)?;
    let Some(found) = visible_account(context, account_id).await? else { return Ok(None) };
    Ok(Evidence::by_id(account_id, &found.0.account, evidence_id))
}
