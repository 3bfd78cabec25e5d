//! Customers as GraphQL shows them.

pub mod error;
pub mod mutations;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_projections::customer::customer_directory::CustomerRow;

use crate::graphql::applications::filters::ApplicationsFilter;
use crate::graphql::applications::queries::{
    self as applications, ApplicationList, ApplicationsOrder,
};
use crate::graphql::billing::accounts::{SupportAccount, visible_account};
use crate::graphql::guards;
use crate::graphql::licensing::{self, LicenceList, LicencesFilter};
use crate::graphql::relay::{PageArgs, global_id, list_cost};
use crate::graphql::ticket::queries::{self as tickets, Tickets, TicketsFilter, TicketsOrder};
use servicedesk_service::access::policy;
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

    /// Their support account.
    async fn support_account(&self, context: &Context<'_>) -> Result<Option<SupportAccount>> {
        Ok(visible_account(context, self.0.customer_id).await?)
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
