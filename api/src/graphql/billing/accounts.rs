//! A customer's support account: their packages, what is charged so far, what they have paid (B5).

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, NaiveDate, Utc};
use servicedesk_domain::billing::account::Payment as PaymentEntity;
use servicedesk_domain::billing::account::events;
use servicedesk_domain::billing::account::state::Package;
use servicedesk_domain::billing::{PaymentId, SupportAccount as SupportAccountEntity};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{self, Entity, Id};
use servicedesk_domain::licensing::{Licence as LicenceEntity, LicenceId};
use servicedesk_projections::billing::support_accounts::{self, SupportAccountRow};

use crate::graphql::catalogue::Product;
use crate::graphql::customer::Customer;
use crate::graphql::guards;
use crate::graphql::licensing::Licence;
use crate::graphql::loaders::Loaders;
use crate::graphql::node::names;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{EventPosition, Money, id_named, parse_id, parse_part, part_id};
use crate::graphql::ticket::time_entries::Charges;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// How near its end a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::WarningLevel")]
pub enum PackageWarning {
    /// The share that the terms name, usually 80 percent, is used.
    NearlyUsed,
    /// All of it is used; more work on the product may be charged.
    UsedUp,
}

/// The free support that came with a licence.
pub struct SupportPackage {
    account: Arc<SupportAccountRow>,
    package: Package,
}

/// The global id of a licence's package.
pub fn package_id(licence_id: LicenceId) -> ID {
    id_named(names::SUPPORT_PACKAGE, licence_id.uuid())
}

/// The free support that came with a licence.
#[Object]
impl SupportPackage {
    /// The global id.
    pub async fn id(&self) -> ID {
        package_id(self.package.licence_id)
    }

    /// The licence that it came with.
    async fn licence(&self, context: &Context<'_>) -> Result<Option<Licence>> {
        Ok(context.data::<Loaders>()?.licence(self.package.licence_id).await?.map(Licence))
    }

    /// For help with which product.
    async fn product(&self, context: &Context<'_>) -> Result<Option<Product>> {
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.products.get(&self.package.product_id).cloned().map(Product))
    }

    /// For work from when.
    async fn valid_from(&self) -> DateTime<Utc> {
        self.package.valid_from
    }

    /// The end of the work it is for. Null if it has no end.
    async fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.package.valid_until
    }

    /// Whether work done now may draw on it.
    async fn is_valid(&self, context: &Context<'_>) -> Result<bool> {
        Ok(self.package.is_valid_at(context.data::<Desk>()?.now()))
    }

    /// How many free minutes a package has, by the terms in force.
    async fn total_minutes(&self, context: &Context<'_>) -> Result<u32> {
        Ok(package_minutes(context).await?)
    }

    /// How many of them are used.
    async fn used_minutes(&self) -> u32 {
        self.package.used_minutes
    }

    /// How many are left.
    async fn left_minutes(&self, context: &Context<'_>) -> Result<u32> {
        Ok(self.package.left_of(package_minutes(context).await?))
    }

    /// How many percent are used, whole ones.
    async fn used_percent(&self, context: &Context<'_>) -> Result<u32> {
        let (used, all) = (self.package.used_minutes, package_minutes(context).await?);
        let percent = u64::from(used) * 100 / u64::from(all.max(1));
        Ok(u32::try_from(percent.min(100)).unwrap_or(100))
    }

    /// The last warning about it, if there was one.
    async fn warning(&self) -> Option<PackageWarning> {
        self.package.warning().map(Into::into)
    }

    /// What is charged for work on its product and stands on no closed statement yet.
    async fn charged_so_far(&self, context: &Context<'_>) -> Result<Charges> {
        let charges = self.account.charged_so_far(Some(self.package.product_id));
        let amount = in_currency(context, charges.cents).await?;
        Ok(Charges { minutes: charges.minutes, amount })
    }
}

