//! The list of merged parts of the schema, and what is not about one feature: the viewer and nodes.

use async_graphql::{
    ComplexObject, Context, Enum, MergedObject, MergedSubscription, Object, Result, Schema,
    SimpleObject, ValidationMode,
};
use servicedesk_domain::access;
use servicedesk_domain::identity::login::decide::MAX_SESSIONS;

use crate::config::Limits;
use crate::graphql::applications::accounts::TradingAccountList;
use crate::graphql::applications::history::TradingAccountHistory;
use crate::graphql::applications::mutations::ApplicationMutation;
use crate::graphql::applications::queries::{ApplicationList, ApplicationQuery};
use crate::graphql::applications::subscriptions::ApplicationSubscription;
use crate::graphql::applications::timeline::ApplicationTimeline;
use crate::graphql::billing::accounts::AccountQuery;
use crate::graphql::billing::mutations::BillingMutation;
use crate::graphql::billing::statements::{StatementLineList, StatementList, StatementQuery};
use crate::graphql::billing::subscriptions::AccountSubscription;
use crate::graphql::billing::terms::TermsQuery;
use crate::graphql::billing::utilisation::UtilisationQuery;
use crate::graphql::catalogue::CatalogueQuery;
use crate::graphql::customer::mutations::CustomerMutation;
use crate::graphql::customer::{Customer, CustomerQuery, Customers};
use crate::graphql::desk::DeskQuery;
use crate::graphql::file::mutations::FileMutation;
use crate::graphql::identity::mutations::IdentityMutation;
use crate::graphql::identity::types::{Session, own_login, own_sessions};
use crate::graphql::licensing::keys::LicenceKeyQuery;
use crate::graphql::licensing::mutations::LicenceMutation;
use crate::graphql::licensing::releases::{ReleaseMutation, ReleaseQuery};
use crate::graphql::licensing::{LicenceList, LicenceQuery};
use crate::graphql::limits::CostLimit;
use crate::graphql::loaders::Loaders;
use crate::graphql::node::NodeQuery;
use crate::graphql::refusals::Described;
use crate::graphql::settings::SettingsMutation;
use crate::graphql::sla::mutations::SlaMutation;
use crate::graphql::sla::report::SlaQuery;
use crate::graphql::sla::subscriptions::SlaSubscription;
use crate::graphql::staff::administering::StaffAdministration;
use crate::graphql::staff::{StaffMember, StaffMembers, StaffMutation, StaffQuery};
use crate::graphql::ticket::mutations::TicketMutation;
use crate::graphql::ticket::queries::{TicketQuery, Tickets};
use crate::graphql::ticket::subscriptions::TicketSubscription;
use crate::graphql::ticket::time_entries::{TimeEntryQuery, TimeEntryRow};
use crate::graphql::ticket::timeline::Timeline;
use crate::graphql::ticket::timers::TimerMutation;
use crate::graphql::ticket::work::TicketWorkMutation;
use servicedesk_service::access::{Caller, Identity};
use servicedesk_service::licensing::checking::CheckLimit;

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    ViewerQuery,
    DeskQuery,
    CustomerQuery,
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
    StaffAdministration,
    LicenceMutation,
    ApplicationMutation,
    ReleaseMutation,
    BillingMutation,
    SlaMutation,
    SettingsMutation,
    IdentityMutation,
    FileMutation,
    CustomerMutation,
);

/// Everything that can be watched.
#[derive(MergedSubscription, Default)]
#[graphql(name = "Subscription")]
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
        .override_output_type_description::<Customers>("A page of the list of customers.")
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
        // Documents were compared with the schema when they were parsed (ADR 67).
        .validation_mode(ValidationMode::Fast)
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
#[graphql(complex)]
pub struct Viewer {
    #[graphql(skip)]
    caller: Caller,
    /// The customer, where a customer asks.
    customer: Option<Customer>,
    /// The member of staff, where one asks.
    staff_member: Option<StaffMember>,
    /// What the token may be used for.
    scopes: Vec<TokenScope>,
}

#[ComplexObject]
impl Viewer {
    /// The e-mail address that the caller logs in with. Null without a login of their own.
    async fn email(&self, context: &Context<'_>) -> Result<Option<String>> {
        Ok(own_login(context, &self.caller).await?.map(|login| login.email))
    }

    /// The clients with which the caller has logged in, the newest first.
    #[graphql(complexity = "1 + MAX_SESSIONS * child_complexity")]
    async fn sessions(&self, context: &Context<'_>) -> Result<Vec<Session>> {
        Ok(own_sessions(context, &self.caller).await?)
    }
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
        let caller = caller.clone();
        Ok(Some(match caller.identity.clone() {
            Identity::Customer(id) => Viewer {
                caller,
                customer: loaders.customer(id).await?.map(Customer),
                staff_member: None,
                scopes,
            },
            Identity::Staff(worker) => Viewer {
                caller,
                customer: None,
                staff_member: loaders.staff_member(worker.staff_member_id).await?.map(StaffMember),
                scopes,
            },
        }))
    }
}
