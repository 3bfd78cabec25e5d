//! Who worked how much, for whom and on what: free against chargeable, for managers.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_projections::billing::utilisation::{self, Filter, GroupBy, Sums};

use super::accounts::in_currency;
use crate::graphql::catalogue::Product;
use crate::graphql::customer::Customer;
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{EventPosition, Money, Month, parse_id};
use crate::graphql::staff::StaffMember;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// By what the report is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "GroupBy")]
pub enum UtilisationGroupBy {
    /// By the month of the work.
    Month,
    /// By who worked.
    StaffMember,
    /// By for whom.
    Customer,
    /// By on what.
    Product,
}

/// Which work the report is about; everything given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct UtilisationFilter {
    /// By this member of staff.
    pub staff_member_id: Option<ID>,
    /// For this customer.
    pub customer_id: Option<ID>,
    /// On this product.
    pub product_id: Option<ID>,
}

/// What is grouped by.
enum Group {
    Month(Month),
    StaffMember(StaffMemberId),
    Customer(CustomerId),
    Product(ProductId),
}

impl Group {
    fn read(group_by: GroupBy, text: &str) -> Option<Self> {
        Some(match group_by {
            GroupBy::Month => Self::Month(Month(text.parse().ok()?)),
            GroupBy::StaffMember => Self::StaffMember(text.parse().ok()?),
            GroupBy::Customer => Self::Customer(text.parse().ok()?),
            GroupBy::Product => Self::Product(text.parse().ok()?),
        })
    }
}

/// What was worked in one group, without what was taken back.
pub struct Utilisation {
    group: Group,
    sums: Sums,
}

/// What was worked in one group, without what was taken back.
#[Object]
impl Utilisation {
    /// The month, where the report is grouped by it.
    async fn month(&self) -> Option<Month> {
        match self.group {
            Group::Month(month) => Some(month),
            _ => None,
        }
    }

    /// Who worked, where the report is grouped by it.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Group::StaffMember(id) = self.group else { return Ok(None) };
        Ok(context.data::<Loaders>()?.staff_member(id).await?.map(StaffMember))
    }

    /// For whom, where the report is grouped by it.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let Group::Customer(id) = self.group else { return Ok(None) };
        Ok(context.data::<Loaders>()?.customer(id).await?.map(Customer))
    }

    /// On what, where the report is grouped by it.
    async fn product(&self, context: &Context<'_>) -> Result<Option<Product>> {
        let Group::Product(id) = self.group else { return Ok(None) };
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.products.get(&id).cloned().map(Product))
    }

    /// The minutes worked.
    async fn minutes(&self) -> i64 {
        self.sums.minutes
    }

    /// Those drawn from free packages.
    async fn free_minutes(&self) -> i64 {
        self.sums.free_minutes
    }

    /// Those charged.
    async fn chargeable_minutes(&self) -> i64 {
        self.sums.chargeable_minutes
    }

    /// Those neither drawn nor charged.
    async fn waived_minutes(&self) -> i64 {
        self.sums.waived_minutes
    }

    /// What the charged ones cost.
    async fn amount(&self, context: &Context<'_>) -> Result<Money> {
        Ok(in_currency(context, self.sums.cents).await?)
    }
}

/// Queries on utilisation.
#[derive(Default)]
pub struct UtilisationQuery;

#[Object]
impl UtilisationQuery {
    /// How much was worked in a span of months, by group. For managers and auditors.
    #[graphql(complexity = "50 + 10 * child_complexity")]
    async fn utilisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "From this month.")] from: Month,
        #[graphql(desc = "To this month, which counts.")] to: Month,
        #[graphql(desc = "By what it is grouped.")] group_by: UtilisationGroupBy,
        #[graphql(desc = "Only the work for which all of this holds.")] filter: Option<
            UtilisationFilter,
        >,
        #[graphql(desc = "Wait until the answer shows what was recorded up to here, and what \
                          followed from it.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Vec<Utilisation>> {
        let caller = guards::caller(context)?;
        policy::may_read(caller)?;
        policy::reading_manager(caller)?;
        if from > to {
            return Err(ApiError::BadUserInput("the months end before they begin".into()).into());
        }
        let desk = data::<Desk>(context)?;
        query::shows_settled(desk, consistent_with).await?;
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            from: from.0,
            to: to.0,
            staff_member_id: filter.staff_member_id.as_ref().map(parse_id).transpose()?,
            customer_id: filter.customer_id.as_ref().map(parse_id).transpose()?,
            product_id: filter.product_id.as_ref().map(parse_id).transpose()?,
        };
        let group_by = GroupBy::from(group_by);
        let rows = utilisation::report(desk.log.db(), group_by, filter).await;
        let row = |(text, sums): (String, Sums)| {
            let unreadable = || ApiError::internal(&format!("{text:?} is no group"));
            let group = Group::read(group_by, &text).ok_or_else(unreadable)?;
            Ok(Utilisation { group, sums })
        };
        rows.map_err(ApiError::from)?.into_iter().map(row).collect()
    }
}
