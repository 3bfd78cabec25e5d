//! Who the customers are.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::customer::{CustomerEvent, CustomerId};
use servicedesk_domain::kernel::text::search_form;
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::paging::{IdSide, page_by_id};
use crate::search::contains;
use crate::table::Index;

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// Who.
    pub customer_id: CustomerId,
    /// The name that staff sees.
    pub name: Personal<String>,
    /// Since when the person is a customer.
    pub registered_at: Moment,
    /// When they were erased, if they were.
    pub erased_at: Option<Moment>,
}

impl Fold for CustomerRow {
    const NAME: &'static str = "customer_directory";
    const VERSION: i64 = 3;
    const COLUMNS: &'static [Column] = &[Column { name: "search_text", kind: Kind::Text }];
    const INDEXES: &'static [Index] = &[];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::Customer(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        match (row, &event.event) {
            (None, Event::Customer(CustomerEvent::Registered { customer_id, name })) => Ok(Self {
                customer_id: *customer_id,
                name: name.clone(),
                registered_at: event.metadata.occurred_at,
                erased_at: None,
            }),
            (Some(row), Event::Customer(CustomerEvent::Erased { customer_id, .. })) => Ok(Self {
                name: Personal::erased(*customer_id),
                erased_at: Some(event.metadata.occurred_at),
                ..row
            }),
            _ => Err(Fault::unprojectable(event, "does not follow on the customer's last event")),
        }
    }

    fn places(_row: &Self) -> Vec<Place> {
        vec![Place { part: String::new(), cells: vec![String::new().into()] }]
    }

    const SEARCHED_OF: Option<&'static str> = Some("id");

    fn searched(row: &Self) -> Option<&Personal<String>> {
        Some(&row.name)
    }
}

/// Those of these ids who are customers.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_ids(
    db: &Db,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, CustomerRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM customer_directory WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<CustomerRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row)).collect())
}

/// What customers are searched for; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Each of these words is in the name or in the address that they log in with, as
    /// `search_form` compares them.
    pub words: Vec<String>,
    /// Whether they can log in.
    pub has_login: Option<bool>,
}

impl CustomerFilter {
    /// A login's id is its person's.
    fn add_to(&self, mut query: Select) -> Select {
        query = query.sql(" FROM customer_directory WHERE 1 = 1");
        for word in &self.words {
            let word = search_form(word);
            query = contains(query.sql(" AND ("), "search_text", &word);
            query = query.sql(" OR id IN (SELECT id FROM logins WHERE part = '' AND ");
            query = contains(query, "search_text", &word).sql("))");
        }
        match self.has_login {
            Some(true) => query.sql(" AND id IN (SELECT id FROM logins WHERE part = '')"),
            Some(false) => query.sql(" AND id NOT IN (SELECT id FROM logins WHERE part = '')"),
            None => query,
        }
    }
}

/// One page of the customers who fit the filter, in the order of ids.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    filter: &CustomerFilter,
    side: IdSide,
    limit: i64,
) -> Result<Vec<CustomerRow>, Fault> {
    page_by_id::<CustomerRow>(db, filter.add_to(Select::new("SELECT body")), side, limit).await
}

/// How many customers fit the filter.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, filter: &CustomerFilter) -> Result<i64, Fault> {
    Ok(filter.add_to(Select::new("SELECT COUNT(*)")).number(db).await?)
}
