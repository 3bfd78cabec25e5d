//! Queries on applications, trading accounts, and the verdict of the rule of the free advisor.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::catalogue::{Catalogue, ProductId};
use servicedesk_domain::kernel::Money;
use servicedesk_domain::licensing::trading_account::events::{Advisor, DepositShown, Source};
use servicedesk_domain::licensing::trading_account::{
    TradingAccount as Account, eligibility as rule,
};
use servicedesk_domain::licensing::{
    AccountNumber, EvidenceId, TradingAccountId, trading_account_of,
};
use servicedesk_domain::sla::RequestKind;
use servicedesk_eventlog::Position;
use servicedesk_projections::licensing::advisor_intervals::{self, AdvisorIntervalRow};
use servicedesk_projections::licensing::applications::{
    self, ApplicationRow as Row, Filter, Order, PlaceInList, Side, serial_of,
};

use super::accounts::{TradingAccount, TradingAccountCount, TradingAccountList};
use super::eligibility::{self, FreeAdvisorEligibility};
use super::filters::{ApplicationsFilter, TradingAccountsFilter, bad};
use super::types::{Application, visible};
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{
    EventPosition, MoneyInput, PageArgs, PageRequest, list_cost, parse_id, side,
};
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::applications::facts;

/// The most open applications that the rule is asked about for one list.
const MAX_ASSESSED: i64 = 2_000;

/// The order of applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Order")]
pub enum ApplicationsOrder {
    /// The oldest first.
    Submitted,
    /// The one that is due next first, and those that are never due last.
    Due,
}

/// The number of applications in a list.
pub enum ApplicationCount {
    /// As many as fit a filter.
    Filtered(Box<Filter>),
    /// So many.
    Counted(usize),
}

/// The number of applications in a list.
#[Object]
impl ApplicationCount {
    /// The total number.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        match self {
            Self::Counted(count) => Ok(i64::try_from(*count).unwrap_or(i64::MAX)),
            Self::Filtered(filter) => {
                let count = applications::count(data::<Desk>(context)?.log.db(), filter).await;
                Ok(count.map_err(ApiError::from)?)
            }
        }
    }
}

/// Applications as a list.
pub type ApplicationList = Connection<String, Application, ApplicationCount>;

/// Queries on applications and trading accounts.
#[derive(Default)]
pub struct ApplicationQuery;

#[Object]
impl ApplicationQuery {
    /// One application by its id or its number, if the caller may see it.
    async fn application(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global id.")] id: Option<ID>,
        #[graphql(desc = "The number for people, for example `AP-000123`.")] number: Option<String>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<Application>> {
        let (desk, _) = query::begin(context, consistent_with).await?;
        let application_id = match (id, number) {
            (Some(id), None) => parse_id(&id)?,
            (None, Some(number)) => {
                let wrong =
                    || ApiError::BadUserInput(format!("{number:?} is not an application's number"));
                let serial = serial_of(number.trim()).ok_or_else(wrong)?;
                let found = applications::by_serial(desk.log.db(), serial).await;
                match found.map_err(ApiError::from)? {
                    Some(row) => row.application_id,
                    None => return Ok(None),
                }
            }
            _ => {
                let which = "an application is asked for by its id or by its number";
                return Err(ApiError::BadUserInput(which.to_owned()).into());
            }
        };
        Ok(visible(context, application_id).await?)
    }

    /// Applications: a customer's own, and for licensing the queue of all.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, what is asked, and consistency")]
    async fn applications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the applications are filtered by.")] filter: Option<
            ApplicationsFilter,
        >,
        #[graphql(desc = "Their order: `SUBMITTED` by default.")] order_by: Option<
            ApplicationsOrder,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size: 50 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<ApplicationList> {
        query::begin(context, consistent_with).await?;
        let args = PageArgs { after, before, first, last };
        Ok(list(context, &filter.unwrap_or_default(), order_by, &args).await?)
    }

