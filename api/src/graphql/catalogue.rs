//! The catalogue as GraphQL shows it. Retired entries stay readable where something names them,
//! and are left out of the lists that people choose from.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, NaiveTime, Utc};
use serde::Serialize;
use servicedesk_domain::catalogue::{self as domain, DepartmentId};
use servicedesk_domain::kernel::hex;
use servicedesk_domain::kernel::{Language as DomainLanguage, Title};
use servicedesk_domain::licensing::key::product_tag;
use servicedesk_domain::sla::RequestKind;
use strum::IntoEnumIterator;

use crate::graphql::guards;
use crate::graphql::licensing::releases::{self, Release};
use crate::graphql::loaders::Loaders;
use crate::graphql::query;
use crate::graphql::relay::{EventPosition, Money, global_id};
use crate::graphql::settings::{self, MAX_CHANGES, SettingsChange};
use crate::graphql::sla::definitions::ServiceLevel;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::error::ApiError;

/// A language of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "DomainLanguage")]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

/// What a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "domain::ProductKind")]
pub enum ProductKind {
    /// A trading robot.
    Robot,
    /// An indicator.
    Indicator,
    /// A utility.
    Utility,
}

fn title(title: &Title, wanted: Option<Language>, context: &Context<'_>) -> String {
    let language = match wanted {
        Some(language) => language.into(),
        None => context.data_opt::<RequestInfo>().map(|info| info.language).unwrap_or_default(),
    };
    title.in_language(language).to_owned()
}

/// A department: a queue of tickets.
pub struct Department(pub domain::Department);

/// A department: a queue of tickets.
#[Object]
impl Department {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.department_id)
    }

    /// A short name that does not change.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people read.
    async fn title(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which language; the caller's where not given.")] language: Option<
            Language,
        >,
    ) -> String {
        title(&self.0.title, language, context)
    }

    /// Whether it takes no new tickets any more.
    async fn is_retired(&self) -> bool {
        self.0.is_retired
    }
}

/// What a ticket may be about. It decides which departments the ticket goes to.
pub struct Category(pub domain::Category);

/// What a ticket may be about. It decides which departments the ticket goes to.
#[Object]
impl Category {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.category_id)
    }

    /// A short name that does not change.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people read.
    async fn title(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which language; the caller's where not given.")] language: Option<
            Language,
        >,
    ) -> String {
        title(&self.0.title, language, context)
    }

    /// Where its tickets go; agents of the first department are asked first.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn departments(&self, context: &Context<'_>) -> Result<Vec<Department>> {
        departments(context, &self.0.department_ids).await
    }

    /// Whether it is no longer offered.
    async fn is_retired(&self) -> bool {
        self.0.is_retired
    }
}

/// Something that the vendor sells.
pub struct Product(pub domain::Product);

/// Something that the vendor sells.
#[Object]
impl Product {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.product_id)
    }

    /// A short name that does not change.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people read.
    async fn title(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which language; the caller's where not given.")] language: Option<
            Language,
        >,
    ) -> String {
        title(&self.0.title, language, context)
    }

    /// What it is.
    async fn kind(&self) -> ProductKind {
        self.0.kind.into()
    }

    /// What tells the product from others in licence keys: eight bytes in hexadecimal digits.
    async fn key_tag(&self) -> String {
        hex::encode(&product_tag(self.0.product_id))
    }

    /// What must be on a trading account to get it free, in the currency in which that is said
    /// first. Null if it is not given free.
    async fn minimum_deposit(&self) -> Option<Money> {
        self.0.minimum_deposits.first().copied().map(Money::from)
    }

    /// The same in each currency in which it is said.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn minimum_deposits(&self) -> Vec<Money> {
        self.0.minimum_deposits.iter().copied().map(Money::from).collect()
    }

    /// Its releases, the newest first, at most 100: those that can be downloaded, and for staff also
    /// those whose file is awaited or that were withdrawn.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn releases(&self, context: &Context<'_>) -> Result<Vec<Release>> {
        Ok(releases::of_product(context, self.0.product_id).await?)
    }

    /// Whether it is no longer offered.
    async fn is_retired(&self) -> bool {
        self.0.is_retired
    }
}

/// With whom a trading account is.
pub struct Broker(pub domain::Broker);

/// With whom a trading account is.
#[Object]
impl Broker {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.broker_id)
    }

    /// A short name that does not change.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people read.
    async fn title(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which language; the caller's where not given.")] language: Option<
            Language,
        >,
    ) -> String {
        title(&self.0.title, language, context)
    }

    /// Whether accounts with it bring free advisors.
    async fn is_partner(&self) -> bool {
        self.0.is_partner
    }

    /// Whether its accounts bring nothing any more.
    async fn is_retired(&self) -> bool {
        self.0.is_retired
    }
}

/// The end of a day is 24:00, so that nobody takes it for its beginning.
fn end_of_opening(until: NaiveTime) -> String {
    if until == NaiveTime::MIN { "24:00".to_owned() } else { until.format("%H:%M").to_string() }
}

/// When the vendor is open.
pub struct Calendar(pub domain::Calendar);

