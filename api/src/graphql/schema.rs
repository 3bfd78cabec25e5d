//! The list of merged parts of the schema, and what is not about one feature: the viewer and nodes.

use async_graphql::{
    Context, Enum, ID, Interface, MergedObject, MergedSubscription, Object, Result, Schema,
    SimpleObject,
};
use servicedesk_domain::access;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Entity;

use crate::config::Limits;
use crate::graphql::applications::accounts::{TradingAccount, TradingAccountList};
use crate::graphql::applications::history::TradingAccountHistory;
use crate::graphql::applications::mutations::ApplicationMutation;
use crate::graphql::applications::queries::{ApplicationList, ApplicationQuery};
use crate::graphql::applications::subscriptions::ApplicationSubscription;
use crate::graphql::applications::timeline::ApplicationTimeline;
use crate::graphql::applications::types::{Application, visible as application};
use crate::graphql::billing::accounts::{AccountQuery, SupportPackage, package};
use crate::graphql::billing::mutations::BillingMutation;
use crate::graphql::billing::statements::{
    Statement, StatementLineList, StatementList, StatementQuery, visible_statement,
};
use crate::graphql::billing::subscriptions::AccountSubscription;
use crate::graphql::billing::terms::TermsQuery;
use crate::graphql::billing::utilisation::UtilisationQuery;
use crate::graphql::catalogue::{Broker, CatalogueQuery, Category, Department, Product};
use crate::graphql::customer::Customer;
use crate::graphql::guards;
use crate::graphql::licensing::keys::LicenceKeyQuery;
use crate::graphql::licensing::mutations::LicenceMutation;
use crate::graphql::licensing::releases::{ReleaseMutation, ReleaseQuery};
use crate::graphql::licensing::{Licence, LicenceList, LicenceQuery, visible as licence};
use crate::graphql::limits::CostLimit;
use crate::graphql::loaders::Loaders;
use crate::graphql::refusals::Described;
use crate::graphql::relay::{parse_id, split_id};
use crate::graphql::sla::mutations::SlaMutation;
use crate::graphql::sla::report::SlaQuery;
use crate::graphql::sla::subscriptions::SlaSubscription;
use crate::graphql::staff::{StaffMember, StaffMembers, StaffMutation, StaffQuery};
use crate::graphql::ticket::mutations::TicketMutation;
use crate::graphql::ticket::queries::{TicketQuery, Tickets};
use crate::graphql::ticket::subscriptions::TicketSubscription;
use crate::graphql::ticket::time_entries::{
    TimeEntry, TimeEntryQuery, TimeEntryRow, visible_entry,
};
use crate::graphql::ticket::timeline::Timeline;
use crate::graphql::ticket::timers::TimerMutation;
use crate::graphql::ticket::types::{Ticket, visible};
use crate::graphql::ticket::work::TicketWorkMutation;
use servicedesk_service::access::{Caller, Identity, policy};
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::checking::CheckLimit;

const MAX_NODES: usize = 100;

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    ViewerQuery,
    NodeQuery,
    TicketQuery,
    CatalogueQuery,
    StaffQuery,
    LicenceQuery,
    ApplicationQuery,
    LicenceKeyQuery,
    ReleaseQuery,
    AccountQuery,
    TimeEntryQuery,
    StatementQuery,
    UtilisationQuery,
    TermsQuery,
    SlaQuery,
);

/// Everything that can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    TicketMutation,
    TicketWorkMutation,
    TimerMutation,
    StaffMutation,
    LicenceMutation,
    ApplicationMutation,
    ReleaseMutation,
    BillingMutation,
    SlaMutation,
);

/// Everything that can be watched.
#[derive(MergedSubscription, Default)]
pub struct SubscriptionRoot(
    TicketSubscription,
    ApplicationSubscription,
    AccountSubscription,
    SlaSubscription,
);

/// The schema of the service.
pub type AppSchema = Schema<Query, Described<Mutation>, SubscriptionRoot>;

/// Builds the schema. Limits are enforced by the extension, not by the validation's own, because
/// introspection nests deeper than any query of a client's.
pub fn build(limits: Limits) -> AppSchema {
    Schema::build(Query::default(), Described::<Mutation>::default(), SubscriptionRoot::default())
        .override_output_type_description::<Tickets>("A page of a list of tickets.")
        .override_output_type_description::<StaffMembers>("A page of the list of staff.")
        .override_output_type_description::<Timeline>("A page of a ticket's timeline.")
        .override_output_type_description::<TimeEntryRow>("A page of a list of time entries.")
        .override_output_type_description::<LicenceList>("A page of a list of licences.")
        .override_output_type_description::<ApplicationList>("A page of a list of applications.")
        .override_output_type_description::<ApplicationTimeline>(
            "A page of an application's timeline.",
        )
        .override_output_type_description::<TradingAccountList>(
            "A page of a list of trading accounts.",
        )
        .override_output_type_description::<TradingAccountHistory>(
            "A page of a trading account's history.",
        )
        .override_output_type_description::<StatementList>("A page of a list of statements.")
        .override_output_type_description::<StatementLineList>("A page of lines of statements.")
        .data(CheckLimit::new(limits.key_checks_at_once, limits.key_checks_per_second))
        // «Did you mean» compares each unknown name with every name there is.
        .disable_suggestions()
        .extension(CostLimit::new(limits))
        .finish()
}

