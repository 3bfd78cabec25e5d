//! Licences as GraphQL shows them.

use std::str::FromStr;

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, OutputType, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::licensing as domain;
use servicedesk_domain::licensing::licence::Rejection;
use servicedesk_domain::licensing::{AccountNumber, LicenceId};
use servicedesk_eventlog::Position;
use servicedesk_projections::licensing::licences::{self, Licences as Row};
use strum::EnumString;
use uuid::Uuid;

use super::messages::message;
use super::use_cases::{self, NewLicence};
use crate::auth::policy::{self, StaffOnly};
use crate::auth::{Identity, RequestInfo};
use crate::billing::graphql::accounts::{SupportPackage, package};
use crate::catalogue::graphql::Product;
use crate::customer::graphql::Customer;
use crate::desk::Desk;
use crate::error::ApiError;
use crate::loaders::Loaders;
use crate::mutation::{self, MutationKeys, Outcome, RefusalFacts, UserError};
use crate::relay::{EventPosition, PageArgs, PageRequest, global_id, list_cost, parse_id, side};
use crate::ticket::graphql::types::data;

/// On which terms a product may be run.
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

/// The right of a customer to run a product.
pub struct Licence(pub Row);

/// The right of a customer to run a product.
#[Object]
impl Licence {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.licence_id)
    }

    /// Whose it is.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// For which product.
    async fn product(&self, context: &Context<'_>) -> Result<Option<Product>> {
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.products.get(&self.0.product_id).cloned().map(Product))
    }

    /// On which terms.
    async fn kind(&self) -> LicenceKind {
        self.0.kind.into()
    }

    /// From when it is valid.
    async fn valid_from(&self) -> DateTime<Utc> {
        self.0.valid_from
    }

    /// Until when; none: without end.
    async fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.0.valid_until
    }

    /// Whether it is valid now.
    async fn is_valid(&self, context: &Context<'_>) -> Result<bool> {
        Ok(self.0.is_valid_at(context.data::<Desk>()?.now()))
    }

    /// The trading accounts that its key is bound to.
    async fn account_numbers(&self) -> Vec<&str> {
        self.0.account_numbers.reveal().iter().map(AccountNumber::as_str).collect()
    }

    /// When it was granted.
    async fn granted_at(&self) -> DateTime<Utc> {
        self.0.granted_at
    }

    /// When it was revoked, if it was.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revocation.as_ref().map(|revocation| revocation.at)
    }

    /// Why it was revoked. For staff only.
    #[graphql(guard = "StaffOnly")]
    async fn revocation_reason(&self) -> Option<&String> {
        self.0.revocation.as_ref().map(|revocation| revocation.reason.reveal())
    }

    /// The free support that came with it; none in the moment before it is opened.
    async fn support_package(&self, context: &Context<'_>) -> Result<Option<SupportPackage>> {
        Ok(package(context, self.0.licence_id).await?)
    }
}

/// A licence by its id, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible(
    context: &Context<'_>,
    licence_id: LicenceId,
) -> Result<Option<Licence>, ApiError> {
    let caller = policy::caller(context)?;
    let found = data::<Loaders>(context)?.licence(licence_id).await?;
    Ok(found.filter(|row| policy::may_see_customer(caller, row.customer_id)).map(Licence))
}

/// How many licences there are in a list.
pub struct LicenceCount(Option<CustomerId>);

/// How many licences there are in a list.
#[Object]
impl LicenceCount {
    /// How many there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let count = licences::count(data::<Desk>(context)?.log.db(), self.0).await;
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
        #[graphql(desc = "Which licence.")] id: ID,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<Licence>> {
        policy::may_read(policy::caller(context)?)?;
        let licence_id = parse_id(&id)?;
        if let Some(EventPosition(position)) = consistent_with {
            data::<Desk>(context)?.consistent_with(position).await?;
        }
        Ok(visible(context, licence_id).await?)
    }

    /// Licences in the order in which they were granted: her own for a customer, any for staff.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "arguments of a field are its interface")]
    async fn licences(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only this customer's.")] customer_id: Option<ID>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "The first so many; 50 where not given, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "The last so many; 100 at most.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<LicenceList> {
        let caller = policy::caller(context)?;
        policy::may_read(caller)?;
        let named: Option<CustomerId> = customer_id.as_ref().map(parse_id).transpose()?;
        let customer_id = match caller.identity {
            Identity::Customer(_) => Some(policy::customer_asked_for(caller, named)?),
            Identity::Staff(_) => named,
        };
        let desk = data::<Desk>(context)?;
        if let Some(EventPosition(position)) = consistent_with {
            desk.consistent_with(position).await?;
        }
        let request: PageRequest<Position> = PageArgs { after, before, first, last }.read()?;
        let page = licences::page(desk.log.db(), customer_id, side(&request), request.limit());
        let rows = page.await.map_err(ApiError::from)?;
        Ok(request.page(rows, LicenceCount(customer_id), |row| row.position, Licence)?)
    }
}

/// Why a licence is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum GrantLicenceErrorCode {
    /// There is no such customer.
    CustomerNotFound,
    /// There is no such product on offer.
    ProductNotFound,
    /// A rental needs an end.
    EndMissing,
    /// An unlimited licence has no end.
    EndNotAllowed,
    /// The licence would end before it begins.
    EndNotAfterStart,
    /// The licence would begin absurdly long ago, or begin or end absurdly far ahead: after
    /// `until`.
    TooFar,
    /// An account number has 1 to 20 digits and Latin letters.
    BadAccountNumber,
    /// There are more accounts than a key has room for: `limit`.
    TooManyAccounts,
}

