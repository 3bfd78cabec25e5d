//! Queries on tickets and queues.

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use servicedesk_domain::catalogue::DepartmentId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::ticket::{Status, TicketId};
use servicedesk_projections::ticket::customer_tickets::{self, CustomerTicketRow};
use servicedesk_projections::ticket::department_queue::{self, QueueFilter, QueueOrder};
use servicedesk_projections::ticket::serial_of;
use servicedesk_projections::ticket::ticket_details::{self, TicketDetails};
use servicedesk_projections::ticket::ticket_search::{
    self, Page, PlaceInList, TicketFilter, TicketOrder,
};

use super::queue::{DepartmentQueueFilter, DepartmentQueueOrder, queue};
use super::types::{Ticket, TicketStatus, visible};
use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::{self, data};
use crate::graphql::relay::{EventPosition, PageArgs, PageRequest, list_cost, parse_id};
use crate::graphql::search::words;
use servicedesk_service::access::{Identity, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// What tickets are filtered by. All conditions must hold. Customers can filter by `isOpen` only.
#[derive(Debug, Clone, Default, InputObject)]
pub struct TicketsFilter {
    /// In one of these states.
    pub status: Option<Vec<TicketStatus>>,
    /// Whether staff still has something to do.
    pub is_open: Option<bool>,
    /// In this department.
    pub department_id: Option<ID>,
    /// Of this category.
    pub category_id: Option<ID>,
    /// About this product.
    pub product_id: Option<ID>,
    /// Of this customer.
    pub customer_id: Option<ID>,
    /// For which this member of staff is responsible.
    pub assignee_id: Option<ID>,
    /// Whose subject has each of these words.
    pub text: Option<String>,
}

/// By what tickets are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TicketsOrder {
    /// The first opened first.
    NumberAsc,
    /// The last opened first.
    NumberDesc,
    /// The longest unchanged first.
    UpdatedAtAsc,
    /// The last changed first.
    UpdatedAtDesc,
}

/// What a list of tickets holds in all.
pub enum TicketTotal {
    /// Of a search.
    Search(Box<TicketFilter>),
    /// Of a customer's list.
    Customer(CustomerId, Option<bool>),
    /// Of a queue.
    Queue(DepartmentId, Box<QueueFilter>),
}

/// What a list of tickets holds in all.
#[Object]
impl TicketTotal {
    /// How many there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64> {
        let db = data::<Desk>(context)?.log.db();
        let counted = match self {
            Self::Search(filter) => ticket_search::count(db, filter).await,
            Self::Customer(id, is_open) => customer_tickets::count(db, *id, *is_open).await,
            Self::Queue(id, filter) => department_queue::count(db, *id, filter).await,
        };
        Ok(counted.map_err(ApiError::from)?)
    }
}

/// A list of tickets.
pub type Tickets = Connection<String, Ticket, TicketTotal>;

/// Queries on tickets.
#[derive(Default)]
pub struct TicketQuery;

#[Object]
impl TicketQuery {
    /// One ticket by its id or its number, if the caller may see it.
    async fn ticket(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global id.")] id: Option<ID>,
        #[graphql(desc = "The number for people, for example `SD-000123`.")] number: Option<String>,
        #[graphql(desc = "Wait until the answer reflects the log up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Option<Ticket>> {
        let (desk, _) = query::begin(context, consistent_with).await?;
        let ticket_id = match (id, number) {
            (Some(id), None) => parse_id(&id)?,
            (None, Some(number)) => match by_number(desk, &number).await? {
                Some(id) => id,
                None => return Ok(None),
            },
            _ => {
                let which = "a ticket is asked for by its id or by its number";
                return Err(ApiError::BadUserInput(which.to_owned()).into());
            }
        };
        Ok(visible(context, ticket_id).await?)
    }

    /// The caller's tickets: a customer's own, and for staff those that the caller may see. A
    /// customer's list is ordered by the last change, and takes no filter but `isOpen`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, what is asked, and consistency")]
    async fn tickets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which tickets.")] filter: Option<TicketsFilter>,
        #[graphql(desc = "By what they are ordered; `NUMBER_DESC` where not given. For staff.")]
        order_by: Option<TicketsOrder>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer reflects the log up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Tickets> {
        query::begin(context, consistent_with).await?;
        let args = PageArgs { after, before, first, last };
        Ok(list(context, &filter.unwrap_or_default(), order_by, &args).await?)
    }

    /// What waits in a department: the most urgent first, among equals the oldest, or what is due
    /// next first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, what is asked, and consistency")]
    async fn department_queue(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose queue.")] department_id: ID,
        #[graphql(desc = "Which tickets of it.")] filter: Option<DepartmentQueueFilter>,
        #[graphql(desc = "By what it is ordered; `URGENCY` where not given.")] order_by: Option<
            DepartmentQueueOrder,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Page size from the start: 50 by default, at most 100.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Page size from the end: at most 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer reflects the log up to this position.")]
        consistent_with: Option<EventPosition>,
    ) -> Result<Tickets> {
        let (desk, _) = query::begin(context, consistent_with).await?;
        let department_id = parse_id(&department_id)?;
        policy::may_see_queue(guards::caller(context)?, department_id)?;
        let filter = filter.unwrap_or_default().read(desk.now())?;
        let order = order_by.map_or(QueueOrder::Urgency, Into::into);
        let args = PageArgs { after, before, first, last };
        Ok(queue(context, desk, department_id, (filter, order), &args).await?)
    }
}