/// What an amount of cents is in the account's currency.
///
/// # Errors
/// `Internal` if the terms cannot be read.
pub async fn in_currency(context: &Context<'_>, cents: i64) -> Result<Money, ApiError> {
    let version = data::<Loaders>(context)?.terms().await?;
    Ok(kernel::Money { cents, currency: version.terms.hourly_price.currency }.into())
}

async fn package_minutes(context: &Context<'_>) -> Result<u32, ApiError> {
    Ok(data::<Loaders>(context)?.terms().await?.terms.package_minutes)
}

/// Money that a customer paid.
pub struct Payment {
    customer_id: CustomerId,
    row: support_accounts::Payment,
}

/// Money that a customer paid.
#[Object]
impl Payment {
    /// The global id.
    pub async fn id(&self) -> ID {
        part_id(PaymentEntity::NAME, self.customer_id.uuid(), self.row.payment_id)
    }

    /// How much.
    async fn amount(&self) -> Money {
        self.row.amount.into()
    }

    /// On which day it was received.
    async fn received_on(&self) -> NaiveDate {
        self.row.received_on
    }

    /// How to find it in the bank's books.
    async fn reference(&self) -> &str {
        self.row.reference.shown()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.row.recorded_at
    }

    /// Whether it was reversed and no longer counts.
    async fn is_reversed(&self) -> bool {
        self.row.reversal.is_some()
    }

    /// Why it was reversed. For staff only.
    async fn reversal_reason(&self, context: &Context<'_>) -> Option<&str> {
        let reversal = self.row.reversal.as_ref().filter(|_| guards::staff_sees(context));
        reversal.map(kernel::Personal::shown)
    }
}

/// A customer's support account.
pub struct SupportAccount(pub Arc<SupportAccountRow>);

/// A customer's support account.
#[Object]
impl SupportAccount {
    /// The global id.
    pub async fn id(&self) -> ID {
        id_named(SupportAccountEntity::NAME, self.0.customer_id.uuid())
    }

    /// Whose it is.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// The free support that came with their licences, the oldest licence first.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn packages(&self) -> Vec<SupportPackage> {
        packages(&self.0)
    }

    /// What is charged and stands on no closed statement yet.
    async fn charged_so_far(&self, context: &Context<'_>) -> Result<Charges> {
        let charges = self.0.charged_so_far(None);
        let amount = in_currency(context, charges.cents).await?;
        Ok(Charges { minutes: charges.minutes, amount })
    }

    /// What an hour costs beyond the free time, by the terms in force.
    async fn hourly_price(&self, context: &Context<'_>) -> Result<Money> {
        Ok(context.data::<Loaders>()?.terms().await?.terms.hourly_price.into())
    }

    /// What they owe on closed statements, less what they have paid; below nothing where they have
    /// paid ahead. For them and for accounting.
    async fn balance(&self, context: &Context<'_>) -> Result<Option<Money>> {
        if !guards::books_are_seen(context) {
            return Ok(None);
        }
        Ok(Some(in_currency(context, self.0.account.owed()).await?))
    }

    /// What they have paid, in the order in which it was recorded. For them and for accounting.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn payments(&self, context: &Context<'_>) -> Option<Vec<Payment>> {
        guards::books_are_seen(context).then(|| payments(&self.0))
    }
}

fn payments(account: &SupportAccountRow) -> Vec<Payment> {
    let customer_id = account.customer_id;
    let payment = |row: &support_accounts::Payment| Payment { customer_id, row: row.clone() };
    account.payments.iter().map(payment).collect()
}

fn packages(account: &Arc<SupportAccountRow>) -> Vec<SupportPackage> {
    let package =
        |package: &Package| SupportPackage { account: account.clone(), package: package.clone() };
    account.account.packages.iter().map(package).collect()
}

/// A customer's account; one that nothing was recorded in yet is empty.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn account(
    context: &Context<'_>,
    customer_id: CustomerId,
) -> Result<Option<SupportAccount>, ApiError> {
    let loaders = data::<Loaders>(context)?;
    if let Some(found) = loaders.support_account(customer_id).await? {
        return Ok(Some(SupportAccount(found)));
    }
    let customer = loaders.customer(customer_id).await?;
    let empty = |_| SupportAccount(Arc::new(SupportAccountRow::empty(customer_id)));
    Ok(customer.map(empty))
}

