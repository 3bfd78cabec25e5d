//! The desk's settings: an administrator changes the catalogue and the policies, and staff see who
//! changed what and when.

pub mod error;
pub mod inputs;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::{self as domain, CatalogueEvent, Rejection, catalogue_id};
use servicedesk_domain::kernel::Entity;
use servicedesk_eventlog::{Executed, Recorded};
use servicedesk_service::catalogue::defining;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::{ApiError, Failure};

use self::error::SettingsRefusal;
use self::inputs::{
    ChangeLicensingPolicyInput, ChangeTicketPolicyInput, DefineBrokerInput, DefineCategoryInput,
    DefineDepartmentInput, DefineProductInput, RetireCatalogueEntryInput,
};
use crate::graphql::actor::{Actor, shown_actor};
use crate::graphql::catalogue::Catalogue;
use crate::graphql::mutation::{self, Outcome};
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, parse_id, split_id};

/// How many changes of the settings are shown.
pub const MAX_CHANGES: usize = 100;

/// A change of the desk's settings.
pub struct SettingsChange(Recorded);

/// A change of the desk's settings.
#[Object]
impl SettingsChange {
    /// What was changed, for example `catalogue.department_defined`.
    async fn kind(&self) -> &'static str {
        self.0.event.event_type()
    }

    /// The short name of the entry. Null for a policy, and for what was retired.
    async fn code(&self) -> Option<&str> {
        match &self.0.event {
            Event::Catalogue(
                CatalogueEvent::DepartmentDefined { code, .. }
                | CatalogueEvent::CategoryDefined { code, .. }
                | CatalogueEvent::ProductDefined { code, .. }
                | CatalogueEvent::BrokerDefined { code, .. }
                | CatalogueEvent::CalendarDefined { code, .. },
            ) => Some(code),
            _ => None,
        }
    }

    /// Who changed it.
    async fn actor(&self, context: &Context<'_>) -> Result<Actor> {
        Ok(shown_actor(context, self.0.metadata.actor).await?)
    }

    /// When it was changed.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.metadata.occurred_at
    }

    /// Its place in the log.
    async fn position(&self) -> EventPosition {
        EventPosition(self.0.position)
    }
}

/// The last changes of the settings, the newest first.
///
/// # Errors
/// `Internal` if they cannot be read.
pub async fn changes(context: &Context<'_>) -> Result<Vec<SettingsChange>, ApiError> {
    let log = &data::<Desk>(context)?.log;
    let id = catalogue_id().uuid();
    let (_, last) = log.load::<domain::Catalogue>(id).await.map_err(ApiError::from)?;
    let kept = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
    let events = log.read_aggregate("catalogue", id, (last - kept).max(0), kept).await?;
    Ok(events.into_iter().rev().map(SettingsChange).collect())
}

/// The result of a change of the desk's settings.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SettingsPayload {
    #[graphql(flatten)]
    outcome: Outcome,
}

impl SettingsPayload {
    fn of<I>(
        context: &Context<'_>,
        done: Result<Executed, Failure<Rejection>>,
    ) -> Result<Payload<I, Self>> {
        let outcome = Outcome::of(context, done.map_err(SettingsRefusal::of))?;
        Ok(Self { outcome }.into())
    }
}

#[ComplexObject]
impl SettingsPayload {
    /// The catalogue as it is now. Null on a refusal.
    async fn catalogue(&self, context: &Context<'_>) -> Result<Option<Catalogue>> {
        if self.outcome.executed.is_none() {
            return Ok(None);
        }
        let log = &data::<Desk>(context)?.log;
        let loaded = log.load::<domain::Catalogue>(catalogue_id().uuid()).await;
        let (catalogue, _) = loaded.map_err(ApiError::from)?;
        Ok(Some(Catalogue(Arc::new(catalogue))))
    }
}

/// Mutations on the desk's settings.
#[derive(Default)]
pub struct SettingsMutation;

#[Object]
impl SettingsMutation {
    /// Defines a department, or gives it another title. For administrators.
    async fn define_department(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The department.")] input: DefineDepartmentInput,
    ) -> Result<Payload<DefineDepartmentInput, SettingsPayload>> {
        let acting = mutation::begin(context, &input, input.named.key)?;
        SettingsPayload::of(context, defining::define(acting, input.file()).await)
    }

    /// Defines a category and where its tickets go. What was opened before stays where it is. For
    /// administrators.
    async fn define_category(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The category.")] input: DefineCategoryInput,
    ) -> Result<Payload<DefineCategoryInput, SettingsPayload>> {
        let acting = mutation::begin(context, &input, input.named.key)?;
        let file = input.file(&*acting.desk.catalogue().await?)?;
        SettingsPayload::of(context, defining::define(acting, file).await)
    }

    /// Defines a product and its minimum deposits. For administrators.
    async fn define_product(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The product.")] input: DefineProductInput,
    ) -> Result<Payload<DefineProductInput, SettingsPayload>> {
        let acting = mutation::begin(context, &input, input.named.key)?;
        let file = input.file()?;
        SettingsPayload::of(context, defining::define(acting, file).await)
    }

    /// Defines a broker. For administrators.
    async fn define_broker(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The broker.")] input: DefineBrokerInput,
    ) -> Result<Payload<DefineBrokerInput, SettingsPayload>> {
        let acting = mutation::begin(context, &input, input.named.key)?;
        SettingsPayload::of(context, defining::define(acting, input.file()).await)
    }

    /// Takes a department, category, product or broker out of use. It stays readable where something
    /// names it; defining it again brings it back. For administrators.
    async fn retire_catalogue_entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: RetireCatalogueEntryInput,
    ) -> Result<Payload<RetireCatalogueEntryInput, SettingsPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let command = match split_id(&input.id) {
            Some((name, _)) if name == domain::Department::NAME => {
                domain::Command::RetireDepartment(parse_id(&input.id)?)
            }
            Some((name, _)) if name == domain::Category::NAME => {
                domain::Command::RetireCategory(parse_id(&input.id)?)
            }
            Some((name, _)) if name == domain::Broker::NAME => {
                domain::Command::RetireBroker(parse_id(&input.id)?)
            }
            _ => domain::Command::RetireProduct(parse_id(&input.id)?),
        };
        SettingsPayload::of(context, defining::retire(acting, command).await)
    }

    /// Changes limits and periods for tickets. For administrators.
    async fn change_ticket_policy(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: ChangeTicketPolicyInput,
    ) -> Result<Payload<ChangeTicketPolicyInput, SettingsPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let change = |policy: &mut domain::TicketPolicy| input.change(policy);
        SettingsPayload::of(context, defining::change_ticket_policy(acting, change).await)
    }

    /// Changes limits for applications, and periods for licences and links. For administrators.
    async fn change_licensing_policy(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: ChangeLicensingPolicyInput,
    ) -> Result<Payload<ChangeLicensingPolicyInput, SettingsPayload>> {
        let acting = mutation::begin(context, &input, input.key)?;
        let change = input.change()?;
        SettingsPayload::of(context, defining::change_licensing_policy(acting, change).await)
    }
}
