//! Trading accounts as staff see them: what was granted, the evidence, and from when one more advisor
//! can be granted (F3, F4, F7).

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::licensing::ApplicationId;
use servicedesk_domain::licensing::trading_account::events::{self, DepositShown, TradingShown};
use servicedesk_domain::licensing::trading_account::state::AdvisorGrant as Row;
use servicedesk_projections::licensing::advisor_intervals::{self, AdvisorIntervalRow, Filter};

use super::history::{self, TradingAccountHistory};
use super::types::{Application, ApprovalGround, grant_ground, products, visible};
use crate::graphql::catalogue::{Broker, Product};
use crate::graphql::customer::Customer;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::data;
use crate::graphql::relay::{Money, PageArgs, global_id, list_cost};
use crate::graphql::staff::StaffMember;
use servicedesk_service::desk::Desk;
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

/// Evidence of what was on an account.
#[derive(Debug, Clone, SimpleObject)]
pub struct DepositEvidence {
    /// The global id.
    id: ID,
    /// Where it comes from.
    source: EvidenceSource,
    /// How much it was.
    amount: Money,
    /// What it was worth in another currency. Null if nobody recorded it.
    worth: Option<Money>,
    /// The moment at which it was there.
    as_of: DateTime<Utc>,
}

/// Evidence of trading on an account, or of there being none.
#[derive(Debug, Clone, SimpleObject)]
pub struct TradingEvidence {
    /// The global id.
    id: ID,
    /// Where it comes from.
    source: EvidenceSource,
    /// The beginning of the period.
    from: DateTime<Utc>,
    /// The end of the period.
    until: DateTime<Utc>,
    /// The number of trades in the period.
    trades: u32,
    /// The moment of the last trade. Null if unknown.
    last_trade_at: Option<DateTime<Utc>>,
}

impl From<&DepositShown> for DepositEvidence {
    fn from(shown: &DepositShown) -> Self {
        Self {
            id: global_id(shown.evidence_id),
            source: shown.source.into(),
            amount: shown.amount.into(),
            worth: shown.worth.map(Into::into),
            as_of: shown.as_of,
        }
    }
}

impl From<&TradingShown> for TradingEvidence {
    fn from(shown: &TradingShown) -> Self {
        Self {
            id: global_id(shown.evidence_id),
            source: shown.source.into(),
            from: shown.from,
            until: shown.until,
            trades: shown.trades,
            last_trade_at: shown.last_trade_at,
        }
    }
}

/// What was granted on an account by one application.
pub struct AdvisorGrant(Row);

/// What was granted on an account by one application.
#[Object]
impl AdvisorGrant {
    /// The application.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let id: ApplicationId = self.0.application_id;
        Ok(visible(context, id).await?)
    }

    /// The customer.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// The advisors that are still held.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn held(&self, context: &Context<'_>) -> Result<Vec<Product>> {
        let ids: Vec<ProductId> = self.0.advisors.iter().map(|one| one.product_id).collect();
        products(context, &ids).await
    }

    /// The advisors whose licence was revoked.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn revoked(&self, context: &Context<'_>) -> Result<Vec<Product>> {
        products(context, &self.0.revoked).await
    }

    /// The ground on which it was granted.
    async fn ground(&self) -> ApprovalGround {
        grant_ground(&self.0.basis)
    }

    /// Why a manager granted it against the rule. Null if nobody did.
    async fn override_reason(&self) -> Option<&String> {
        match &self.0.basis {
            events::GrantBasis::Override { reason } => Some(reason.reveal()),
            _ => None,
        }
    }

    /// The evidence that was used.
    async fn evidence_ids(&self) -> Vec<ID> {
        self.0.evidence_ids.iter().map(|id| global_id(*id)).collect()
    }

    /// The member of staff who decided.
    async fn decided_by(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let found = context.data::<Loaders>()?.staff_member(self.0.staff_member_id).await?;
        Ok(found.map(StaffMember))
    }

    /// When it was granted.
    async fn granted_at(&self) -> DateTime<Utc> {
        self.0.granted_at
    }

    /// The moment at which a calendar month since then has passed, in the vendor's time zone.
    async fn month_passes_at(&self) -> DateTime<Utc> {
        self.0.month_passes_at
    }
}

/// A trading account: its free advisors, the evidence, and from when one more can be granted. For
/// licensing.
pub struct TradingAccount(pub Arc<AdvisorIntervalRow>);

/// A trading account: its free advisors, the evidence, and from when one more can be granted. For
/// licensing.
#[Object]
impl TradingAccount {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.account_id)
    }

    /// Its broker.
    async fn broker(&self, context: &Context<'_>) -> Result<Option<Broker>> {
        let Some(known) = &self.0.account.identity else { return Ok(None) };
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.brokers.get(&known.broker_id).cloned().map(Broker))
    }

    /// Its number.
    async fn number(&self) -> Option<&str> {
        self.0.account.identity.as_ref().map(|known| known.number.reveal().as_str())
    }

    /// What was granted on it, the oldest first.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn grants(&self) -> Vec<AdvisorGrant> {
        self.0.account.grants.iter().cloned().map(AdvisorGrant).collect()
    }

    /// The deposit that counts: the last that staff or the broker have shown.
    async fn deposit(&self) -> Option<DepositEvidence> {
        self.0.deposit().map(Into::into)
    }

    /// The part of that deposit that the advisors on it do not need.
    async fn spare_deposit(&self) -> Option<Money> {
        self.0.spare().into_iter().flatten().next().map(Into::into)
    }

    /// Every deposit that was shown and not retracted.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn deposits(&self) -> Vec<DepositEvidence> {
        self.0.account.deposits.iter().map(Into::into).collect()
    }

    /// All trading that was shown and not retracted.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn trading(&self) -> Vec<TradingEvidence> {
        self.0.account.trading.iter().map(Into::into).collect()
    }

    /// The moment at which a calendar month since the last grant has passed. Null if nothing was
    /// granted.
    async fn month_passes_at(&self) -> Option<DateTime<Utc>> {
        self.0.account.last_grant().map(|last| last.month_passes_at)
    }

    /// Whether trading is shown since the last grant.
    async fn is_traded_since(&self) -> bool {
        self.0.is_traded()
    }

    /// The moment at which one more advisor can be granted without another deposit: when a month has
    /// passed, if trading is shown. Null if it is not, or nothing was granted.
    async fn next_grant_at(&self) -> Option<DateTime<Utc>> {
        let last = self.0.account.last_grant().filter(|_| self.0.is_traded());
        last.map(|last| last.month_passes_at)
    }

    /// Whether anything was granted on it against the rule.
    async fn has_override(&self) -> bool {
        self.0.has_override()
    }

    /// When something was last recorded about it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Rises with every change.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Everything that was recorded about it, in order.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size: 50 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
    ) -> Result<TradingAccountHistory> {
        let args = PageArgs { after, before, first, last };
        Ok(history::page(context, &self.0, &args).await?)
    }
}

/// The number of trading accounts in a list.
pub struct TradingAccountCount(pub Filter);

/// The number of trading accounts in a list.
#[Object]
impl TradingAccountCount {
    /// The total number.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let count = advisor_intervals::count(data::<Desk>(context)?.log.db(), &self.0).await;
        Ok(count.map_err(ApiError::from)?)
    }
}

/// Trading accounts as a list.
pub type TradingAccountList = Connection<String, TradingAccount, TradingAccountCount>;
