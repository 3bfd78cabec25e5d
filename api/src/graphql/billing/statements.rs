//! Monthly statements: their lines and totals, and the work that is charged (B5).

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::billing::account::events;
use servicedesk_domain::customer::CustomerId;
use servicedesk_eventlog::Position;
use servicedesk_projections::billing::statement_lines::{self, Filter, StatementLineRow, Which};
use servicedesk_projections::billing::statements::{self, Shown, StatementRow as Row};
use servicedesk_projections::billing::support_accounts::SupportAccountRow;
use uuid::Uuid;

use super::accounts::in_currency;
use crate::graphql::customer::Customer;
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::node::names;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{
    EventPosition, Money, Month, PageArgs, PageRequest, id_named, list_cost, parse_id, side,
};
use crate::graphql::ticket::time_entries::{TimeEntry, WorkSettlement, shown_entry};
use servicedesk_service::access::policy;
use servicedesk_service::access::{Identity, RequestInfo};
use servicedesk_service::billing::print::{self, Balances};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// What a line of a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum StatementLineKind {
    /// Time that was worked.
    Work,
    /// What was drawn and charged for wrongly logged time, given back in full.
    Reversal,
    /// What was drawn and charged for time that became a courtesy, given back in full.
    Courtesy,
}

/// A line of a statement.
pub struct StatementLine(StatementLineRow);

/// A line of a statement.
#[Object]
impl StatementLine {
    /// What it is. All figures of a credit are below nothing.
    async fn kind(&self) -> StatementLineKind {
        match self.0.credit {
            None => StatementLineKind::Work,
            Some(events::CreditBasis::Reversal) => StatementLineKind::Reversal,
            Some(events::CreditBasis::Courtesy) => StatementLineKind::Courtesy,
        }
    }

    /// Whose statement it stands on.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// The time entry.
    async fn time_entry(&self, context: &Context<'_>) -> Result<Option<TimeEntry>> {
        Ok(shown_entry(context, self.0.settlement.entry_id).await?)
    }

    /// What was drawn and charged, or is given back.
    async fn settlement(&self) -> WorkSettlement {
        let (settlement, billed_in) = (self.0.settlement.clone(), self.0.billed_in);
        WorkSettlement { settlement, billed_in }
    }

    /// When the work ended.
    async fn worked_at(&self) -> DateTime<Utc> {
        self.0.settlement.worked_at
    }

    /// The minutes, without those that are neither drawn nor charged.
    async fn minutes(&self) -> i64 {
        let settlement = &self.0.settlement;
        let free = i64::from(settlement.free_minutes());
        self.0.sign() * (free + i64::from(settlement.chargeable_minutes))
    }

    /// Those drawn from free packages.
    async fn free_minutes(&self) -> i64 {
        self.0.sign() * i64::from(self.0.settlement.free_minutes())
    }

    /// Those charged.
    async fn chargeable_minutes(&self) -> i64 {
        self.0.sign() * i64::from(self.0.settlement.chargeable_minutes)
    }

    /// What they cost.
    async fn amount(&self) -> Money {
        print::amount(&self.0).into()
    }
}

/// What the lines of a statement come to.
#[derive(SimpleObject)]
pub struct StatementTotals {
    /// The minutes drawn from free packages.
    free_minutes: i64,
    /// The minutes charged.
    chargeable_minutes: i64,
    /// What is added to the lines, each of which is rounded by itself, so that the amount is their
    /// exact sum, rounded once. It can be other than zero where work was given back.
    rounding: Money,
    /// What the statement comes to.
    amount: Money,
}

/// What the charged lines in a list come to.
pub struct LineTotals(Filter);

/// What the charged lines in a list come to.
#[Object]
impl LineTotals {
    /// How many lines there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        Ok(self.sums(context).await?.lines)
    }

    /// The minutes charged, less those given back.
    async fn total_chargeable_minutes(&self, context: &Context<'_>) -> Result<i64> {
        Ok(self.sums(context).await?.chargeable_minutes)
    }

    /// What they cost.
    async fn total_amount(&self, context: &Context<'_>) -> Result<Money> {
        let cents = self.sums(context).await?.cents;
        Ok(in_currency(context, cents).await?)
    }
}

impl LineTotals {
    async fn sums(&self, context: &Context<'_>) -> Result<statement_lines::Sums, ApiError> {
        Ok(statement_lines::sums(data::<Desk>(context)?.log.db(), self.0).await?)
    }
}

