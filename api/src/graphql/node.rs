//! Everything with a global id, and how it is found by it.

use async_graphql::{Context, ID, Interface, Object, Result};
use servicedesk_domain::billing::SupportAccount as SupportAccountEntity;
use servicedesk_domain::billing::account::Payment as PaymentEntity;
use servicedesk_domain::file::File as FileEntity;
use servicedesk_domain::identity::Session as SessionEntity;
use servicedesk_domain::kernel::{Entity, Id};
use servicedesk_domain::licensing::trading_account::Evidence as EvidenceEntity;
use servicedesk_domain::{catalogue as offered, customer, licensing, staff, ticket};
use servicedesk_service::access::policy;
use servicedesk_service::error::ApiError;

use super::applications::accounts::{self, TradingAccount};
use super::applications::evidence::{self, DepositEvidence, Evidence, TradingEvidence};
use super::applications::history::{self, TradingAccountEntry};
use super::applications::timeline::{self as application_timeline, ApplicationTimelineEntry};
use super::applications::types::{Application, visible as application};
use super::billing::accounts::{
    Payment, SupportAccount, SupportPackage, package, visible_account, visible_payment,
};
use super::billing::statements::{Statement, visible_statement};
use super::catalogue::{Broker, Calendar, Category, Department, Product};
use super::customer::Customer;
use super::file::{self, File};
use super::guards;
use super::identity::types::{Session, own_session};
use super::licensing::releases::{Release, visible as release};
use super::licensing::{Licence, visible as licence};
use super::loaders::Loaders;
use super::query::data;
use super::relay::{parse_id, parse_part, split_id};
use super::staff::StaffMember;
use super::staff::absences::{self, StaffAbsence};
use super::ticket::time_entries::{TimeEntry, visible_entry};
use super::ticket::timeline::{self, TimelineEntry};
use super::ticket::types::{Ticket, visible};

/// The most ids of `nodes`.
pub const MAX_NODES: usize = 100;

/// The names of the types whose global ids are made of the ids of other things.
pub mod names {
    /// An entry of a ticket's timeline.
    pub const TIMELINE_ENTRY: &str = "TimelineEntry";
    /// An entry of an application's timeline.
    pub const APPLICATION_TIMELINE_ENTRY: &str = "ApplicationTimelineEntry";
    /// An entry of a trading account's history.
    pub const TRADING_ACCOUNT_ENTRY: &str = "TradingAccountEntry";
    /// The free support that came with a licence.
    pub const SUPPORT_PACKAGE: &str = "SupportPackage";
    /// A customer's statement of one month.
    pub const STATEMENT: &str = "Statement";
}

/// Anything with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub enum Node {
    /// A ticket.
    Ticket(Ticket),
    /// One thing that happened to a ticket.
    TimelineEntry(TimelineEntry),
    /// Time that was worked on a ticket.
    TimeEntry(TimeEntry),
    /// A customer.
    Customer(Customer),
    /// A member of staff.
    StaffMember(StaffMember),
    /// A department.
    Department(Department),
    /// A category.
    Category(Category),
    /// A product.
    Product(Product),
    /// With whom a trading account is.
    Broker(Broker),
    /// When the vendor is open.
    Calendar(Calendar),
    /// A version of a product, to download.
    Release(Release),
    /// A licence.
    Licence(Licence),
    /// A customer's request for a licence or a download.
    Application(Application),
    /// One thing that happened to an application.
    ApplicationTimelineEntry(ApplicationTimelineEntry),
    /// A trading account.
    TradingAccount(TradingAccount),
    /// An entry in the history of a trading account.
    TradingAccountEntry(TradingAccountEntry),
    /// Evidence of what was on an account.
    DepositEvidence(DepositEvidence),
    /// Evidence of trading on an account.
    TradingEvidence(TradingEvidence),
    /// A customer's support account.
    SupportAccount(SupportAccount),
    /// The free support that came with a licence.
    SupportPackage(SupportPackage),
    /// Money that a customer paid.
    Payment(Payment),
    /// A customer's statement of one month.
    Statement(Statement),
    /// A file that somebody sent.
    File(File),
    /// A client with which the caller has logged in.
    Session(Session),
    /// Days on which a member of staff is away.
    StaffAbsence(StaffAbsence),
}

impl From<Evidence> for Node {
    fn from(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Deposit(deposit) => Self::DepositEvidence(deposit),
            Evidence::Trading(trading) => Self::TradingEvidence(trading),
        }
    }
}

/// Queries on anything with a global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Whatever has this global id, if the caller may see it.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global id.")] id: ID,
    ) -> Result<Option<Node>> {
        policy::may_read(guards::caller(context)?)?;
        Ok(node(context, &id).await?)
    }

    /// Whatever has these global ids, in this order; null in place of what the caller may not
    /// see.
    #[graphql(complexity = "ids.len().min(MAX_NODES) * child_complexity + 1")]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global ids, 100 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        policy::may_read(guards::caller(context)?)?;
        if ids.len() > MAX_NODES {
            return Err(ApiError::BadUserInput(format!("at most {MAX_NODES} ids")).into());
        }
        Ok(futures::future::try_join_all(ids.iter().map(|id| node(context, id))).await?)
    }
}

