//! Who the customers are.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::customer::{CustomerEvent, CustomerId};
use servicedesk_domain::kernel::{Moment, Personal};
use servicedesk_eventlog::bulk::Column;
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
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
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[];
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
        vec![Place { part: String::new(), cells: Vec::new() }]
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
