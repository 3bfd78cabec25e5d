//! The ticket and its words.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use servicedesk_domain::ticket as domain;
use servicedesk_domain::ticket::events;
use servicedesk_projections::ticket::human_number;
use servicedesk_projections::ticket::ticket_details::TicketDetails;
use servicedesk_projections::ticket::time_entries::Filter;

use super::timeline;
use crate::graphql::applications::types::Application;
use crate::graphql::catalogue::{Category, Department, Product, departments};
use crate::graphql::customer::Customer;
use crate::graphql::file::{self, File};
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::data;
use crate::graphql::relay::{EventPosition, PageArgs, global_id, list_cost};
use crate::graphql::sla::targets::{self, ServiceTarget};
use crate::graphql::staff::StaffMember;
use crate::graphql::ticket::actions::{TicketViewerAction, viewer_actions};
use crate::graphql::ticket::agreement::{ChargesAgreement, agreement};
use crate::graphql::ticket::time_entries;
use servicedesk_projections::ticket::timeline::Reader;
use servicedesk_service::access::Identity;
use servicedesk_service::access::policy;
use servicedesk_service::error::ApiError;
use servicedesk_service::ticket::actions::MAX_ACTIONS;

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Status")]
pub enum TicketStatus {
    /// Recorded, nobody responsible yet.
    New,
    /// An agent is responsible and has yet to accept.
    Assigned,
    /// An agent works on it.
    InProgress,
    /// It cannot go on until the customer answers.
    WaitingOnCustomer,
    /// Solved as far as staff can tell; may be reopened.
    Resolved,
    /// Over; may still be reopened for the rest of the period.
    Closed,
    /// Came back after it was resolved or closed.
    Reopened,
}

/// How urgent a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "events::Priority")]
pub enum TicketPriority {
    /// May wait.
    Low,
    /// The usual.
    Normal,
    /// Before the usual.
    High,
    /// Before everything.
    Urgent,
}

/// How a resolved ticket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "events::Outcome")]
pub enum TicketOutcome {
    /// The problem is gone or the question answered.
    Solved,
    /// The same request is handled elsewhere.
    Duplicate,
    /// There was nothing to solve.
    Invalid,
}

/// One request for help, from opening to closing.
pub struct Ticket(pub Arc<TicketDetails>);

