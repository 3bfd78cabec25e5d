//! Watching a customer's support account live: what is drawn, charged and warned of (B5).

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject, Subscription};
use futures::Stream;
use servicedesk_domain::Event;
use servicedesk_domain::billing::AccountEvent;
use servicedesk_domain::billing::account::account_of;
use servicedesk_domain::billing::account::events::WarningLevel;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::licensing::LicenceId;
use servicedesk_eventlog::{Position, Recorded};
use servicedesk_projections::billing::support_accounts::{self, SupportAccountRow};

use super::accounts::{PackageWarning, SupportAccount, SupportPackage, package};
use crate::graphql::relay::{EventPosition, parse_id};
use crate::graphql::watch::{Watch, Watched, follow};
use servicedesk_service::access::{Caller, Identity, policy};
use servicedesk_service::error::ApiError;
use servicedesk_service::live::Topic;

const AGGREGATE: &str = "support_account";

/// What happened in a support account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SupportAccountChangeKind {
    /// A licence brought a package of free support.
    PackageOpened,
    /// A licence was renewed, and its package with it.
    PackageExtended,
    /// A licence was revoked, and its package ended.
    PackageEnded,
    /// Time that was worked was drawn and charged.
    WorkSettled,
    /// What was drawn and charged was given back.
    WorkCredited,
    /// A package comes to its end, or has: see `warning`.
    WarningRaised,
    /// A statement was closed.
    StatementClosed,
    /// A payment was recorded.
    PaymentRecorded,
    /// A payment was reversed.
    PaymentReversed,
}

/// The warning that free time comes to its end.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct FreeTimeWarning {
    #[graphql(skip)]
    licence_id: LicenceId,
    /// How near the package's end is.
    level: PackageWarning,
    /// The minutes drawn from it.
    used_minutes: u32,
    /// The minutes it has.
    total_minutes: u32,
    /// The free minutes that are left for the product, in all packages. Beyond them work may be
    /// charged.
    free_minutes_left: u32,
}

#[ComplexObject]
impl FreeTimeWarning {
    /// The package.
    async fn support_package(&self, context: &Context<'_>) -> Result<Option<SupportPackage>> {
        Ok(package(context, self.licence_id).await?)
    }
}

/// A change of a support account, or its snapshot.
#[derive(SimpleObject)]
pub struct SupportAccountChange {
    /// The log position that this shows.
    position: EventPosition,
    /// What happened. Null for the first snapshot.
    kind: Option<SupportAccountChangeKind>,
    /// The warning, where one was raised.
    warning: Option<FreeTimeWarning>,
    /// The account, not older than the change.
    support_account: SupportAccount,
}

/// Watching support accounts.
#[derive(Default)]
pub struct AccountSubscription;

#[Subscription]
impl AccountSubscription {
    /// Watches a customer's support account: what is drawn from which package, what is charged, and
    /// the warnings before work costs money. First comes the account as it is, or with
    /// `afterPosition` whatever came since; then each change. A customer watches their own; staff
    /// names the customer.
    async fn support_account_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose; the caller's where not given.")] customer_id: Option<ID>,
        #[graphql(desc = "Begin with what was recorded after this position.")]
        after_position: Option<EventPosition>,
    ) -> Result<impl Stream<Item = Result<SupportAccountChange>>> {
        let watch = Watch::begin(context)?;
        let named = customer_id.as_ref().map(parse_id).transpose()?;
        let customer_id = policy::customer_asked_for(&watch.caller, named)?;
        let events = watch.events(context, Topic::Account(customer_id), after_position).await?;
        Ok(follow(WatchedAccount { watch, customer_id }, events, after_position))
    }
}

/// A support account that somebody watches.
struct WatchedAccount {
    watch: Watch,
    customer_id: CustomerId,
}

impl Watched for WatchedAccount {
    type Change = SupportAccountChange;

    fn watcher(&self) -> &Watch {
        &self.watch
    }

