//! Licences as GraphQL shows them. Only their customer and licensing see what works for anybody who
//! has it: keys and download links.

pub mod error;
pub mod keys;
pub mod mutations;
pub mod refusals;
pub mod releases;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing as domain;
use servicedesk_domain::licensing::{AccountNumber, LicenceId};
use servicedesk_eventlog::Position;
use servicedesk_projections::licensing::licences::{self, Key, LicenceRow as Row, State, Which};

use self::keys::LicenceKey;
use self::releases::DownloadLink;
use crate::graphql::applications::types::{Application, visible as application};
use crate::graphql::billing::accounts::{SupportPackage, package};
use crate::graphql::catalogue::Product;
use crate::graphql::customer::Customer;
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{
    EventPosition, PageArgs, PageRequest, global_id, list_cost, parse_id, side,
};
use servicedesk_service::access::Identity;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// The terms on which a product may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "domain::LicenceKind")]
pub enum LicenceKind {
    /// Rented until a day.
    Rental,
    /// Bought, without end.
    Unlimited,
    /// Free, for an account with a partner broker.
    Affiliate,
}

/// The state of a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum LicenceState {
    /// It has not begun yet.
    Upcoming,
    /// It is valid.
    Valid,
    /// It is valid, and ends soon.
    Expiring,
    /// It has ended.
    Expired,
    /// It was revoked.
    Revoked,
}

/// What licences are filtered by. All conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct LicencesFilter {
    /// Of this customer.
    pub customer_id: Option<ID>,
    /// In one of these states.
    pub state: Option<Vec<LicenceState>>,
    /// That end before this moment.
    pub ends_before: Option<DateTime<Utc>>,
}

/// The right of a customer to run a product.
pub struct Licence(pub Row);

/// The right of a customer to run a product.
#[Object]
impl Licence {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.licence_id)
    }

    /// The customer.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// The licensed product.
    async fn product(&self, context: &Context<'_>) -> Result<Option<Product>> {
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.products.get(&self.0.product_id).cloned().map(Product))
    }

    /// The terms.
    async fn kind(&self) -> LicenceKind {
        self.0.kind.into()
    }

    /// The moment from which it is valid.
    async fn valid_from(&self) -> DateTime<Utc> {
        self.0.valid_from
    }

    /// The moment until which it is valid. Null if it has no end.
    async fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.0.valid_until
    }

    /// Whether it is valid now.
    async fn is_valid(&self, context: &Context<'_>) -> Result<bool> {
        Ok(self.0.is_valid_at(context.data::<Desk>()?.now()))
    }

    /// The trading accounts that its key is bound to.
    #[graphql(complexity = "3")]
    async fn account_numbers(&self) -> Vec<&str> {
        self.0.account_numbers.reveal().into_iter().flatten().map(AccountNumber::as_str).collect()
    }

    /// Its state now.
    async fn state(&self, context: &Context<'_>) -> Result<LicenceState> {
        let (now, expiring_until) = horizon(context).await?;
        Ok(self.0.state_at(now, expiring_until).into())
    }

    /// The key that says what the licence says now. Null if it is bound to no account, and until the
    /// key is issued. For its customer and licensing; null for everybody else.
    async fn key(&self, context: &Context<'_>) -> Result<Option<LicenceKey>> {
        let Some(keys) = self.keys_for(context)? else { return Ok(None) };
        let last = keys.last().filter(|key| !self.0.is_replaced(key));
        Ok(last.map(|key| LicenceKey::of(&self.0, key)))
    }

    /// Every key that was issued for it, the first one first. For its customer and licensing; null
    /// for everybody else.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn keys(&self, context: &Context<'_>) -> Result<Option<Vec<LicenceKey>>> {
        let keys = self.keys_for(context)?;
        Ok(keys.map(|keys| keys.iter().map(|key| LicenceKey::of(&self.0, key)).collect()))
    }

    /// The link with which its product is downloaded, the last one that was issued. For its customer
    /// and licensing; null for everybody else.
    async fn download_link(&self, context: &Context<'_>) -> Result<Option<DownloadLink>> {
        if self.keys_for(context)?.is_none() {
            return Ok(None);
        }
        Ok(releases::link_of(context, &self.0).await?)
    }

    /// The application that it was granted for. Null if it was not granted for one, or the caller may
    /// not see it.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let Some(id) = self.0.application_id else { return Ok(None) };
        Ok(application(context, id).await?)
    }

    /// When it was granted.
    async fn granted_at(&self) -> DateTime<Utc> {
        self.0.granted_at
    }

    /// When it was revoked. Null if it was not.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revocation.as_ref().map(|revocation| revocation.at)
    }

    /// The reason why it was revoked. For staff only.
    async fn revocation_reason(&self, context: &Context<'_>) -> Option<&str> {
        let revocation = self.0.revocation.as_ref().filter(|_| guards::staff_sees(context));
        revocation.map(|revocation| revocation.reason.shown())
    }

    /// The free support that came with it. Null until it is opened.
    async fn support_package(&self, context: &Context<'_>) -> Result<Option<SupportPackage>> {
        Ok(package(context, self.0.licence_id).await?)
    }
}

