//! The history of a trading account, as an auditor reads it: each change, who recorded it, and when.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::licensing::{ApplicationId, TradingAccountEvent, TradingAccountId};
use servicedesk_eventlog::Recorded;
use servicedesk_projections::licensing::advisor_intervals::{self, AdvisorIntervalRow};

use super::accounts::visible as visible_account;
use super::evidence::{DepositEvidence, Evidence, TradingEvidence};
use super::types::{Application, ApprovalGround, grant_ground, products, visible};
use crate::graphql::actor::{Actor, shown_actor};
use crate::graphql::catalogue::Product;
use crate::graphql::node::names;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, PageArgs, PageRequest, part_id};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// The kind of an entry in the history of a trading account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TradingAccountEntryKind {
    /// It was first recorded.
    Registered,
    /// The `deposit` was recorded.
    DepositRecorded,
    /// The `trading` was recorded.
    TradingRecorded,
    /// The `evidence` was retracted; `text` is why.
    EvidenceRetracted,
    /// The `products` were granted by the `application`.
    AdvisorsGranted,
    /// What the `application` had been granted was released, because it was withdrawn in the
    /// meantime.
    GrantReleased,
    /// The licence for one of `products` was revoked.
    AdvisorRevoked,
}

/// An entry in the history of a trading account.
pub struct TradingAccountEntry {
    account: Arc<AdvisorIntervalRow>,
    recorded: Recorded,
}

/// An entry in the history of a trading account.
#[Object]
impl TradingAccountEntry {
    /// The id of the entry. It never changes.
    pub async fn id(&self) -> ID {
        part_id(names::TRADING_ACCOUNT_ENTRY, self.recorded.aggregate_id, self.recorded.sequence)
    }

    /// What was recorded.
    async fn kind(&self) -> Result<TradingAccountEntryKind> {
        Ok(match self.event()? {
            TradingAccountEvent::Registered { .. } => TradingAccountEntryKind::Registered,
            TradingAccountEvent::DepositRecorded(_) => TradingAccountEntryKind::DepositRecorded,
            TradingAccountEvent::TradingRecorded(_) => TradingAccountEntryKind::TradingRecorded,
            TradingAccountEvent::EvidenceRetracted { .. } => {
                TradingAccountEntryKind::EvidenceRetracted
            }
            TradingAccountEvent::AdvisorsGranted { .. } => TradingAccountEntryKind::AdvisorsGranted,
            TradingAccountEvent::GrantReleased { .. } => TradingAccountEntryKind::GrantReleased,
            TradingAccountEvent::AdvisorRevoked { .. } => TradingAccountEntryKind::AdvisorRevoked,
        })
    }

    /// The account's version with this entry.
    async fn version(&self) -> i64 {
        self.recorded.sequence
    }