/// Lines of statements as a list.
pub type StatementLineList = Connection<String, StatementLine, LineTotals>;

async fn lines(
    context: &Context<'_>,
    filter: Filter,
    args: &PageArgs,
) -> Result<StatementLineList, ApiError> {
    let request: PageRequest<Position> = args.read()?;
    let db = data::<Desk>(context)?.log.db();
    let rows = statement_lines::page(db, filter, side(&request), request.limit()).await?;
    request.page(rows, LineTotals(filter), |row| row.position, StatementLine)
}

/// A customer's statement of one month.
pub struct Statement(pub Row);

/// A customer's statement of one month.
#[Object]
impl Statement {
    /// The global id.
    pub async fn id(&self) -> ID {
        id_named(names::STATEMENT, statements::id(self.0.customer_id, self.0.month))
    }

    /// Whose it is.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// Of which month.
    async fn month(&self) -> Month {
        Month(self.0.month)
    }

    /// Whether it is final. What comes later stands on the next one.
    async fn is_closed(&self, context: &Context<'_>) -> Result<bool> {
        let account = context.data::<Loaders>()?.support_account(self.0.customer_id).await?;
        Ok(account.is_some_and(|row| row.account.is_closed(self.0.month)))
    }

    /// When accounting closed it.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// What its lines come to.
    async fn totals(&self, context: &Context<'_>) -> Result<StatementTotals> {
        let (totals, balances) = (self.0.totals, self.balances(context).await?);
        Ok(StatementTotals {
            free_minutes: totals.free_minutes,
            chargeable_minutes: totals.chargeable_minutes,
            rounding: balances.rounding.into(),
            amount: balances.amount.into(),
        })
    }

    /// What was owed at the end of the month before.
    async fn opening_balance(&self, context: &Context<'_>) -> Result<Money> {
        Ok(self.balances(context).await?.opening.into())
    }

    /// What was received in the month.
    async fn paid(&self, context: &Context<'_>) -> Result<Money> {
        Ok(self.balances(context).await?.paid.into())
    }

    /// What is owed at the end of the month: the opening balance and the amount, less what was
    /// received.
    async fn closing_balance(&self, context: &Context<'_>) -> Result<Money> {
        Ok(self.balances(context).await?.closing.into())
    }

    /// Its lines, in the order in which they were settled.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn lines(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
    ) -> Result<StatementLineList> {
        let which = match guards::caller(context)?.identity {
            Identity::Customer(_) => Which::Shown,
            Identity::Staff(_) => Which::All,
        };
        let (customer_id, month) = (Some(self.0.customer_id), Some(self.0.month));
        let filter = Filter { customer_id, month, which };
        Ok(lines(context, filter, &PageArgs { after, before, first, last }).await?)
    }

    /// The whole statement as comma-separated values, for a spreadsheet.
    #[graphql(complexity = "WHOLE_STATEMENT")]
    async fn csv(&self, context: &Context<'_>) -> Result<String> {
        let language = context.data::<RequestInfo>()?.language;
        Ok(print::csv(data::<Desk>(context)?, &self.0, language).await?)
    }

    /// The whole statement as a page to print.
    #[graphql(complexity = "WHOLE_STATEMENT")]
    async fn html(&self, context: &Context<'_>) -> Result<String> {
        let language = context.data::<RequestInfo>()?.language;
        Ok(print::html(data::<Desk>(context)?, &self.0, language).await?)
    }
}

impl Statement {
    async fn balances(&self, context: &Context<'_>) -> Result<Balances, ApiError> {
        let loaders = data::<Loaders>(context)?;
        let id = self.0.customer_id;
        let empty = || Arc::new(SupportAccountRow::empty(id));
        let account = loaders.support_account(id).await?.unwrap_or_else(empty);
        let currency = loaders.terms().await?.terms.hourly_price.currency;
        Ok(print::balances(&account.account, &self.0, currency))
    }
}

/// What a whole statement in one text costs.
const WHOLE_STATEMENT: usize = 500;

/// Statements as a list.
pub type StatementList = Connection<String, Statement, StatementCount>;

/// How many statements there are in a list.
pub struct StatementCount(statements::Filter);

/// How many statements there are in a list.
#[Object]
impl StatementCount {
    /// How many there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let count = statements::count(data::<Desk>(context)?.log.db(), self.0).await;
        Ok(count.map_err(ApiError::from)?)
    }
}

