//! Trading accounts as staff see them: what was granted, the evidence, and from when one more advisor
//! can be granted (F3, F4, F7).

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::kernel::ERASED;
use servicedesk_domain::licensing::trading_account::events::GrantBasis;
use servicedesk_domain::licensing::trading_account::state::AdvisorGrant as Row;
use servicedesk_domain::licensing::{AccountNumber, ApplicationId, TradingAccountId};
use servicedesk_projections::licensing::advisor_intervals::{self, AdvisorIntervalRow, Filter};

use super::evidence::{DepositEvidence, Evidence, TradingEvidence};
use super::history::{self, TradingAccountHistory};
use super::types::{Application, ApprovalGround, grant_ground, products, visible as application};
use crate::graphql::catalogue::{Broker, Product};
use crate::graphql::customer::Customer;
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::data;
use crate::graphql::relay::{Money, PageArgs, global_id, list_cost};
use crate::graphql::staff::StaffMember;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// What was granted on an account by one application.
pub struct AdvisorGrant {
    account: Arc<AdvisorIntervalRow>,
    grant: Row,
}

/// What was granted on an account by one application.
#[Object]
impl AdvisorGrant {
    /// The application.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let id: ApplicationId = self.grant.application_id;
        Ok(application(context, id).await?)
    }

    /// The customer.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.grant.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// The advisors that are still held.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn held(&self, context: &Context<'_>) -> Result<Vec<Product>> {
        let ids: Vec<ProductId> = self.grant.advisors.iter().map(|one| one.product_id).collect();
        products(context, &ids).await
    }

    /// The advisors whose licence was revoked.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn revoked(&self, context: &Context<'_>) -> Result<Vec<Product>> {
        products(context, &self.grant.revoked).await
    }

    /// The ground on which it was granted.
    async fn ground(&self) -> ApprovalGround {
        grant_ground(&self.grant.basis)
    }

    /// Why a manager granted it against the rule. Null if nobody did.
    async fn override_reason(&self) -> Option<&str> {
        match &self.grant.basis {
            GrantBasis::Override { reason } => Some(reason.shown()),
            _ => None,
        }
    }

    /// The evidence that was used.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn evidence(&self) -> Vec<Evidence> {
        let (id, account) = (self.account.account_id, &self.account.account);
        let evidence = |evidence_id: &_| Evidence::by_id(id, account, *evidence_id);
        self.grant.evidence_ids.iter().filter_map(evidence).collect()
    }

    /// The member of staff who decided.
    async fn decided_by(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let found = context.data::<Loaders>()?.staff_member(self.grant.staff_member_id).await?;
        Ok(found.map(StaffMember))
    }

    /// When it was granted.
    async fn granted_at(&self) -> DateTime<Utc> {
        self.grant.granted_at
    }

    /// The moment at which a calendar month since then has passed, in the vendor's time zone.
    async fn month_passes_at(&self) -> DateTime<Utc> {
        self.grant.month_passes_at
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
        self.0
            .account
            .identity
            .as_ref()
            .map(|known| known.number.reveal().map_or(ERASED, AccountNumber::as_str))
    }

    /// What was granted on it, the oldest first.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn grants(&self) -> Vec<AdvisorGrant> {
        let of = |grant: &Row| AdvisorGrant { account: self.0.clone(), grant: grant.clone() };
        self.0.account.grants.iter().map(of).collect()
    }

    /// The deposit that counts: the last that staff or the broker have shown.
    async fn deposit(&self) -> Option<DepositEvidence> {
        let shown = |shown| DepositEvidence::of(self.0.account_id, &self.0.account, shown);
        self.0.deposit().map(shown)
    }

    /// The part of that deposit that the advisors on it do not need.
    async fn spare_deposit(&self) -> Option<Money> {
        self.0.spare().into_iter().flatten().next().map(Into::into)
    }

    /// Every deposit that was shown and not retracted.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn deposits(&self) -> Vec<DepositEvidence> {
        let shown = |shown| DepositEvidence::of(self.0.account_id, &self.0.account, shown);
        self.0.account.deposits.iter().map(shown).collect()
    }

    /// All trading that was shown and not retracted.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn trading(&self) -> Vec<TradingEvidence> {
        let shown = |shown| TradingEvidence::of(self.0.account_id, &self.0.account, shown);
        self.0.account.trading.iter().map(shown).collect()
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

/// A trading account, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible(
    context: &Context<'_>,
    account_id: TradingAccountId,
) -> Result<Option<TradingAccount>, ApiError> {
    if policy::reading_licenser(guards::caller(context)?).is_err() {
        return Ok(None);
    }
    Ok(data::<Loaders>(context)?.trading_account(account_id).await?.map(TradingAccount))
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