    /// The log position of the event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.recorded.position)
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.recorded.metadata.occurred_at
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded.metadata.recorded_at
    }

    /// Who did it.
    async fn actor(&self, context: &Context<'_>) -> Result<Actor> {
        Ok(shown_actor(context, self.recorded.metadata.actor).await?)
    }

    /// The deposit that was recorded.
    async fn deposit(&self) -> Result<Option<DepositEvidence>> {
        Ok(match self.event()? {
            TradingAccountEvent::DepositRecorded(shown) => {
                Some(DepositEvidence::of(self.account.account_id, &self.account.account, shown))
            }
            _ => None,
        })
    }

    /// The trading that was recorded.
    async fn trading(&self) -> Result<Option<TradingEvidence>> {
        Ok(match self.event()? {
            TradingAccountEvent::TradingRecorded(shown) => {
                Some(TradingEvidence::of(self.account.account_id, &self.account.account, shown))
            }
            _ => None,
        })
    }

    /// The evidence that was retracted.
    async fn evidence(&self) -> Result<Option<Evidence>> {
        let (id, account) = (self.account.account_id, &self.account.account);
        Ok(match self.event()? {
            TradingAccountEvent::EvidenceRetracted { evidence_id, .. } => {
                Evidence::by_id(id, account, *evidence_id)
            }
            _ => None,
        })
    }

    /// Why evidence was retracted, or something granted against the rule.
    async fn text(&self) -> Result<Option<&str>> {
        use servicedesk_domain::licensing::trading_account::events::GrantBasis;
        Ok(match self.event()? {
            TradingAccountEvent::EvidenceRetracted { reason, .. }
            | TradingAccountEvent::AdvisorsGranted {
                basis: GrantBasis::Override { reason }, ..
            } => Some(reason.shown()),
            _ => None,
        })
    }

    /// The ground on which something was granted.
    async fn ground(&self) -> Result<Option<ApprovalGround>> {
        Ok(match self.event()? {
            TradingAccountEvent::AdvisorsGranted { basis, .. } => Some(grant_ground(basis)),
            _ => None,
        })
    }

    /// The application that it is about.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let id: ApplicationId = match self.event()? {
            TradingAccountEvent::AdvisorsGranted { application_id, .. }
            | TradingAccountEvent::GrantReleased { application_id }
            | TradingAccountEvent::AdvisorRevoked { application_id, .. } => *application_id,
            _ => return Ok(None),
        };
        Ok(visible(context, id).await?)
    }

    /// The products that were granted, or whose licence was revoked.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn products(&self, context: &Context<'_>) -> Result<Vec<Product>> {
        let ids: Vec<ProductId> = match self.event()? {
            TradingAccountEvent::AdvisorsGranted { advisors, .. } => {
                advisors.iter().map(|advisor| advisor.product_id).collect()
            }
            TradingAccountEvent::AdvisorRevoked { product_id, .. } => vec![*product_id],
            _ => Vec::new(),
        };
        products(context, &ids).await
    }
}

impl TradingAccountEntry {
    fn event(&self) -> Result<&TradingAccountEvent, ApiError> {
        match &self.recorded.event {
            Event::TradingAccount(event) => Ok(event),
            _ => Err(ApiError::internal(&"an event of a history is not a trading account's")),
        }
    }
}

/// A trading account's history as a list.
pub type TradingAccountHistory = Connection<String, TradingAccountEntry, TradingAccountTotal>;

/// The number of entries in a trading account's history.
pub struct TradingAccountTotal(i64);

/// The number of entries in a trading account's history.
#[Object]
impl TradingAccountTotal {
    /// The total number.
    async fn total_count(&self) -> i64 {
        self.0
    }
}

/// One page of a trading account's history. For an account as it was at some moment, what came later
/// is left out.
///
/// # Errors
/// `BadUserInput` for bad page arguments, `Internal` if it cannot be read.
pub async fn page(
    context: &Context<'_>,
    account: &Arc<AdvisorIntervalRow>,
    args: &PageArgs,
) -> Result<TradingAccountHistory, ApiError> {
    let request: PageRequest<i64> = args.read()?;
    let end = account.version + 1;
    let (bounds, limit) = match &request {
        PageRequest::Forward { after, .. } => ((after.unwrap_or(0), end), request.limit()),
        PageRequest::Backward { before, .. } => {
            ((0, before.unwrap_or(end).min(end)), -request.limit())
        }
    };
    let db = data::<Desk>(context)?.log.db();
    let rows = advisor_intervals::history(db, account.account_id, bounds, limit).await?;
    // Nothing of it is hidden, so that its last sequence number counts the entries.
    let total = TradingAccountTotal(account.version);
    let node = |recorded| TradingAccountEntry { account: account.clone(), recorded };
    request.page(rows, total, |row| row.sequence, node)
}

/// One entry of a trading account's history, if the caller may see the account.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn entry(
    context: &Context<'_>,
    account_id: TradingAccountId,
    sequence: i64,
) -> Result<Option<TradingAccountEntry>, ApiError> {
    let Some(found) = visible_account(context, account_id).await? else { return Ok(None) };
    let bounds = (sequence.saturating_sub(1), sequence.saturating_add(1));
    let db = data::<Desk>(context)?.log.db();
    let rows = advisor_intervals::history(db, account_id, bounds, 1).await?;
    let entry = |recorded| TradingAccountEntry { account: found.0.clone(), recorded };
    Ok(rows.into_iter().next().map(entry))
}