/// A page of the tickets that the caller may see.
///
/// # Errors
/// `Forbidden` if a customer gives a filter for staff, `BadUserInput` for bad arguments, `Internal`.
pub async fn list(
    context: &Context<'_>,
    filter: &TicketsFilter,
    order_by: Option<TicketsOrder>,
    args: &PageArgs,
) -> Result<Tickets, ApiError> {
    let desk = data::<Desk>(context)?;
    match &guards::caller(context)?.identity {
        Identity::Customer(id) => {
            let named: Option<CustomerId> =
                filter.customer_id.as_ref().map(parse_id).transpose()?;
            let is_of_another = named.is_some_and(|named| named != *id);
            if order_by.is_some() || is_of_another || filter.is_for_staff() {
                return Err(ApiError::Forbidden("this filter or order is for staff"));
            }
            of_customer(context, desk, *id, filter.is_open, args).await
        }
        Identity::Staff(worker) => {
            let within = policy::searched_tickets(worker);
            let filter = TicketFilter { within, ..filter.read()? };
            search(desk, filter, order_by.unwrap_or(TicketsOrder::NumberDesc), args).await
        }
    }
}

async fn by_number(desk: &Desk, number: &str) -> Result<Option<TicketId>, ApiError> {
    let wrong = || ApiError::BadUserInput(format!("{number:?} is not a ticket's number"));
    let serial = serial_of(number.trim()).ok_or_else(wrong)?;
    let found = ticket_details::by_serial(desk.log.db(), serial).await?;
    Ok(found.map(|ticket| ticket.ticket_id))
}

async fn of_customer(
    context: &Context<'_>,
    desk: &Desk,
    customer_id: CustomerId,
    is_open: Option<bool>,
    args: &PageArgs,
) -> Result<Tickets, ApiError> {
    let request: PageRequest<customer_tickets::PlaceInList> = args.read()?;
    let side = match &request {
        PageRequest::Forward { after, .. } => customer_tickets::Side::After(*after),
        PageRequest::Backward { before, .. } => customer_tickets::Side::Before(*before),
    };
    let db = desk.log.db();
    let rows = customer_tickets::page(db, customer_id, is_open, side, request.limit()).await?;
    let rows = with_details(context, rows, |row: &CustomerTicketRow| row.ticket_id).await?;
    let total = TicketTotal::Customer(customer_id, is_open);
    request.page(rows, total, |(row, _)| row.place_in_list(), |(_, ticket)| ticket)
}

async fn search(
    desk: &Desk,
    filter: TicketFilter,
    order_by: TicketsOrder,
    args: &PageArgs,
) -> Result<Tickets, ApiError> {
    let request: PageRequest<PlaceInList> = args.read()?;
    let (order, is_descending) = order_by.read();
    // Reading backwards is reading the opposite order forwards, and turning the page round.
    let (after, is_backward) = match request {
        PageRequest::Forward { after, .. } => (after, false),
        PageRequest::Backward { before, .. } => (before, true),
    };
    let is_descending = is_descending != is_backward;
    let page = Page { order, is_descending, after, limit: request.limit() };
    let mut rows = ticket_search::search(desk.log.db(), &filter, page).await?;
    if is_backward {
        rows.reverse();
    }
    let total = TicketTotal::Search(Box::new(filter));
    let cursor = |row: &TicketDetails| row.place_in(order);
    request.page(rows, total, cursor, |row| Ticket(row.into()))
}

/// Reads the tickets that list rows stand for, all at once.
pub(super) async fn with_details<Row>(
    context: &Context<'_>,
    rows: Vec<Row>,
    id: impl Fn(&Row) -> TicketId,
) -> Result<Vec<(Row, Ticket)>, ApiError> {
    let ids: Vec<TicketId> = rows.iter().map(&id).collect();
    let tickets = data::<Loaders>(context)?.tickets(&ids).await?;
    let mut tickets = tickets.into_iter().peekable();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        // The two read models are written together; a row without its ticket was added between
        // the two readings, and is left to the next page.
        if let Some(ticket) = tickets.next_if(|ticket| ticket.ticket_id == id(&row)) {
            found.push((row, Ticket(ticket)));
        }
    }
    Ok(found)
}

/// However often a caller names a state, it is looked for once.
pub(super) fn once_each(named: Option<&[TicketStatus]>) -> Vec<Status> {
    let mut statuses: Vec<Status> = Vec::new();
    for status in named.into_iter().flatten().map(|status| Status::from(*status)) {
        if !statuses.contains(&status) {
            statuses.push(status);
        }
    }
    statuses
}

impl TicketsFilter {
    fn is_for_staff(&self) -> bool {
        let ids = [&self.department_id, &self.category_id, &self.product_id, &self.assignee_id];
        self.status.is_some() || self.text.is_some() || ids.iter().any(|id| id.is_some())
    }

    fn read(&self) -> Result<TicketFilter, ApiError> {
        Ok(TicketFilter {
            statuses: once_each(self.status.as_deref()),
            is_open: self.is_open,
            department_id: self.department_id.as_ref().map(parse_id).transpose()?,
            within: None,
            category_id: self.category_id.as_ref().map(parse_id).transpose()?,
            product_id: self.product_id.as_ref().map(parse_id).transpose()?,
            customer_id: self.customer_id.as_ref().map(parse_id).transpose()?,
            assignee_id: self.assignee_id.as_ref().map(parse_id).transpose()?,
            words: words(self.text.as_deref())?,
        })
    }
}

impl TicketsOrder {
    const fn read(self) -> (TicketOrder, bool) {
        match self {
            Self::NumberAsc => (TicketOrder::Number, false),
            Self::NumberDesc => (TicketOrder::Number, true),
            Self::UpdatedAtAsc => (TicketOrder::UpdatedAt, false),
            Self::UpdatedAtDesc => (TicketOrder::UpdatedAt, true),
        }
    }
}
