//! Which tickets are there, by what staff searches for. It reads the rows of `ticket_details`.

use serde::{Deserialize, Serialize};
use servicedesk_domain::catalogue::{CategoryId, DepartmentId, ProductId};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::text::search_form;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::Status;
use servicedesk_eventlog::Db;
use servicedesk_eventlog::select::Select;

use super::ticket_details::{TicketDetails, read_rows};
use super::{micros, status_name};
use crate::fold::Fault;
use crate::search::contains;

/// The tickets that an agent may see: those of these departments, and those worked on.
#[derive(Debug, Clone)]
pub struct Within {
    /// The agent's departments.
    pub department_ids: Vec<DepartmentId>,
    /// The agent.
    pub staff_member_id: StaffMemberId,
}

/// What staff searches tickets for; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct TicketFilter {
    /// In one of these states; empty: any.
    pub statuses: Vec<Status>,
    /// Open or not.
    pub is_open: Option<bool>,
    /// In this department.
    pub department_id: Option<DepartmentId>,
    /// Only what one agent may see; none: all.
    pub within: Option<Within>,
    /// Of this category.
    pub category_id: Option<CategoryId>,
    /// About this product.
    pub product_id: Option<ProductId>,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// This agent is responsible.
    pub assignee_id: Option<StaffMemberId>,
    /// Each of these words is in the subject, as `search_form` compares them.
    pub words: Vec<String>,
}

/// By what tickets are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketOrder {
    /// By number, which is the order of opening.
    Number,
    /// By when something last happened.
    UpdatedAt,
}

/// Which tickets of an ordered list are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// By what the list is ordered.
    pub order: TicketOrder,
    /// Whether the largest or latest comes first.
    pub is_descending: bool,
    /// Only those behind this place, in that order.
    pub after: Option<PlaceInList>,
    /// At most so many.
    pub limit: i64,
}

/// The place of a ticket in an ordered list; stays good while other tickets arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceInList {
    /// When something last happened, in microseconds since 1970; 0 when ordered by number.
    pub updated_at: i64,
    /// The number.
    pub serial: i64,
}

impl TicketDetails {
    /// The place of the ticket in a list ordered so.
    pub fn place_in(&self, order: TicketOrder) -> PlaceInList {
        let updated_at = match order {
            TicketOrder::Number => 0,
            TicketOrder::UpdatedAt => micros(self.updated_at),
        };
        PlaceInList { updated_at, serial: self.serial }
    }
}

/// Tickets that fit the filter, in order.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn search(
    db: &Db,
    filter: &TicketFilter,
    page: Page,
) -> Result<Vec<TicketDetails>, Fault> {
    let mut query = filter.add_to(Select::new("SELECT body FROM ticket_details WHERE "));
    let (beyond, direction) = if page.is_descending { ("<", "DESC") } else { (">", "ASC") };
    if let Some(after) = page.after {
        query = match page.order {
            TicketOrder::Number => query.sql(&format!(" AND serial {beyond} ")).value(after.serial),
            TicketOrder::UpdatedAt => query
                .sql(&format!(" AND (updated_at, serial) {beyond} ("))
                .value(after.updated_at)
                .sql(", ")
                .value(after.serial)
                .sql(")"),
        };
    }
    query = match page.order {
        TicketOrder::Number => query.sql(&format!(" ORDER BY serial {direction}")),
        TicketOrder::UpdatedAt => {
            query.sql(&format!(" ORDER BY updated_at {direction}, serial {direction}"))
        }
    };
    read_rows(db, query.sql(" LIMIT ").value(page.limit).texts(db).await?).await
}

/// How many tickets fit the filter.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, filter: &TicketFilter) -> Result<i64, Fault> {
    let query = filter.add_to(Select::new("SELECT COUNT(*) FROM ticket_details WHERE "));
    Ok(query.number(db).await?)
}

impl TicketFilter {
    fn add_to(&self, mut query: Select) -> Select {
        query = query.sql("1 = 1");
        if !self.statuses.is_empty() {
            let names = self.statuses.iter().map(|status| status_name(*status).to_owned());
            query = query.sql(" AND status IN ").values(names);
        }
        if let Some(is_open) = self.is_open {
            query = query.sql(" AND is_open = ").value(i64::from(is_open));
        }
        if let Some(id) = self.department_id {
            query = contains(query.sql(" AND "), "department_ids", &id.to_string());
        }
        if let Some(within) = &self.within {
            query = query.sql(" AND (");
            query = contains(query, "worked_by", &within.staff_member_id.to_string());
            for id in &within.department_ids {
                query = contains(query.sql(" OR "), "department_ids", &id.to_string());
            }
            query = query.sql(")");
        }
        let equal = [
            ("category_id", self.category_id.map(|id| id.to_string())),
            ("product_id", self.product_id.map(|id| id.to_string())),
            ("customer_id", self.customer_id.map(|id| id.to_string())),
            ("assignee_id", self.assignee_id.map(|id| id.to_string())),
        ];
        for (column, value) in equal {
            if let Some(value) = value {
                query = query.sql(&format!(" AND {column} = ")).value(value);
            }
        }
        for word in &self.words {
            query = query.sql(" AND ");
            query = contains(query, "search_text", &search_form(word));
        }
        query
    }
}
