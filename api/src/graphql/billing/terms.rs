//! The terms of support as GraphQL shows them.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use servicedesk_domain::billing::Version;

use crate::graphql::guards;
use crate::graphql::query;
use crate::graphql::relay::{EventPosition, Money};
use servicedesk_service::access::policy;
use servicedesk_service::billing::terms;
use servicedesk_service::desk::Desk;

/// A version of the terms of support.
pub struct SupportTerms(pub Version);

/// A version of the terms of support.
#[Object]
impl SupportTerms {
    /// The version, from 1.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// From which moment of work on it holds; the first version also holds for work before.
    async fn in_force_from(&self) -> DateTime<Utc> {
        self.0.in_force_from
    }

    /// What an hour costs that exceeds the free time.
    async fn hourly_price(&self) -> Money {
        self.0.terms.hourly_price.into()
    }

    /// The free minutes that come with each licence.
    async fn package_minutes(&self) -> u32 {
        self.0.terms.package_minutes
    }

    /// At which share of a package, in percent, the customer is warned for the first time.
    async fn warning_percent(&self) -> u8 {
        self.0.terms.warning_percent
    }

    /// Whether the customer must agree before work is charged.
    async fn needs_agreement(&self) -> bool {
        self.0.terms.needs_agreement
    }

    /// In which time zone months begin, for example `Europe/Moscow`.
    async fn time_zone(&self) -> &'static str {
        self.0.terms.time_zone.name()
    }
}

/// Queries on the terms of support.
#[derive(Default)]
pub struct TermsQuery;

#[Object]
impl TermsQuery {
    /// The terms of support in force at a moment.
    async fn support_terms(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "At which moment; now, where not given.")] at: Option<DateTime<Utc>>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<SupportTerms> {
        let (desk, _) = query::begin(context, consistent_with).await?;
        Ok(SupportTerms(terms::for_request(&desk.log, at.unwrap_or_else(|| desk.now())).await?))
    }

    /// Every version of the terms of support, the first one first. For staff only.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn support_terms_versions(&self, context: &Context<'_>) -> Result<Vec<SupportTerms>> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::reading_staff(caller)?;
        let history = terms::history(&context.data::<Desk>()?.log).await?;
        Ok(history.versions.into_iter().map(SupportTerms).collect())
    }
}