    async fn snapshot(&self) -> Result<(Position, SupportAccountChange), ApiError> {
        let reached = self.watch.desk.positions.reached();
        let support_account = self.account().await?;
        let position = EventPosition(reached);
        let change = SupportAccountChange { position, kind: None, warning: None, support_account };
        Ok((reached, change))
    }

    async fn change(&self, event: Arc<Recorded>) -> Result<Option<SupportAccountChange>, ApiError> {
        let Event::Account(account_event) = &event.event else { return Ok(None) };
        if !may_know(&self.watch.caller, account_event) {
            return Ok(None);
        }
        Ok(Some(SupportAccountChange {
            position: EventPosition(event.position),
            kind: Some(kind(account_event)),
            warning: warning(account_event),
            support_account: self.account().await?,
        }))
    }

    async fn missed(&self, after: Position) -> Result<Vec<Arc<Recorded>>, ApiError> {
        self.watch.missed_of(AGGREGATE, account_of(self.customer_id).uuid(), after).await
    }
}

impl WatchedAccount {
    async fn account(&self) -> Result<SupportAccount, ApiError> {
        self.watch.still_allowed().await?;
        let db = self.watch.desk.log.db();
        let mut rows = support_accounts::by_customers(db, &[self.customer_id]).await?;
        let row = rows.remove(&self.customer_id);
        Ok(SupportAccount(row.unwrap_or_else(|| SupportAccountRow::empty(self.customer_id)).into()))
    }
}

/// Whether the watcher may know of the event: time that does not concern them is no business of a
/// customer's (T5), nor are the books of an agent's who does not keep them.
fn may_know(caller: &Caller, event: &AccountEvent) -> bool {
    match event {
        AccountEvent::WorkSettled { settlement, .. }
        | AccountEvent::WorkCredited { settlement, .. } => {
            matches!(caller.identity, Identity::Staff(_)) || settlement.concerns_customer()
        }
        AccountEvent::CourtesyReversed { .. } => matches!(caller.identity, Identity::Staff(_)),
        AccountEvent::StatementClosed { .. }
        | AccountEvent::PaymentRecorded { .. }
        | AccountEvent::PaymentReversed { .. } => policy::may_see_books(caller).is_ok(),
        AccountEvent::PackageOpened { .. }
        | AccountEvent::PackageEnded { .. }
        | AccountEvent::PackageExtended { .. }
        | AccountEvent::WarningRaised { .. } => true,
    }
}

const fn kind(event: &AccountEvent) -> SupportAccountChangeKind {
    match event {
        AccountEvent::PackageOpened { .. } => SupportAccountChangeKind::PackageOpened,
        AccountEvent::PackageExtended { .. } => SupportAccountChangeKind::PackageExtended,
        AccountEvent::PackageEnded { .. } => SupportAccountChangeKind::PackageEnded,
        AccountEvent::WorkSettled { .. } => SupportAccountChangeKind::WorkSettled,
        AccountEvent::WorkCredited { .. } | AccountEvent::CourtesyReversed { .. } => {
            SupportAccountChangeKind::WorkCredited
        }
        AccountEvent::WarningRaised { .. } => SupportAccountChangeKind::WarningRaised,
        AccountEvent::StatementClosed { .. } => SupportAccountChangeKind::StatementClosed,
        AccountEvent::PaymentRecorded { .. } => SupportAccountChangeKind::PaymentRecorded,
        AccountEvent::PaymentReversed { .. } => SupportAccountChangeKind::PaymentReversed,
    }
}

fn warning(event: &AccountEvent) -> Option<FreeTimeWarning> {
    match event {
        AccountEvent::WarningRaised {
            licence_id,
            level,
            used_minutes,
            package_minutes,
            free_minutes_left,
            ..
        } => Some(of(*licence_id, *level, (*used_minutes, *package_minutes, *free_minutes_left))),
        _ => None,
    }
}

fn of(
    licence_id: LicenceId,
    level: WarningLevel,
    (used_minutes, total_minutes, free_minutes_left): (u32, u32, u32),
) -> FreeTimeWarning {
    FreeTimeWarning {
        level: level.into(),
        licence_id,
        used_minutes,
        total_minutes,
        free_minutes_left,
    }
}