/// Why a licence is not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RevokeLicenceErrorCode {
    /// There is no such licence.
    LicenceNotFound,
    /// The licence was revoked already.
    LicenceRevoked,
    /// The reason is empty, too long or unprintable.
    BadReason,
}

/// What came of a mutation on a licence; `C` is the closed list of its refusals.
pub struct LicencePayload<C> {
    outcome: Outcome<Rejection>,
    codes: std::marker::PhantomData<fn() -> C>,
}

/// What came of the mutation.
#[Object(
    concrete(name = "GrantLicencePayload", params(GrantLicenceErrorCode)),
    concrete(name = "RevokeLicencePayload", params(RevokeLicenceErrorCode))
)]
impl<C: OutputType + FromStr> LicencePayload<C>
where
    UserError<C>: OutputType,
{
    /// The licence with the change in it; none where it was refused.
    async fn licence(&self, context: &Context<'_>) -> Result<Option<Licence>> {
        let Some(executed) = self.outcome.executed else { return Ok(None) };
        data::<Desk>(context)?.settled_if_soon(executed.position).await?;
        Ok(visible(context, LicenceId::new(executed.aggregate_id)).await?)
    }

    /// Why nothing was recorded; empty when all went well.
    async fn user_errors(&self, context: &Context<'_>) -> Result<Vec<UserError<C>>> {
        let language = context.data::<RequestInfo>()?.language;
        let told = |rejection: Rejection| {
            let facts = match rejection {
                Rejection::CustomerNotFound => RefusalFacts::of_field("customerId"),
                Rejection::ProductNotFound => RefusalFacts::of_field("productId"),
                Rejection::LicenceNotFound | Rejection::LicenceRevoked => {
                    RefusalFacts::of_field("licenceId")
                }
                Rejection::EndMissing | Rejection::EndNotAllowed | Rejection::EndNotAfterStart => {
                    RefusalFacts::of_field("validUntil")
                }
                Rejection::TooFar { latest, .. } => {
                    RefusalFacts { until: Some(latest), ..RefusalFacts::default() }
                }
                Rejection::BadReason(_) => RefusalFacts::of_field("reason"),
                Rejection::BadAccountNumber(_) => RefusalFacts::of_field("accountNumbers"),
                Rejection::TooManyAccounts { most } => RefusalFacts {
                    limit: u64::try_from(most).ok(),
                    ..RefusalFacts::of_field("accountNumbers")
                },
                Rejection::AlreadyGranted => RefusalFacts::default(),
            };
            UserError::with(rejection.code(), message(rejection, language), facts)
        };
        Ok(self.outcome.rejection.map(told).transpose()?.into_iter().collect())
    }

    /// The log position of what was recorded; where nothing was, that of the log's last event.
    async fn position(&self) -> EventPosition {
        EventPosition(self.outcome.position)
    }
}

/// Grants a licence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct GrantLicenceInput {
    /// Whose it is to be.
    pub customer_id: ID,
    /// For which product.
    pub product_id: ID,
    /// On which terms.
    pub kind: LicenceKind,
    /// From when it is valid; now, where not given.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when; required for a rental, not allowed for an unlimited licence.
    pub valid_until: Option<DateTime<Utc>>,
    /// The trading accounts that its key is to be bound to, ten at most; without any there is no
    /// key.
    pub account_numbers: Option<Vec<String>>,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Revokes a licence.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct RevokeLicenceInput {
    /// Which licence.
    pub licence_id: ID,
    /// Why.
    pub reason: String,
    /// Under the same key a repeat gets the first answer and records nothing.
    pub idempotency_key: Option<Uuid>,
}

/// Mutations on licences.
#[derive(Default)]
pub struct LicenceMutation;

#[Object]
impl LicenceMutation {
    /// Grants a customer a licence, which brings a package of free support. For licensing.
    async fn grant_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: GrantLicenceInput,
    ) -> Result<LicencePayload<GrantLicenceErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let new = NewLicence {
            customer_id: parse_id(&input.customer_id)?,
            product_id: parse_id(&input.product_id)?,
            kind: input.kind.into(),
            valid_from: input.valid_from,
            valid_until: input.valid_until,
            account_numbers: input.account_numbers.clone().unwrap_or_default(),
        };
        let desk = data::<Desk>(context)?;
        let done = use_cases::grant(desk, request, &input, new).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(LicencePayload { outcome, codes: std::marker::PhantomData })
    }

    /// Revokes a licence from now on: work done later draws nothing from its package. For
    /// licensing.
    async fn revoke_licence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do.")] input: RevokeLicenceInput,
    ) -> Result<LicencePayload<RevokeLicenceErrorCode>> {
        let keys = MutationKeys::unversioned(input.idempotency_key);
        let request = mutation::request(context, keys)?;
        let licence_id = parse_id(&input.licence_id)?;
        let desk = data::<Desk>(context)?;
        let reason = input.reason.clone();
        let done = use_cases::revoke(desk, request, &input, licence_id, reason).await;
        let outcome = mutation::outcome(desk, done)?;
        Ok(LicencePayload { outcome, codes: std::marker::PhantomData })
    }
}
