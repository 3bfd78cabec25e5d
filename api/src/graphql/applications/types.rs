//! An application as GraphQL shows it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, NaiveDate, Utc};
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::kernel::{ERASED, Personal};
use servicedesk_domain::licensing::application::events::ApprovalBasis;
use servicedesk_domain::licensing::application::{self as domain, Request};
use servicedesk_domain::licensing::trading_account::events::{Advisor, GrantBasis};
use servicedesk_domain::licensing::{AccountNumber, ApplicationId, TradingAccountId};
use servicedesk_projections::licensing::applications::{
    ApplicationRow as Row, Decision, human_number,
};

use super::accounts::{TradingAccount, visible as trading_account};
use super::actions::{ApplicationViewerAction, viewer_actions};
use super::eligibility::{self, FreeAdvisorEligibility};
use super::timeline::{self, ApplicationTimeline};
use crate::graphql::catalogue::{Broker, Product};
use crate::graphql::customer::Customer;
use crate::graphql::guards;
use crate::graphql::licensing::{Licence, visible as licence};
use crate::graphql::loaders::Loaders;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, Money, PageArgs, global_id, list_cost};
use crate::graphql::sla::targets::{self, ServiceTarget};
use crate::graphql::staff::StaffMember;
use crate::graphql::ticket::types::{Ticket, visible as ticket};
use servicedesk_projections::ticket::timeline::Reader;
use servicedesk_service::access::policy;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::applications::actions::MAX_ACTIONS;
use servicedesk_service::licensing::applications::facts;

/// What an application is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ApplicationKind {
    /// Free advisors for an account with a partner broker.
    FreeAdvisor,
    /// The download of a rented program.
    RentalDownload,
    /// The download of a program that was bought.
    LicenceUpdate,
}

/// The status of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Status")]
pub enum ApplicationStatus {
    /// Submitted, and nobody has taken it.
    New,
    /// A member of staff works on it.
    Taken,
    /// Approved.
    Approved,
    /// Declined.
    Declined,
    /// Withdrawn by the customer.
    Withdrawn,
}

/// The ground on which an application was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ApprovalGround {
    /// It is the first advisor on the account, and the deposit covers it.
    First,
    /// A month has passed since the last advisor, and the account was traded on.
    MonthAndTrading,
    /// The deposit covers all advisors that are held and ordered.
    Deposit,
    /// Staff found it in order.
    InOrder,
    /// A manager decided so, against the rule or an agent's decision.
    Override,
}

/// The ground of an approval.
pub const fn ground(basis: &ApprovalBasis) -> ApprovalGround {
    match basis {
        ApprovalBasis::Rule(basis) => grant_ground(basis),
        ApprovalBasis::Staff => ApprovalGround::InOrder,
        ApprovalBasis::Override { .. } => ApprovalGround::Override,
    }
}

/// The ground of a grant.
pub const fn grant_ground(basis: &GrantBasis) -> ApprovalGround {
    match basis {
        GrantBasis::First => ApprovalGround::First,
        GrantBasis::MonthAndTrading => ApprovalGround::MonthAndTrading,
        GrantBasis::Deposit => ApprovalGround::Deposit,
        GrantBasis::Override { .. } => ApprovalGround::Override,
    }
}

/// A customer's request for a licence or a download.
pub struct Application(pub Arc<Row>);

