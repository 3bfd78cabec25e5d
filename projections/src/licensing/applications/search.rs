//! Pages of the applications that fit a filter, in an order.

use serde::{Deserialize, Serialize};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::TradingAccountId;
use servicedesk_domain::licensing::application::Status;
use servicedesk_domain::sla::RequestKind;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position};

use super::{ApplicationRow, status_name};
use crate::fold::{Fault, read_rows};
use crate::ticket::micros;

/// By what applications are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By their submission.
    Submitted,
    /// What is due next first, and what is not due last.
    Due,
}

/// The place of an application in a list; stays good while others arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceInList {
    /// When it is due, where the list is ordered so.
    pub rank: i64,
    /// The position of its submission in the log.
    pub position: Position,
}

/// The side of a place from which a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What comes next.
    After(Option<PlaceInList>),
    /// What comes before; of the whole list, its end.
    Before(Option<PlaceInList>),
}

/// Which applications are asked for; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// For this account.
    pub account_id: Option<TradingAccountId>,
    /// Taken last by this member of staff.
    pub taken_by: Option<StaffMemberId>,
    /// In one of these states; empty: any.
    pub statuses: Vec<Status>,
    /// Still to be decided, or not.
    pub is_open: Option<bool>,
    /// Of one of these kinds; empty: any.
    pub kinds: Vec<RequestKind>,
    /// Due before this moment.
    pub due_before: Option<Moment>,
    /// Approved by a manager against the rule or another decision, or not so.
    pub is_override: Option<bool>,
}

impl Filter {
    fn add_to(&self, query: Select) -> Select {
        let mut query = query.sql(" FROM applications WHERE 1 = 1");
        if let Some(id) = self.customer_id {
            query = query.sql(" AND customer_id = ").value(id.to_string());
        }
        if let Some(id) = self.account_id {
            query = query.sql(" AND account_id = ").value(id.to_string());
        }
        if let Some(id) = self.taken_by {
            query = query.sql(" AND taken_by = ").value(id.to_string());
        }
        if !self.statuses.is_empty() {
            let names = self.statuses.iter().map(|status| status_name(*status).to_owned());
            query = query.sql(" AND status IN ").values(names);
        }
        // Written out, so that the index over open ones is found.
        query = match self.is_open {
            Some(true) => query.sql(" AND is_open = 1"),
            Some(false) => query.sql(" AND is_open = 0"),
            None => query,
        };
        query = match self.is_override {
            Some(true) => query.sql(" AND is_override = 1"),
            Some(false) => query.sql(" AND is_override = 0"),
            None => query,
        };
        if !self.kinds.is_empty() {
            let names = self.kinds.iter().map(ToString::to_string);
            query = query.sql(" AND kind IN ").values(names);
        }
        if let Some(due_before) = self.due_before {
            query = query.sql(" AND due_rank < ").value(micros(due_before));
        }
        query
    }
}

/// One page of the applications that fit, in this order.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    filter: &Filter,
    order: Order,
    side: Side,
    limit: i64,
) -> Result<Vec<ApplicationRow>, Fault> {
    let mut query = filter.add_to(Select::new("SELECT body"));
    let (place, beyond, direction) = match side {
        Side::After(place) => (place, ">", "ASC"),
        Side::Before(place) => (place, "<", "DESC"),
    };
    query = match (order, place) {
        (_, None) => query,
        (Order::Submitted, Some(place)) => {
            query.sql(&format!(" AND position {beyond} ")).value(place.position)
        }
        (Order::Due, Some(place)) => query
            .sql(&format!(" AND (due_rank, position) {beyond} ("))
            .value(place.rank)
            .sql(", ")
            .value(place.position)
            .sql(")"),
    };
    let by = match order {
        Order::Submitted => String::new(),
        Order::Due => format!("due_rank {direction}, "),
    };
    query = query.sql(&format!(" ORDER BY {by}position {direction} LIMIT ")).value(limit);
    let mut rows = read_rows::<ApplicationRow>(db, query.texts(db).await?).await?;
    if matches!(side, Side::Before(_)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many applications fit.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, filter: &Filter) -> Result<i64, Fault> {
    Ok(filter.add_to(Select::new("SELECT COUNT(*)")).number(db).await?)
}