/// When the vendor is open.
#[Object]
impl Calendar {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.calendar_id)
    }

    /// A short name that does not change.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people read.
    async fn title(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which language; the caller's where not given.")] language: Option<
            Language,
        >,
    ) -> String {
        title(&self.0.title, language, context)
    }

    /// In which its hours are meant, for example `Europe/Moscow`.
    async fn time_zone(&self) -> &'static str {
        self.0.time_zone.name()
    }

    /// The weekly openings, each as `Mon 09:00–18:00` in local time.
    #[graphql(complexity = "10")]
    async fn openings(&self) -> Vec<String> {
        let written = |opening: &domain::events::Opening| {
            let (from, until) = (opening.from.format("%H:%M"), end_of_opening(opening.until));
            format!("{} {from}–{until}", opening.day)
        };
        self.0.openings.iter().map(written).collect()
    }

    /// The days on which it is closed, each as `2026-01-01`.
    #[graphql(complexity = "10")]
    async fn holidays(&self) -> Vec<String> {
        self.0.holidays.iter().map(ToString::to_string).collect()
    }

    /// The days with hours of their own, each as `2026-12-31 09:00–13:00`; without hours where it
    /// is closed.
    #[graphql(complexity = "10")]
    async fn special_days(&self) -> Vec<String> {
        let written = |day: &domain::events::SpecialDay| {
            let hours = day.openings.iter().map(|hours| {
                format!(" {}–{}", hours.from.format("%H:%M"), end_of_opening(hours.until))
            });
            format!("{}{}", day.date, hours.collect::<Vec<_>>().join(","))
        };
        self.0.special_days.iter().map(written).collect()
    }

    /// The number of the definition of the calendar.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// The moment from which requests are measured by it. Null for always.
    async fn in_force_from(&self) -> Option<DateTime<Utc>> {
        self.0.in_force_from
    }
}

/// Everything to choose from.
pub struct Catalogue(pub Arc<domain::Catalogue>);

/// Everything to choose from.
#[Object]
impl Catalogue {
    /// The departments in use, by code.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn departments(&self) -> Vec<Department> {
        let in_use = self.0.departments.values().filter(|entry| !entry.is_retired);
        let mut found: Vec<_> = in_use.cloned().collect();
        found.sort_by(|one, other| one.code.cmp(&other.code));
        found.into_iter().map(Department).collect()
    }

    /// The categories on offer, by code.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn categories(&self) -> Vec<Category> {
        let on_offer = self.0.categories.values().filter(|entry| !entry.is_retired);
        let mut found: Vec<_> = on_offer.cloned().collect();
        found.sort_by(|one, other| one.code.cmp(&other.code));
        found.into_iter().map(Category).collect()
    }

    /// The products on offer, by code.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn products(&self) -> Vec<Product> {
        let on_offer = self.0.products.values().filter(|entry| !entry.is_retired);
        let mut found: Vec<_> = on_offer.cloned().collect();
        found.sort_by(|one, other| one.code.cmp(&other.code));
        found.into_iter().map(Product).collect()
    }

    /// The brokers, by code.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn brokers(&self) -> Vec<Broker> {
        let in_use = self.0.brokers.values().filter(|entry| !entry.is_retired);
        let mut found: Vec<_> = in_use.cloned().collect();
        found.sort_by(|one, other| one.code.cmp(&other.code));
        found.into_iter().map(Broker).collect()
    }

    /// The calendars, by code.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn calendars(&self) -> Vec<Calendar> {
        let mut found: Vec<_> = self.0.calendars.values().cloned().collect();
        found.sort_by(|one, other| one.code.cmp(&other.code));
        found.into_iter().map(Calendar).collect()
    }

    /// How long requests may take, as it was last defined for each kind.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn service_levels(&self) -> Vec<ServiceLevel> {
        let known = RequestKind::iter().filter_map(|request| self.0.service_level(request));
        known.cloned().map(ServiceLevel).collect()
    }

    /// The last 100 changes of departments, categories, products, brokers, calendars, service levels
    /// and policies, the newest first. For staff only.
    #[graphql(complexity = "10 + MAX_CHANGES * child_complexity")]
    async fn changes(&self, context: &Context<'_>) -> Result<Option<Vec<SettingsChange>>> {
        if !guards::staff_sees(context) {
            return Ok(None);
        }
        Ok(Some(settings::changes(context).await?))
    }

    /// For how many days after its resolution a ticket may be reopened.
    async fn reopen_days(&self) -> u16 {
        self.0.ticket_policy.reopen_days
    }
}

/// The departments with these ids.
///
/// # Errors
/// `Internal` if the catalogue cannot be read.
pub async fn departments(context: &Context<'_>, ids: &[DepartmentId]) -> Result<Vec<Department>> {
    let catalogue = context.data::<Loaders>()?.catalogue().await?;
    let known = ids.iter().filter_map(|id| catalogue.departments.get(id).cloned());
    Ok(known.map(Department).collect())
}

/// Queries on the catalogue.
#[derive(Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// Everything to choose from: categories and products for a ticket, departments, calendars.
    async fn catalogue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Catalogue> {
        query::begin(context, consistent_with).await?;
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok::<_, ApiError>(Catalogue(catalogue)).map_err(Into::into)
    }
}