impl Licence {
    /// The keys, if the caller may see them.
    fn keys_for(&self, context: &Context<'_>) -> Result<Option<&[Key]>, ApiError> {
        let is_allowed = policy::may_see_keys(guards::caller(context)?, self.0.customer_id);
        Ok(is_allowed.then_some(self.0.keys.as_slice()))
    }
}

/// Now, and the moment until which a licence that ends counts as expiring.
async fn horizon(context: &Context<'_>) -> Result<(Moment, Moment), ApiError> {
    let desk = data::<Desk>(context)?;
    let (now, catalogue) = (desk.now(), desk.catalogue().await?);
    let days = catalogue.licensing_policy.warning_days.iter().max().copied().unwrap_or(0);
    let until = now.checked_add_signed(TimeDelta::days(i64::from(days)));
    Ok((now, until.unwrap_or(Moment::MAX_UTC)))
}

/// A licence by its id, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible(
    context: &Context<'_>,
    licence_id: LicenceId,
) -> Result<Option<Licence>, ApiError> {
    let caller = guards::caller(context)?;
    let found = data::<Loaders>(context)?.licence(licence_id).await?;
    Ok(found.filter(|row| policy::may_see_customer(caller, row.customer_id)).map(Licence))
}

/// The number of licences in a list.
pub struct LicenceCount(Which);

/// The number of licences in a list.
#[Object]
impl LicenceCount {
    /// The total number.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let count = licences::count(data::<Desk>(context)?.log.db(), &self.0).await;
        Ok(count.map_err(ApiError::from)?)
    }
}

/// Licences as a list.
pub type LicenceList = Connection<String, Licence, LicenceCount>;

/// Queries on licences.
#[derive(Default)]
pub struct LicenceQuery;

#[Object]
impl LicenceQuery {
    /// A licence, if the caller may see it.
    async fn licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The licence.")] id: ID,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<Licence>> {
        let licence_id = parse_id(&id)?;
        query::begin(context, consistent_with).await?;
        Ok(visible(context, licence_id).await?)
    }

    /// Licences in the order in which they were granted: for a customer their own, for staff all.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "arguments of a field are its interface")]
    async fn licences(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the licences are filtered by.")] filter: Option<LicencesFilter>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size: 50 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<LicenceList> {
        query::begin(context, consistent_with).await?;
        let args = PageArgs { after, before, first, last };
        Ok(list(context, filter.unwrap_or_default(), &args).await?)
    }
}

/// A page of the licences that the caller may see: a customer their own, staff all.
///
/// # Errors
/// `Forbidden` if a customer asks for another's, `BadUserInput` for bad arguments, or `Internal`.
pub async fn list(
    context: &Context<'_>,
    filter: LicencesFilter,
    args: &PageArgs,
) -> Result<LicenceList, ApiError> {
    let caller = guards::caller(context)?;
    let named: Option<CustomerId> = filter.customer_id.as_ref().map(parse_id).transpose()?;
    let customer_id = match caller.identity {
        Identity::Customer(_) => Some(policy::customer_asked_for(caller, named)?),
        Identity::Staff(_) => named,
    };
    let request: PageRequest<Position> = args.read()?;
    let (now, expiring_until) = horizon(context).await?;
    let states = filter.state.into_iter().flatten().map(State::from).collect();
    let ends_before = filter.ends_before;
    let which = Which { customer_id, states, ends_before, now, expiring_until };
    let db = data::<Desk>(context)?.log.db();
    let rows = licences::page(db, &which, side(&request), request.limit()).await?;
    request.page(rows, LicenceCount(which), |row| row.position, Licence)
}