/// Whatever has this global id, if the caller may see it.
///
/// # Errors
/// `BadUserInput` if it is not a global id, `Internal` if it cannot be read.
pub async fn node(context: &Context<'_>, id: &ID) -> Result<Option<Node>, ApiError> {
    let unknown = || ApiError::BadUserInput(format!("{:?} is not a global id", id.0));
    let (name, key) = split_id(id).ok_or_else(unknown)?;
    Ok(match name.as_str() {
        ticket::Ticket::NAME => visible(context, parse_id(id)?).await?.map(Node::Ticket),
        names::TIMELINE_ENTRY => {
            let (whole, sequence) = parse_part(id, names::TIMELINE_ENTRY)?;
            timeline::entry(context, Id::new(whole), sequence).await?.map(Node::TimelineEntry)
        }
        ticket::TimeEntry::NAME => {
            visible_entry(context, parse_id(id)?).await?.map(Node::TimeEntry)
        }
        licensing::Licence::NAME => licence(context, parse_id(id)?).await?.map(Node::Licence),
        licensing::Application::NAME => {
            application(context, parse_id(id)?).await?.map(Node::Application)
        }
        names::APPLICATION_TIMELINE_ENTRY => {
            let (whole, sequence) = parse_part(id, names::APPLICATION_TIMELINE_ENTRY)?;
            let found = application_timeline::entry(context, Id::new(whole), sequence).await?;
            found.map(Node::ApplicationTimelineEntry)
        }
        licensing::TradingAccount::NAME => {
            accounts::visible(context, parse_id(id)?).await?.map(Node::TradingAccount)
        }
        names::TRADING_ACCOUNT_ENTRY => {
            let (whole, sequence) = parse_part(id, names::TRADING_ACCOUNT_ENTRY)?;
            let found = history::entry(context, Id::new(whole), sequence).await?;
            found.map(Node::TradingAccountEntry)
        }
        EvidenceEntity::NAME => evidence::visible(context, id).await?.map(Into::into),
        licensing::Release::NAME => release(context, parse_id(id)?).await?.map(Node::Release),
        SupportAccountEntity::NAME => {
            let customer_id = key.parse().map_err(|_| unknown())?;
            visible_account(context, customer_id).await?.map(Node::SupportAccount)
        }
        PaymentEntity::NAME => visible_payment(context, id).await?.map(Node::Payment),
        names::SUPPORT_PACKAGE => {
            let licence_id = key.parse().map_err(|_| unknown())?;
            package(context, licence_id).await?.map(Node::SupportPackage)
        }
        names::STATEMENT => {
            let statement_id = key.parse().map_err(|_| unknown())?;
            visible_statement(context, statement_id).await?.map(Node::Statement)
        }
        customer::Customer::NAME => {
            let customer_id = parse_id(id)?;
            if !policy::may_see_customer(guards::caller(context)?, customer_id) {
                return Ok(None);
            }
            let found = data::<Loaders>(context)?.customer(customer_id).await?;
            found.map(|row| Node::Customer(Customer(row)))
        }
        FileEntity::NAME => file::visible(context, parse_id(id)?).await?.map(Node::File),
        SessionEntity::NAME => {
            let caller = guards::caller(context)?;
            own_session(context, caller, parse_id(id)?).await?.map(Node::Session)
        }
        staff::Absence::NAME => absences::visible(context, id).await?.map(Node::StaffAbsence),
        staff::StaffMember::NAME => {
            let found = data::<Loaders>(context)?.staff_member(parse_id(id)?).await?;
            found.map(|row| Node::StaffMember(StaffMember(row)))
        }
        _ => return offered_node(context, id, &name).await?.ok_or_else(unknown),
    })
}

/// What the catalogue has under this global id; null if it has no such type.
async fn offered_node(
    context: &Context<'_>,
    id: &ID,
    name: &str,
) -> Result<Option<Option<Node>>, ApiError> {
    let catalogue = data::<Loaders>(context)?.catalogue().await?;
    Ok(Some(match name {
        offered::Department::NAME => {
            let found = catalogue.departments.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Department(Department(entry)))
        }
        offered::Category::NAME => {
            let found = catalogue.categories.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Category(Category(entry)))
        }
        offered::Product::NAME => {
            let found = catalogue.products.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Product(Product(entry)))
        }
        offered::Broker::NAME => {
            let found = catalogue.brokers.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Broker(Broker(entry)))
        }
        offered::Calendar::NAME => {
            let found = catalogue.calendars.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Calendar(Calendar(entry)))
        }
        _ => return Ok(None),
    }))
}