/// A customer's account, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible_account(
    context: &Context<'_>,
    customer_id: CustomerId,
) -> Result<Option<SupportAccount>, ApiError> {
    if !policy::may_see_customer(guards::caller(context)?, customer_id) {
        return Ok(None);
    }
    account(context, customer_id).await
}

/// Reads the global id of a payment: whose it is, and which.
///
/// # Errors
/// `BadUserInput` if it is not one.
pub fn parse_payment(id: &ID) -> Result<(CustomerId, PaymentId), ApiError> {
    let (customer, payment) = parse_part(id, PaymentEntity::NAME)?;
    Ok((Id::new(customer), Id::new(payment)))
}

/// A payment by its global id, if the caller may see it.
///
/// # Errors
/// `BadUserInput` if it is not an id of a payment, `Unauthenticated` or `Internal`.
pub async fn visible_payment(context: &Context<'_>, id: &ID) -> Result<Option<Payment>, ApiError> {
    let (customer_id, payment_id) = parse_payment(id)?;
    if !guards::books_are_seen(context) {
        return Ok(None);
    }
    if !policy::may_see_customer(guards::caller(context)?, customer_id) {
        return Ok(None);
    }
    payment_of(context, customer_id, payment_id).await
}

/// A customer's payment, whether or not the caller may see it.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn payment_of(
    context: &Context<'_>,
    customer_id: CustomerId,
    payment_id: PaymentId,
) -> Result<Option<Payment>, ApiError> {
    let account = account(context, customer_id).await?;
    let payments = account.map(|account| payments(&account.0)).unwrap_or_default();
    Ok(payments.into_iter().find(|payment| payment.row.payment_id == payment_id))
}

/// The package of a licence, if the caller may see it.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn package(
    context: &Context<'_>,
    licence_id: LicenceId,
) -> Result<Option<SupportPackage>, ApiError> {
    let loaders = data::<Loaders>(context)?;
    let Some(licence) = loaders.licence(licence_id).await? else { return Ok(None) };
    if !policy::may_see_customer(guards::caller(context)?, licence.customer_id) {
        return Ok(None);
    }
    let Some(account) = loaders.support_account(licence.customer_id).await? else {
        return Ok(None);
    };
    Ok(packages(&account).into_iter().find(|one| one.package.licence_id == licence_id))
}

/// Queries on support accounts.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// A customer's support account. A customer sees their own; staff names the customer.
    async fn support_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose; the caller's where not given.")] customer_id: Option<ID>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<SupportAccount>> {
        Ok(asked_account(context, customer_id, consistent_with).await?)
    }

    /// The free support that came with a customer's licences, the oldest licence first. A customer
    /// sees their own; staff names the customer.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn support_packages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose; the caller's where not given.")] customer_id: Option<ID>,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Vec<SupportPackage>> {
        let account = asked_account(context, customer_id, consistent_with).await?;
        Ok(account.map(|account| packages(&account.0)).unwrap_or_default())
    }

    /// The free support that came with one licence, if the caller may see it.
    async fn support_package(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which licence.")] licence_id: ID,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<SupportPackage>> {
        policy::may_read(guards::caller(context)?)?;
        let licence_id = parse_id::<LicenceEntity>(&licence_id)?;
        query::shows_settled(data::<Desk>(context)?, consistent_with).await?;
        Ok(package(context, licence_id).await?)
    }
}

async fn asked_account(
    context: &Context<'_>,
    customer_id: Option<ID>,
    consistent_with: Option<EventPosition>,
) -> Result<Option<SupportAccount>, ApiError> {
    let caller = guards::caller(context)?;
    policy::may_read(caller)?;
    let named = customer_id.as_ref().map(parse_id).transpose()?;
    let customer_id = policy::customer_asked_for(caller, named)?;
    query::shows_settled(data::<Desk>(context)?, consistent_with).await?;
    account(context, customer_id).await
}