/// A customer's request for a licence or a download.
#[Object]
impl Application {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.application_id)
    }

    /// The number for people, for example `AP-000123`.
    async fn number(&self) -> String {
        human_number(self.0.serial)
    }

    /// What it is for.
    async fn kind(&self) -> ApplicationKind {
        match self.0.request {
            Request::FreeAdvisor(_) => ApplicationKind::FreeAdvisor,
            Request::RentalDownload { .. } => ApplicationKind::RentalDownload,
            Request::LicenceUpdate { .. } => ApplicationKind::LicenceUpdate,
        }
    }

    /// Its status.
    async fn status(&self) -> ApplicationStatus {
        self.0.status.into()
    }

    /// The customer who applies.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// The products that it is for.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn products(&self, context: &Context<'_>) -> Result<Vec<Product>> {
        products(context, self.0.request.product_ids()).await
    }

    /// The broker of the account. Null if it is not for free advisors.
    async fn broker(&self, context: &Context<'_>) -> Result<Option<Broker>> {
        let Request::FreeAdvisor(wish) = &self.0.request else { return Ok(None) };
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.brokers.get(&wish.broker_id).cloned().map(Broker))
    }

    /// The number of the account. Null if it is not for free advisors.
    async fn account_number(&self) -> Option<&str> {
        match &self.0.request {
            Request::FreeAdvisor(wish) => {
                Some(wish.account_number.reveal().map_or(ERASED, AccountNumber::as_str))
            }
            _ => None,
        }
    }

    /// The account. For licensing; null for everybody else.
    async fn trading_account(&self, context: &Context<'_>) -> Result<Option<TradingAccount>> {
        let Some(id) = self.0.account_id() else { return Ok(None) };
        Ok(trading_account(context, id).await?)
    }

    /// What the customer says is on the account.
    async fn stated_deposit(&self) -> Option<Money> {
        match &self.0.request {
            Request::FreeAdvisor(wish) => Some(wish.deposit.into()),
            _ => None,
        }
    }

    /// The first day of the rental, in the vendor's time zone.
    async fn starts_on(&self) -> Option<NaiveDate> {
        match self.0.request {
            Request::RentalDownload { starts_on, .. } => Some(starts_on),
            _ => None,
        }
    }

    /// The number of months of the rental.
    async fn months(&self) -> Option<u16> {
        match self.0.request {
            Request::RentalDownload { months, .. } => Some(months),
            _ => None,
        }
    }

    /// The day of the purchase.
    async fn purchased_on(&self) -> Option<NaiveDate> {
        match self.0.request {
            Request::LicenceUpdate { purchased_on, .. } => Some(purchased_on),
            _ => None,
        }
    }

    /// The seller.
    async fn seller(&self) -> Option<&str> {
        match &self.0.request {
            Request::LicenceUpdate { seller, .. } => Some(seller.shown()),
            _ => None,
        }
    }

    /// How to find the purchase.
    async fn purchase_reference(&self) -> Option<&str> {
        match &self.0.request {
            Request::LicenceUpdate { reference, .. } => Some(reference.shown()),
            _ => None,
        }
    }

    /// What the customer added.
    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_ref().map(Personal::shown)
    }

    /// The verdict of the rule now. Null if it is not for free advisors, or is decided already.
    async fn eligibility(&self, context: &Context<'_>) -> Result<Option<FreeAdvisorEligibility>> {
        Ok(eligibility_now(context, &self.0).await?)
    }

    /// Who took it.
    async fn taken_by(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Some(id) = self.0.taken_by else { return Ok(None) };
        Ok(context.data::<Loaders>()?.staff_member(id).await?.map(StaffMember))
    }

    /// Who decided it.
    async fn decided_by(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Some(decision) = &self.0.decision else { return Ok(None) };
        let found = context.data::<Loaders>()?.staff_member(decision.staff_member_id).await?;
        Ok(found.map(StaffMember))
    }

    /// When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decision.as_ref().map(|decision| decision.at)
    }

    /// The ground on which it was approved.
    async fn ground(&self) -> Option<ApprovalGround> {
        self.0.decision.as_ref().and_then(|decision| decision.basis.as_ref()).map(ground)
    }

    /// Why it was declined.
    async fn decline_reason(&self) -> Option<&str> {
        let declined = self.0.decision.as_ref().filter(|decision| decision.basis.is_none());
        declined.and_then(|decision| decision.reason.as_ref()).map(Personal::shown)
    }

    /// Why a manager approved it against the rule or an agent's decision. For staff only.
    async fn override_reason(&self, context: &Context<'_>) -> Option<&str> {
        if !guards::staff_sees(context) {
            return None;
        }
        let overridden =
            self.0.decision.as_ref().filter(|decision| Decision::is_override(decision));
        overridden.and_then(|decision| decision.reason.as_ref()).map(Personal::shown)
    }

    /// Why the customer withdrew it, if they gave a reason.
    async fn withdrawal_reason(&self) -> Option<&str> {
        self.0.withdrawal_reason.as_ref().map(Personal::shown)
    }

    /// The licences that it led to.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn licences(&self, context: &Context<'_>) -> Result<Vec<Licence>> {
        let ids = self.0.licences.iter().map(|one| licence(context, one.licence_id));
        let found = futures::future::try_join_all(ids).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The ticket in which it is discussed.
    async fn ticket(&self, context: &Context<'_>) -> Result<Option<Ticket>> {
        let Some(id) = self.0.ticket_id else { return Ok(None) };
        Ok(ticket(context, id).await?)
    }

    /// When it was submitted.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// When something last happened to it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The moment at which its decision is due, by its service level. For staff only.
    async fn due_at(&self, context: &Context<'_>) -> Option<DateTime<Utc>> {
        self.0.deadlines.due_at().filter(|_| guards::staff_sees(context))
    }

    /// The targets of its service level. For staff only.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn service_targets(&self, context: &Context<'_>) -> Result<Option<Vec<ServiceTarget>>> {
        if !guards::staff_sees(context) {
            return Ok(None);
        }
        Ok(targets::of(context, self.0.application_id.uuid()).await.map(Some)?)
    }

    /// What the caller may do with it now, and what not and why. It is asked of the rules at this
    /// moment. Actions that are not for callers of this kind are left out.
    #[graphql(complexity = "10 + MAX_ACTIONS * child_complexity")]
    async fn viewer_actions(&self, context: &Context<'_>) -> Result<Vec<ApplicationViewerAction>> {
        Ok(viewer_actions(context, self.0.application_id).await?)
    }

    /// Rises with every change that the caller may see.
    async fn version(&self, context: &Context<'_>) -> Result<i64> {
        Ok(match policy::timeline_reader(guards::caller(context)?) {
            Reader::Staff => self.0.version,
            Reader::Customer => self.0.public_version,
        })
    }

    /// The log position of the last change that this answer shows.
    async fn position(&self, context: &Context<'_>) -> Result<EventPosition> {
        Ok(EventPosition(self.0.position_for(policy::timeline_reader(guards::caller(context)?))))
    }

    /// What happened, in order.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn timeline(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size: 50 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
    ) -> Result<ApplicationTimeline> {
        let args = PageArgs { after, before, first, last };
        Ok(timeline::page(context, self.0.application_id, &args).await?)
    }
}