/// What chargeable work is filtered by. All conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ChargeableWorkFilter {
    /// Of this customer.
    pub customer_id: Option<ID>,
}

/// Which statements are asked for; everything given must hold.
#[derive(Debug, Clone, Default, async_graphql::InputObject)]
pub struct StatementsFilter {
    /// Of this customer.
    pub customer_id: Option<ID>,
    /// Of this month.
    pub month: Option<Month>,
    /// Whether they are closed.
    pub is_closed: Option<bool>,
}

/// A customer's statement of a month; one that nothing stands on is empty.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn statement_of(
    context: &Context<'_>,
    customer_id: CustomerId,
    month: Month,
) -> Result<Option<Statement>, ApiError> {
    let desk = data::<Desk>(context)?;
    if let Some(row) = statements::of(desk.log.db(), customer_id, month.0).await? {
        return Ok(Some(Statement(row)));
    }
    let customer = data::<Loaders>(context)?.customer(customer_id).await?;
    Ok(customer.map(|_| Statement(Row::empty(customer_id, month.0))))
}

/// The statement with this id, if it has a line or is closed and the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible_statement(
    context: &Context<'_>,
    id: Uuid,
) -> Result<Option<Statement>, ApiError> {
    let caller = guards::caller(context)?;
    let found = statements::by_id(data::<Desk>(context)?.log.db(), id).await?;
    let is_customer = matches!(caller.identity, Identity::Customer(_));
    let may_see = |row: &Row| {
        policy::may_see_books(caller).is_ok()
            && policy::may_see_customer(caller, row.customer_id)
            && !(is_customer && row.is_hidden())
    };
    Ok(found.filter(may_see).map(Statement))
}

/// Queries on statements.
#[derive(Default)]
pub struct StatementQuery;

#[Object]
impl StatementQuery {
    /// A customer's statement of a month. A customer sees their own; accounting names the customer.
    async fn statement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose; the caller's where not given.")] customer_id: Option<ID>,
        #[graphql(desc = "Of which month.")] month: Month,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<Statement>> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::may_see_books(caller)?;
        let named = customer_id.as_ref().map(parse_id).transpose()?;
        let customer_id = policy::customer_asked_for(caller, named)?;
        query::shows_settled(data::<Desk>(context)?, consistent_with).await?;
        Ok(statement_of(context, customer_id, month).await?)
    }

    /// Statements with lines, or closed without one, in the order in which they began: all of them
    /// for accounting, their own for a customer.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "arguments of a field are its interface")]
    async fn statements(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those for which all of this holds.")] filter: Option<
            StatementsFilter,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<StatementList> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::may_see_books(caller)?;
        let asked = filter.unwrap_or_default();
        let named: Option<CustomerId> = asked.customer_id.as_ref().map(parse_id).transpose()?;
        let customer_id = match caller.identity {
            Identity::Customer(_) => Some(policy::customer_asked_for(caller, named)?),
            Identity::Staff(_) => named,
        };
        let month = asked.month.map(|Month(month)| month);
        let is_shown = matches!(caller.identity, Identity::Customer(_)).then_some(Shown);
        let is_closed = asked.is_closed;
        let filter = statements::Filter { customer_id, month, is_closed, is_shown };
        query::shows_settled(data::<Desk>(context)?, consistent_with).await?;
        let request: PageRequest<Position> = PageArgs { after, before, first, last }.read()?;
        let db = data::<Desk>(context)?.log.db();
        let rows = statements::page(db, filter, side(&request), request.limit()).await;
        let rows = rows.map_err(ApiError::from)?;
        Ok(request.page(rows, StatementCount(filter), |row| row.position, Statement)?)
    }

    /// The work that is charged on the statements of a month, with what was given back, in the
    /// order in which it was settled. For accounting.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "arguments of a field are its interface")]
    async fn chargeable_work(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "On the statements of which month.")] month: Month,
        #[graphql(desc = "What the work is filtered by.")] filter: Option<ChargeableWorkFilter>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<StatementLineList> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::reading_accountant(caller)?;
        let named = filter.unwrap_or_default().customer_id;
        let customer_id = named.as_ref().map(parse_id).transpose()?;
        query::shows_settled(data::<Desk>(context)?, consistent_with).await?;
        let filter = Filter { customer_id, month: Some(month.0), which: Which::Chargeable };
        Ok(lines(context, filter, &PageArgs { after, before, first, last }).await?)
    }
}