/// One request for help, from opening to closing.
#[Object]
impl Ticket {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.0.ticket_id)
    }

    /// The short number for people, for example `SD-000123`: unique and never reused.
    async fn number(&self) -> String {
        human_number(self.0.serial)
    }

    /// The request in a line.
    async fn subject(&self) -> &str {
        self.0.subject.shown()
    }

    /// The request in full.
    async fn text(&self) -> &str {
        self.0.text.shown()
    }

    /// The files that came with the request.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn files(&self, context: &Context<'_>) -> Result<Vec<File>> {
        Ok(file::of_message(context, &self.0.file_ids).await?)
    }

    /// Its status.
    async fn status(&self) -> TicketStatus {
        self.0.status.into()
    }

    /// Whether staff still has something to do.
    async fn is_open(&self) -> bool {
        self.0.status.is_open()
    }

    /// How urgent it is.
    async fn priority(&self) -> TicketPriority {
        self.0.priority.into()
    }

    /// Whose request it is.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let found = context.data::<Loaders>()?.customer(self.0.customer_id).await?;
        Ok(found.map(Customer))
    }

    /// What it is about.
    async fn category(&self, context: &Context<'_>) -> Result<Option<Category>> {
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.categories.get(&self.0.category_id).cloned().map(Category))
    }

    /// Which product it is about.
    async fn product(&self, context: &Context<'_>) -> Result<Option<Product>> {
        let catalogue = context.data::<Loaders>()?.catalogue().await?;
        Ok(catalogue.products.get(&self.0.product_id).cloned().map(Product))
    }

    /// The departments that it is in.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn departments(&self, context: &Context<'_>) -> Result<Vec<Department>> {
        departments(context, &self.0.department_ids).await
    }

    /// Who is responsible.
    async fn assignee(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Some(id) = self.0.assignee_id else { return Ok(None) };
        Ok(context.data::<Loaders>()?.staff_member(id).await?.map(StaffMember))
    }

    /// Who else works on it.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn collaborators(&self, context: &Context<'_>) -> Result<Vec<StaffMember>> {
        let loaders = context.data::<Loaders>()?;
        let mut found = Vec::with_capacity(self.0.collaborator_ids.len());
        for id in &self.0.collaborator_ids {
            found.extend(loaders.staff_member(*id).await?.map(StaffMember));
        }
        Ok(found)
    }

    /// By when it was promised to be solved.
    async fn promised_for(&self) -> Option<DateTime<Utc>> {
        self.0.promised_for
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.0.opened_at
    }

    /// When something last happened that the caller may see.
    async fn updated_at(&self, context: &Context<'_>) -> Result<DateTime<Utc>> {
        Ok(match guards::caller(context)?.identity {
            Identity::Customer(_) => self.0.public_updated_at,
            Identity::Staff(_) => self.0.updated_at,
        })
    }

    /// When an agent last accepted it.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }

    /// When staff first answered.
    async fn first_replied_at(&self) -> Option<DateTime<Utc>> {
        self.0.first_replied_at
    }

    /// When it was resolved, if it is.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.0.resolved_at
    }

    /// How it ended, if it is resolved.
    async fn outcome(&self) -> Option<TicketOutcome> {
        self.0.outcome.map(TicketOutcome::from)
    }

    /// What was done, if it is resolved and somebody wrote it down.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_ref().map(servicedesk_domain::kernel::Personal::shown)
    }

    /// When it was closed, if it is.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// Until when it may be reopened, if it is resolved or closed. A resolved ticket closes by
    /// itself then.
    async fn reopenable_until(&self) -> Option<DateTime<Utc>> {
        self.0.reopenable_until
    }

    /// How many replies it has.
    async fn reply_count(&self) -> i64 {
        self.0.reply_count
    }

    /// The time that was worked on it, in the order in which it was logged.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn time_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
    ) -> Result<time_entries::TimeEntryRow> {
        let args = PageArgs { after, before, first, last };
        let filter = Filter { ticket_id: Some(self.0.ticket_id), ..Filter::default() };
        Ok(time_entries::page(context, filter, &args).await?)
    }

    /// Whether work on it beyond the customer's free time may be charged.
    async fn charges_agreement(&self, context: &Context<'_>) -> Result<ChargesAgreement> {
        Ok(agreement(context, &self.0).await?)
    }

    /// The application that is talked about in it, where it is about one and the caller may see it.
    async fn application(&self, context: &Context<'_>) -> Result<Option<Application>> {
        let caller = guards::caller(context)?;
        let found = data::<Loaders>(context)?.application_of(self.0.ticket_id).await?;
        Ok(found.filter(|row| policy::may_see_application(caller, row)).map(Application))
    }

    /// How it stands with the targets of its service level: those of its first processing, and of
    /// each one after a reopening. For staff only.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn service_targets(&self, context: &Context<'_>) -> Result<Option<Vec<ServiceTarget>>> {
        if !guards::staff_sees(context) {
            return Ok(None);
        }
        Ok(targets::of(context, self.0.ticket_id.uuid()).await.map(Some)?)
    }

    /// Whether the customer answered after the resolution, and no member of staff has looked yet.
    /// Such a ticket is in the queue. For staff only.
    async fn has_unseen_answer(&self, context: &Context<'_>) -> Option<bool> {
        guards::staff_sees(context).then_some(self.0.has_unseen_answer)
    }

    /// What the caller may do with it now, and what not and why. It is asked of the rules at this
    /// moment, so it may be newer than the rest of the answer. Actions that are not for callers of
    /// this kind are left out.
    #[graphql(complexity = "10 + MAX_ACTIONS * child_complexity")]
    async fn viewer_actions(&self, context: &Context<'_>) -> Result<Vec<TicketViewerAction>> {
        Ok(viewer_actions(context, self.0.ticket_id).await?)
    }

    /// Rises with every change that the caller may see. Give it as `expectedVersion` where a lost
    /// update would hurt.
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

    /// What happened, in order. Customers see no notes.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn timeline(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
    ) -> Result<timeline::Timeline> {
        let args = PageArgs { after, before, first, last };
        Ok(timeline::page(context, self.0.ticket_id, &args).await?)
    }
}

/// A ticket by its id, if the caller may see it.
///
/// # Errors
/// `Unauthenticated`, `Forbidden` or `Internal`.
pub async fn visible(
    context: &Context<'_>,
    id: domain::TicketId,
) -> Result<Option<Ticket>, ApiError> {
    let caller = guards::caller(context)?;
    let loaders = data::<Loaders>(context)?;
    let found = loaders.ticket(id).await?;
    Ok(found.filter(|ticket| policy::may_see_ticket(caller, ticket)).map(Ticket))
}