/// An application by its id, if the caller may see it.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn visible(
    context: &Context<'_>,
    id: ApplicationId,
) -> Result<Option<Application>, ApiError> {
    let caller = guards::caller(context)?;
    let found = data::<Loaders>(context)?.application(id).await?;
    Ok(found.filter(|row| policy::may_see_application(caller, row)).map(Application))
}

/// These products, without those that were never offered.
///
/// # Errors
/// `Internal` if the catalogue cannot be read.
pub async fn products(context: &Context<'_>, ids: &[ProductId]) -> Result<Vec<Product>> {
    let catalogue = context.data::<Loaders>()?.catalogue().await?;
    Ok(ids.iter().filter_map(|id| catalogue.products.get(id).cloned()).map(Product).collect())
}

/// The verdict of the rule on an application now. None if the rule does not apply, or a product is no
/// longer given free.
///
/// # Errors
/// `Unauthenticated` or `Internal`.
pub async fn eligibility_now(
    context: &Context<'_>,
    row: &Row,
) -> Result<Option<FreeAdvisorEligibility>, ApiError> {
    let Request::FreeAdvisor(wish) = &row.request else { return Ok(None) };
    if !row.status.is_open() {
        return Ok(None);
    }
    let loaders = data::<Loaders>(context)?;
    let catalogue = loaders.catalogue().await?;
    let advisors = wish.product_ids.iter().map(|id| facts::advisor(&catalogue, *id));
    let Ok(advisors) = advisors.collect::<Result<Vec<Advisor>, _>>() else { return Ok(None) };
    let account = account_of(loaders, wish.account_id).await?;
    let insight = policy::insight(guards::caller(context)?, &account);
    let now = data::<Desk>(context)?.now();
    Ok(Some(eligibility::assess(wish.account_id, &account, &advisors, None, now, insight)))
}

async fn account_of(
    loaders: &Loaders,
    id: TradingAccountId,
) -> Result<servicedesk_domain::licensing::TradingAccount, ApiError> {
    Ok(loaders.trading_account(id).await?.map(|row| row.account.clone()).unwrap_or_default())
}
