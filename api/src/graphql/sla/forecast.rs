//! What will be breached if nothing happens (S3).

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use servicedesk_domain::kernel::{Id, Moment};
use servicedesk_domain::sla;
use servicedesk_projections::sla::forecast;
use servicedesk_projections::sla::request::Request;
use servicedesk_projections::sla::rollup::Dimension;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::report::{SlaDimension, group_node};
use crate::graphql::applications::types::Application;
use crate::graphql::loaders::Loaders;
use crate::graphql::node::Node;
use crate::graphql::query::data;
use crate::graphql::ticket::types::Ticket;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::sla::presentation;

/// The most hours that are forecast.
const MAX_HOURS: i64 = 7 * 24;
/// The most requests that a forecast names.
const MAX_NAMED: i64 = 100;

/// What will be breached if nothing happens.
pub struct SlaForecast {
    from: Moment,
    until: Moment,
    filter: Vec<(Dimension, Uuid)>,
    /// All that will be, within the filter; read when it is asked for.
    all: OnceCell<Vec<Request>>,
}

/// A request whose processing will be breached if nothing happens.
#[derive(SimpleObject)]
pub struct SlaForecastEntry {
    /// When.
    breaches_at: DateTime<Utc>,
    /// The ticket, where it is one.
    ticket: Option<Ticket>,
    /// The application, where it is one.
    application: Option<Application>,
}

/// How many requests of one department, agent, category or product will be breached.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SlaForecastGroup {
    #[graphql(skip)]
    by: Dimension,
    #[graphql(skip)]
    id: Uuid,
    /// What people call it.
    group_name: Option<String>,
    /// How many they are. A request of two departments counts in both.
    count: usize,
}

#[ComplexObject]
impl SlaForecastGroup {
    /// The department, agent, category or product. Null for those without an agent.
    async fn group(&self, context: &Context<'_>) -> Result<Option<Node>> {
        Ok(group_node(context, self.by, &self.id.to_string()).await?)
    }
}

/// What will be breached if nothing happens.
#[Object]
impl SlaForecast {
    /// From now.
    async fn from(&self) -> DateTime<Utc> {
        self.from
    }

    /// Until then.
    async fn until(&self) -> DateTime<Utc> {
        self.until
    }

    /// How many requests will be breached in that time.
    async fn count(&self, context: &Context<'_>) -> Result<i64> {
        if !self.filter.is_empty() {
            return Ok(i64::try_from(self.all(context).await?.len()).unwrap_or(i64::MAX));
        }
        let db = data::<Desk>(context)?.log.db();
        let count = forecast::count(db, self.from, self.until).await;
        Ok(count.map_err(ApiError::from)?)
    }

    /// The first hundred of them, in the order of time.
    #[graphql(complexity = "1 + child_complexity")]
    async fn entries(&self, context: &Context<'_>) -> Result<Vec<SlaForecastEntry>> {
        let db = data::<Desk>(context)?.log.db();
        let rows = if self.filter.is_empty() {
            let first = forecast::breaching(db, self.from, self.until, MAX_NAMED).await;
            &first.map_err(ApiError::from)?
        } else {
            self.all(context).await?
        };
        let loaders = data::<Loaders>(context)?;
        let mut entries = Vec::new();
        for row in rows.iter().take(usize::try_from(MAX_NAMED).unwrap_or(usize::MAX)) {
            let Some(breaches_at) = row.breaches_at() else { continue };
            let id = row.request_id;
            let (ticket, application) = match row.belonging.request {
                sla::RequestKind::Ticket => (loaders.ticket(Id::new(id)).await?.map(Ticket), None),
                _ => (None, loaders.application(Id::new(id)).await?.map(Application)),
            };
            entries.push(SlaForecastEntry { breaches_at, ticket, application });
        }
        Ok(entries)
    }

    /// How many of them there are of each department, agent, category or product, the most first.
    #[graphql(complexity = "1 + child_complexity")]
    async fn groups(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of each what.")] by: SlaDimension,
    ) -> Result<Vec<SlaForecastGroup>> {
        let by = by.into();
        let counts = forecast::grouped(self.all(context).await?, by);
        let desk = data::<Desk>(context)?;
        let ids: Vec<String> = counts.iter().map(|(id, _)| id.to_string()).collect();
        let groups: Vec<Option<&str>> = ids.iter().map(|id| Some(id.as_str())).collect();
        let language = data::<RequestInfo>(context)?.language;
        let catalogue = desk.catalogue().await?;
        let names = presentation::names(desk.log.db(), &catalogue, Some(by), &groups, language);
        let names = names.await.map_err(ApiError::from)?;
        let group = |((id, count), group_name): (&(Uuid, usize), _)| SlaForecastGroup {
            by,
            id: *id,
            group_name,
            count: *count,
        };
        Ok(counts.iter().zip(names).map(group).collect())
    }
}

impl SlaForecast {
    /// A forecast of so many hours from a moment on.
    ///
    /// # Errors
    /// `BadUserInput` for no hours or too many.
    pub fn of(from: Moment, hours: i64, filter: Vec<(Dimension, Uuid)>) -> Result<Self, ApiError> {
        if !(1..=MAX_HOURS).contains(&hours) {
            return Err(ApiError::BadUserInput(format!("1 to {MAX_HOURS} hours")));
        }
        Ok(Self { from, until: from + TimeDelta::hours(hours), filter, all: OnceCell::new() })
    }

    /// Everything within the filter; refused where it is too much to look into.
    async fn all(&self, context: &Context<'_>) -> Result<&Vec<Request>, ApiError> {
        let db = data::<Desk>(context)?.log.db();
        let read = async || {
            let Some(found) = forecast::all(db, self.from, self.until).await? else {
                let most = forecast::MAX_READ;
                let message = format!("more than {most} will be breached; ask for fewer hours");
                return Err(ApiError::BadUserInput(message));
            };
            Ok(forecast::within(found, &self.filter))
        };
        self.all.get_or_try_init(read).await
    }
}