/// The schema in the schema definition language, as it is committed in `web/schema.graphql`.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .prefer_single_line_descriptions();
    let text = build(crate::config::Config::default().limits).sdl_with_options(options);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

/// Anything with a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub enum Node {
    /// A ticket.
    Ticket(Ticket),
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
    /// A licence.
    Licence(Licence),
    /// A request of a customer for a licence or a download.
    Application(Application),
    /// A trading account.
    TradingAccount(TradingAccount),
    /// With whom a trading account is.
    Broker(Broker),
    /// The free support that came with a licence.
    SupportPackage(SupportPackage),
    /// Time that was worked on a ticket.
    TimeEntry(TimeEntry),
    /// A customer's statement of one month.
    Statement(Statement),
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "access::Scope")]
pub enum TokenScope {
    /// Queries and subscriptions.
    Read,
    /// Mutations.
    Write,
}

/// Who asks.
#[derive(SimpleObject)]
pub struct Viewer {
    /// The customer, where a customer asks.
    customer: Option<Customer>,
    /// The member of staff, where one asks.
    staff_member: Option<StaffMember>,
    /// What the token may be used for.
    scopes: Vec<TokenScope>,
}

/// Queries on the caller.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The caller. Null without a token.
    async fn viewer(&self, context: &Context<'_>) -> Result<Option<Viewer>> {
        let Some(Some(caller)) = context.data_opt::<Option<Caller>>() else { return Ok(None) };
        let loaders = context.data::<Loaders>()?;
        let scopes = caller.scopes.iter().map(|scope| (*scope).into()).collect();
        Ok(Some(match &caller.identity {
            Identity::Customer(id) => Viewer {
                customer: loaders.customer(*id).await?.map(Customer),
                staff_member: None,
                scopes,
            },
            Identity::Staff(worker) => Viewer {
                customer: None,
                staff_member: loaders.staff_member(worker.staff_member_id).await?.map(StaffMember),
                scopes,
            },
        }))
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

async fn node(context: &Context<'_>, id: &ID) -> Result<Option<Node>, ApiError> {
    let caller = guards::caller(context)?;
    let loaders = crate::graphql::query::data::<Loaders>(context)?;
    let unknown = || ApiError::BadUserInput(format!("{:?} is not a global id", id.0));
    let (name, uuid) = split_id(id).ok_or_else(unknown)?;
    Ok(match name.as_str() {
        servicedesk_domain::ticket::Ticket::NAME => {
            visible(context, parse_id(id)?).await?.map(Node::Ticket)
        }
        servicedesk_domain::customer::Customer::NAME => {
            let customer_id: CustomerId = parse_id(id)?;
            if !policy::may_see_customer(caller, customer_id) {
                return Ok(None);
            }
            loaders.customer(customer_id).await?.map(|row| Node::Customer(Customer(row)))
        }
        servicedesk_domain::staff::StaffMember::NAME => loaders
            .staff_member(parse_id(id)?)
            .await?
            .map(|row| Node::StaffMember(StaffMember(row))),
        servicedesk_domain::catalogue::Department::NAME => {
            let catalogue = loaders.catalogue().await?;
            let found = catalogue.departments.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Department(Department(entry)))
        }
        servicedesk_domain::catalogue::Category::NAME => {
            let catalogue = loaders.catalogue().await?;
            let found = catalogue.categories.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Category(Category(entry)))
        }
        servicedesk_domain::catalogue::Product::NAME => {
            let catalogue = loaders.catalogue().await?;
            let found = catalogue.products.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Product(Product(entry)))
        }
        servicedesk_domain::licensing::Licence::NAME => {
            licence(context, parse_id(id)?).await?.map(Node::Licence)
        }
        servicedesk_domain::licensing::Application::NAME => {
            application(context, parse_id(id)?).await?.map(Node::Application)
        }
        servicedesk_domain::licensing::TradingAccount::NAME => {
            if policy::reading_licenser(caller).is_err() {
                return Ok(None);
            }
            let found = loaders.trading_account(parse_id(id)?).await?;
            found.map(|row| Node::TradingAccount(TradingAccount(row)))
        }
        servicedesk_domain::catalogue::Broker::NAME => {
            let catalogue = loaders.catalogue().await?;
            let found = catalogue.brokers.get(&parse_id(id)?).cloned();
            found.map(|entry| Node::Broker(Broker(entry)))
        }
        "SupportPackage" => {
            let licence_id = uuid.parse().map_err(|_| unknown())?;
            package(context, licence_id).await?.map(Node::SupportPackage)
        }
        servicedesk_domain::ticket::TimeEntry::NAME => {
            visible_entry(context, parse_id(id)?).await?.map(Node::TimeEntry)
        }
        "Statement" => {
            let statement_id = uuid.parse().map_err(|_| unknown())?;
            visible_statement(context, statement_id).await?.map(Node::Statement)
        }
        _ => return Err(unknown()),
    })
}
