//! The history of a trading account, as an auditor reads it: each change, who recorded it, and when.

use std::sync::Arc;

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::licensing::{ApplicationId, TradingAccountEvent};
use servicedesk_eventlog::Recorded;
use servicedesk_projections::licensing::advisor_intervals::{self, AdvisorIntervalRow};

use super::accounts::{DepositEvidence, TradingEvidence};
use super::types::{Application, ApprovalGround, grant_ground, products, visible};
use crate::graphql::catalogue::Product;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, PageArgs, PageRequest, global_id};
use crate::graphql::ticket::timeline::{Actor, shown_actor};
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
    /// The evidence `evidenceId` was retracted; `text` is why.
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
pub struct TradingAccountEntry(Recorded);

/// An entry in the history of a trading account.
#[Object]
impl TradingAccountEntry {
    /// The id of the entry. It never changes.
    async fn id(&self) -> ID {
        ID(format!("{}-{}", self.0.aggregate_id.simple(), self.0.sequence))
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
        self.0.sequence
    }

    /// The log position of the event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.0.position)
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.metadata.occurred_at
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.metadata.recorded_at
    }

    /// Who did it.
    async fn actor(&self, context: &Context<'_>) -> Result<Actor> {
        Ok(shown_actor(context, self.0.metadata.actor).await?)
    }

    /// The deposit that was recorded.
    async fn deposit(&self) -> Result<Option<DepositEvidence>> {
        Ok(match self.event()? {
            TradingAccountEvent::DepositRecorded(shown) => Some(shown.into()),
            _ => None,
        })
    }

    /// The trading that was recorded.
    async fn trading(&self) -> Result<Option<TradingEvidence>> {
        Ok(match self.event()? {
            TradingAccountEvent::TradingRecorded(shown) => Some(shown.into()),
            _ => None,
        })
    }

    /// The evidence that was retracted.
    async fn evidence_id(&self) -> Result<Option<ID>> {
        Ok(match self.event()? {
            TradingAccountEvent::EvidenceRetracted { evidence_id, .. } => {
                Some(global_id(*evidence_id))
            }
            _ => None,
        })
    }

    /// Why evidence was retracted, or something granted against the rule.
    async fn text(&self) -> Result<Option<&String>> {
        use servicedesk_domain::licensing::trading_account::events::GrantBasis;
        Ok(match self.event()? {
            TradingAccountEvent::EvidenceRetracted { reason, .. }
            | TradingAccountEvent::AdvisorsGranted {
                basis: GrantBasis::Override { reason }, ..
            } => Some(reason.reveal()),
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
        match &self.0.event {
            Event::TradingAccount(event) => Ok(event),
            _ => Err(ApiError::internal(&"an event of a history is not a trading account's")),
        }
    }
}

/// A trading account's history as a list.
pub type TradingAccountHistory = Connection<String, TradingAccountEntry, EmptyFields>;

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
    request.page(rows, EmptyFields, |row| row.sequence, TradingAccountEntry)
}
