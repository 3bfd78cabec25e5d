//! Customers as GraphQL shows them.

pub mod error;
pub mod mutations;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_projections::customer::customer_directory::{self, CustomerFilter, CustomerRow};
use uuid::Uuid;

use crate::graphql::applications::filters::ApplicationsFilter;
use crate::graphql::applications::queries::{
    self as applications, ApplicationList, ApplicationsOrder,
};
use crate::graphql::billing::accounts::{SupportAccount, visible_account};
use crate::graphql::billing::statements::{Statement, statement_of};
use crate::graphql::guards;
use crate::graphql::licensing::{self, LicenceList, LicencesFilter};
use crate::graphql::loaders::Loaders;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{
    EventPosition, Month, PageArgs, PageRequest, global_id, id_side, list_cost,
};
use crate::graphql::search::words;
use crate::graphql::ticket::queries::{self as tickets, Tickets, TicketsFilter, TicketsOrder};
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// A customer.
pub struct Customer(pub CustomerRow);

/// A customer.
#[Object]
impl Customer {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.customer_id)
    }

    /// When the customer was erased: since then their texts are shown as `[erased]`. Null if they
    /// were not.
    async fn erased_at(&self) -> Option<DateTime<Utc>> {
        self.0.erased_at
    }

    /// The customer's name.
    async fn name(&self) -> &str {
        self.0.name.shown()
    }

    /// Since when the person is a customer.
    async fn registered_at(&self) -> DateTime<Utc> {
        self.0.registered_at
    }

    /// Their tickets, as far as the caller may see them. It takes what `tickets` takes.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and what is asked")]
    async fn tickets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the tickets are filtered by.")] filter: Option<TicketsFilter>,
        #[graphql(desc = "Their order: `NUMBER_DESC` by default. For staff only.")]
        order_by: Option<TicketsOrder>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size: 50 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
    ) -> Result<Tickets> {
        let args = PageArgs { after, before, first, last };
        let mut filter = filter.unwrap_or_default();
        filter.customer_id = self.only_own(filter.customer_id)?;
        Ok(tickets::list(context, &filter, order_by, &args).await?)
    }

    /// Their licences. It takes what `licences` takes.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn licences(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the licences are filtered by.")] filter: Option<LicencesFilter>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size: 50 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
    ) -> Result<LicenceList> {
        let args = PageArgs { after, before, first, last };
        let mut filter = filter.unwrap_or_default();
        filter.customer_id = self.only_own(filter.customer_id)?;
        Ok(licensing::list(context, filter, &args).await?)
    }

    /// Their applications. It takes what `applications` takes. For themselves and for
    /// licensing; null for everybody else.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and what is asked")]
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
    ) -> Result<Option<ApplicationList>> {
        if !policy::may_see_applications(guards::caller(context)?, self.0.customer_id) {
            return Ok(None);
        }
        let args = PageArgs { after, before, first, last };
        let mut filter = filter.unwrap_or_default();
        filter.customer_id = self.only_own(filter.customer_id)?;
        Ok(Some(applications::list(context, &filter, order_by, &args).await?))
    }

    /// The e-mail address that they log in with. Null if they cannot log in yet.
    async fn email(&self, context: &Context<'_>) -> Result<Option<String>> {
        Ok(data::<Loaders>(context)?.address(self.0.customer_id.uuid()).await?)
    }

    /// Their statement of a month. For themselves and for accounting; null for everybody else.
    async fn statement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which month; the present one by default.")] month: Option<Month>,
    ) -> Result<Option<Statement>> {
        if policy::may_see_books(guards::caller(context)?).is_err() {
            return Ok(None);
        }
        let (desk, loaders) = (data::<Desk>(context)?, data::<Loaders>(context)?);
        let present = Month(loaders.terms().await?.month_of(desk.now()));
        let month = month.unwrap_or(present);
        Ok(statement_of(context, self.0.customer_id, month).await?)
    }

    /// Their support account.
    async fn support_account(&self, context: &Context<'_>) -> Result<Option<SupportAccount>> {
        Ok(visible_account(context, self.0.customer_id).await?)
    }
}

/// A list of customers.
pub type Customers = Connection<String, Customer, CustomerTotal>;

/// The number of customers in a list.
pub struct CustomerTotal(CustomerFilter);

/// The number of customers in a list.
#[Object]
impl CustomerTotal {
    /// The total number.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let count = customer_directory::count(data::<Desk>(context)?.log.db(), &self.0).await;
        Ok(count.map_err(ApiError::from)?)
    }
}

/// What customers are filtered by. All conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct CustomersFilter {
    /// Each of these words is in their name or in the e-mail address that they log in with.
    /// Capitals, and the dots of `ё`, make no difference.
    pub text: Option<String>,
    /// Whether they can log in.
    pub has_login: Option<bool>,
}

/// Queries on customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// Customers, in the order of ids. For staff only.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, and what is asked")]
    async fn customers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the customers are filtered by.")] filter: Option<CustomersFilter>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer reflects the log up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Customers> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::reading_staff(caller)?;
        let CustomersFilter { text, has_login } = filter.unwrap_or_default();
        let filter = CustomerFilter { words: words(text.as_deref())?, has_login };
        let desk = data::<Desk>(context)?;
        query::shows(desk, consistent_with).await?;
        let request: PageRequest<Uuid> = PageArgs { after, before, first, last }.read()?;
        let (side, limit) = (id_side(&request), request.limit());
        let rows = customer_directory::page(desk.log.db(), &filter, side, limit).await;
        let rows = rows.map_err(ApiError::from)?;
        let cursor = |row: &CustomerRow| row.customer_id.uuid();
        Ok(request.page(rows, CustomerTotal(filter), cursor, Customer)?)
    }
}

impl Customer {
    /// This customer, as a filter names them.
    fn only_own(&self, named: Option<ID>) -> Result<Option<ID>, ApiError> {
        let own = global_id(self.0.customer_id);
        match named {
            Some(other) if other != own => {
                let problem = "customerId names another customer than the one asked about";
                Err(ApiError::BadUserInput(problem.to_owned()))
            }
            _ => Ok(Some(own)),
        }
    }
}
