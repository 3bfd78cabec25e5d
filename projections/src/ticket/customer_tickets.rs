//! A customer's own tickets, those first in which something happened last that they may see (T5).

use serde::{Deserialize, Serialize};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::ticket::{Status, TicketEvent, TicketId};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use super::micros;
use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;

/// A ticket in its customer's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerTicketRow {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// The number behind `SD-`.
    pub serial: i64,
    /// Its status.
    pub status: Status,
    /// When something last happened that the customer may see.
    pub public_updated_at: Moment,
}

impl Fold for CustomerTicketRow {
    const NAME: &'static str = "customer_tickets";
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "is_open", kind: Kind::Integer },
        Column { name: "updated_at", kind: Kind::Integer },
        Column { name: "serial", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] =
        &[Index { columns: "customer_id, updated_at, serial", only_where: "" }];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        event
            .event
            .as_ticket()
            .filter(|event| event.is_news_to_customer())
            .map(|_| event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let ticket_event = event
            .event
            .as_ticket()
            .ok_or_else(|| Fault::unprojectable(event, "is not a ticket's"))?;
        let at = event.metadata.occurred_at;
        let mut row = match (row, ticket_event) {
            (None, TicketEvent::Opened { customer_id, .. }) => Self {
                ticket_id: TicketId::new(event.aggregate_id),
                customer_id: *customer_id,
                serial: event.serial.ok_or_else(|| Fault::unprojectable(event, "has no number"))?,
                status: Status::New,
                public_updated_at: at,
            },
            (None, _) => return Err(Fault::unprojectable(event, "the ticket was never opened")),
            (Some(row), _) => row,
        };
        row.status = row.status.after(ticket_event);
        row.public_updated_at = at;
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        vec![Place {
            part: String::new(),
            cells: vec![
                row.customer_id.to_string().into(),
                i64::from(row.status.is_open()).into(),
                micros(row.public_updated_at).into(),
                row.serial.into(),
            ],
        }]
    }
}

/// The place of a ticket in its customer's list; stays good while other tickets arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceInList {
    /// When something last happened, in microseconds since 1970.
    pub updated_at: i64,
    /// The number behind `SD-`.
    pub serial: i64,
}

impl CustomerTicketRow {
    /// Where the ticket stands.
    pub fn place_in_list(&self) -> PlaceInList {
        PlaceInList { updated_at: micros(self.public_updated_at), serial: self.serial }
    }
}

/// The side of a place from which a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The tickets that come next: those changed earlier.
    After(Option<PlaceInList>),
    /// The tickets that come before: those changed later; of the whole list, its end.
    Before(Option<PlaceInList>),
}

/// One page of a customer's tickets, the last changed first.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    customer_id: CustomerId,
    is_open: Option<bool>,
    side: Side,
    limit: i64,
) -> Result<Vec<CustomerTicketRow>, Fault> {
    let mut query = of_customer(Select::new("SELECT body"), customer_id, is_open);
    let (place, beyond, direction) = match side {
        Side::After(place) => (place, "<", "DESC"),
        Side::Before(place) => (place, ">", "ASC"),
    };
    if let Some(place) = place {
        query = query
            .sql(&format!(" AND (updated_at, serial) {beyond} ("))
            .value(place.updated_at)
            .sql(", ")
            .value(place.serial)
            .sql(")");
    }
    query = query
        .sql(&format!(" ORDER BY updated_at {direction}, serial {direction} LIMIT "))
        .value(limit);
    let mut rows = read_rows::<CustomerTicketRow>(db, query.texts(db).await?).await?;
    if matches!(side, Side::Before(_)) {
        rows.reverse();
    }
    Ok(rows)
}

/// How many tickets the customer has.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, customer_id: CustomerId, is_open: Option<bool>) -> Result<i64, Fault> {
    Ok(of_customer(Select::new("SELECT COUNT(*)"), customer_id, is_open).number(db).await?)
}

fn of_customer(query: Select, customer_id: CustomerId, is_open: Option<bool>) -> Select {
    let query =
        query.sql(" FROM customer_tickets WHERE customer_id = ").value(customer_id.to_string());
    match is_open {
        Some(is_open) => query.sql(" AND is_open = ").value(i64::from(is_open)),
        None => query,
    }
}