    /// Whether an account may get free advisors now, what is missing, and from when, before anything
    /// is applied for. If others hold advisors on the account, a customer learns no more than that.
    async fn free_advisor_eligibility(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The broker of the account.")] broker_id: ID,
        #[graphql(desc = "The number of the account.")] account_number: String,
        #[graphql(desc = "The advisors that are wanted together.")] product_ids: Vec<ID>,
        #[graphql(desc = "What the caller says is on the account, if there is no evidence yet.")]
        deposit: Option<MoneyInput>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<FreeAdvisorEligibility> {
        let (desk, caller) = query::begin(context, consistent_with).await?;
        let catalogue = data::<Loaders>(context)?.catalogue().await?;
        let ordered = ordered(&catalogue, &product_ids)?;
        let broker_id = parse_id(&broker_id)?;
        facts::partner(&catalogue, broker_id).map_err(|rejection| bad(&rejection))?;
        let malformed = "an account's number is 1 to 20 Latin letters and digits";
        let number = AccountNumber::parse(&account_number).map_err(|_| bad(&malformed))?;
        let account_id = trading_account_of(broker_id, &number);
        let account = facts::account(desk, account_id).await?;
        let now = desk.now();
        let stated = deposit
            .map(|deposit| {
                let amount: Money = deposit.read().map_err(|problem| bad(&problem))?;
                let evidence_id = EvidenceId::default();
                let source = Source::Customer;
                Ok::<_, ApiError>(DepositShown {
                    evidence_id,
                    source,
                    amount,
                    worth: None,
                    as_of: now,
                })
            })
            .transpose()?;
        let insight = policy::insight(caller, &account);
        Ok(eligibility::assess(account_id, &account, &ordered, stated.as_ref(), now, insight))
    }

    /// A trading account, as it is or as it was at a moment. For licensing.
    async fn trading_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global id.")] id: Option<ID>,
        #[graphql(desc = "Its broker, together with `number`.")] broker_id: Option<ID>,
        #[graphql(desc = "Its number, together with `brokerId`.")] number: Option<String>,
        #[graphql(desc = "As it was at this moment, by what had been recorded until then.")]
        as_of: Option<DateTime<Utc>>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<TradingAccount>> {
        let (desk, caller) = query::begin(context, consistent_with).await?;
        policy::reading_licenser(caller)?;
        let account_id: TradingAccountId = match (id, broker_id, number) {
            (Some(id), None, None) => parse_id(&id)?,
            (None, Some(broker_id), Some(number)) => {
                let number = AccountNumber::parse(&number)
                    .map_err(|_| bad(&"an account's number is 1 to 20 Latin letters and digits"))?;
                trading_account_of(parse_id(&broker_id)?, &number)
            }
            _ => {
                let which = "an account is asked for by its id, or by its broker and number";
                return Err(bad(&which).into());
            }
        };
        let found: Option<Arc<AdvisorIntervalRow>> = match as_of {
            Some(moment) => {
                let row = advisor_intervals::as_of(desk.log.db(), account_id, moment).await;
                row.map_err(ApiError::from)?.map(Arc::new)
            }
            None => data::<Loaders>(context)?.trading_account(account_id).await?,
        };
        Ok(found.map(TradingAccount))
    }

    /// Trading accounts in the order in which they were first recorded. For licensing.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, what is asked, and consistency")]
    async fn trading_accounts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the accounts are filtered by.")] filter: Option<
            TradingAccountsFilter,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size: 50 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<TradingAccountList> {
        let (desk, caller) = query::begin(context, consistent_with).await?;
        policy::reading_licenser(caller)?;
        let catalogue = data::<Loaders>(context)?.catalogue().await?;
        let filter = filter.unwrap_or_default().read(desk, &catalogue)?;
        let request: PageRequest<Position> = PageArgs { after, before, first, last }.read()?;
        let db = desk.log.db();
        let page = advisor_intervals::page(db, &filter, side(&request), request.limit());
        let rows = page.await.map_err(ApiError::from)?;
        let node = |row| TradingAccount(Arc::new(row));
        Ok(request.page(rows, TradingAccountCount(filter), |row| row.position, node)?)
    }
}

/// A page of the applications that the caller may see: a customer their own, licensing all.
///
/// # Errors
/// `Forbidden` for a filter that is not the caller's, `BadUserInput` for bad arguments, `Internal`.
pub async fn list(
    context: &Context<'_>,
    conditions: &ApplicationsFilter,
    order_by: Option<ApplicationsOrder>,
    args: &PageArgs,
) -> Result<ApplicationList, ApiError> {
    let desk = data::<Desk>(context)?;
    let filter = conditions.read(guards::caller(context)?)?;
    let order = order_by.map_or(Order::Submitted, Into::into);
    let request: PageRequest<PlaceInList> = args.read()?;
    let cursor = |row: &Row| row.place_in(order);
    let node = |row: Row| Application(Arc::new(row));
    let at = match &request {
        PageRequest::Forward { after, .. } => Side::After(*after),
        PageRequest::Backward { before, .. } => Side::Before(*before),
    };
    if let Some(is_eligible) = conditions.is_eligible {
        let found = eligible(context, desk, &filter, order, is_eligible).await?;
        let total = ApplicationCount::Counted(found.len());
        let rows = part(found, at, order, request.limit());
        return request.page(rows, total, cursor, node);
    }
    let rows = applications::page(desk.log.db(), &filter, order, at, request.limit()).await?;
    let total = ApplicationCount::Filtered(Box::new(filter));
    request.page(rows, total, cursor, node)
}

fn ordered(catalogue: &Catalogue, product_ids: &[ID]) -> Result<Vec<Advisor>, ApiError> {
    let most = catalogue.licensing_policy.products_per_application;
    if product_ids.is_empty() || product_ids.len() > most {
        return Err(bad(&format!("1 to {most} products are asked for together")));
    }
    let mut ids: Vec<ProductId> = product_ids.iter().map(parse_id).collect::<Result<_, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < product_ids.len() {
        return Err(bad(&"a product is named twice"));
    }
    let advisor = |id| facts::advisor(catalogue, id).map_err(|rejection| bad(&rejection));
    ids.into_iter().map(advisor).collect()
}

/// The applications that fit and that the rule allows at this moment, or does not.
async fn eligible(
    context: &Context<'_>,
    desk: &Desk,
    filter: &Filter,
    order: Order,
    is_eligible: bool,
) -> Result<Vec<Row>, ApiError> {
    let filter = Filter {
        is_open: Some(true),
        kinds: vec![RequestKind::FreeAdvisorApplication],
        ..filter.clone()
    };
    let db = desk.log.db();
    let count = applications::count(db, &filter).await?;
    if count > MAX_ASSESSED {
        let message = format!(
            "{count} applications are open; with `isEligible` a filter must leave {MAX_ASSESSED}"
        );
        return Err(ApiError::BadUserInput(message));
    }
    let mut rows = applications::page(db, &filter, order, Side::After(None), MAX_ASSESSED).await?;
    let ids: Vec<TradingAccountId> = rows.iter().filter_map(Row::account_id).collect();
    let accounts = advisor_intervals::by_ids(db, &ids).await?;
    let catalogue = data::<Loaders>(context)?.catalogue().await?;
    let (now, unknown) = (desk.now(), Account::default());
    rows.retain(|row| {
        let account = row.account_id().and_then(|id| accounts.get(&id));
        let account = account.map_or(&unknown, |known| &known.account);
        let ids = row.request.product_ids().iter();
        let advisors: Result<Vec<Advisor>, _> =
            ids.map(|id| facts::advisor(&catalogue, *id)).collect();
        let is_allowed =
            advisors.is_ok_and(|advisors| rule::assess(account, &advisors, now).is_ok());
        is_allowed == is_eligible
    });
    Ok(rows)
}

/// A page of what was found.
fn part(found: Vec<Row>, side: Side, order: Order, limit: i64) -> Vec<Row> {
    let place = |row: &Row| {
        let place = row.place_in(order);
        (place.rank, place.position)
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    match side {
        Side::After(after) => {
            let is_after = |row: &Row| after.is_none_or(|at| place(row) > (at.rank, at.position));
            found.into_iter().filter(is_after).take(limit).collect()
        }
        Side::Before(before) => {
            let is_before = |row: &Row| before.is_none_or(|at| place(row) < (at.rank, at.position));
            let mut rows: Vec<Row> = found.into_iter().filter(is_before).collect();
            rows.drain(..rows.len().saturating_sub(limit));
            rows
        }
    }
}
