//! Which statements there are in a month, what each comes to, and whether it is closed (B5).

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::billing::AccountEvent;
use servicedesk_domain::billing::account::events::{Settlement, Totals};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Moment, Month};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::paging::{self, Side};
use crate::table::Index;

/// One customer's statement of one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRow {
    /// Whose.
    pub customer_id: CustomerId,
    /// Of which month.
    pub month: Month,
    /// What its lines come to.
    pub totals: Totals,
    /// How many of them the customer sees (T5).
    pub shown_lines: u32,
    /// When it was closed, if it was.
    pub closed_at: Option<Moment>,
    /// The position in the log of its first line, or its closing.
    pub position: Position,
}

impl StatementRow {
    /// Whether the customer never sees it, because nothing on it concerns them (T5).
    pub const fn is_hidden(&self) -> bool {
        self.shown_lines == 0 && self.closed_at.is_none()
    }

    /// The statement without a line.
    pub fn empty(customer_id: CustomerId, month: Month) -> Self {
        Self {
            customer_id,
            month,
            totals: Totals::default(),
            shown_lines: 0,
            closed_at: None,
            position: 0,
        }
    }
}

impl Fold for StatementRow {
    const NAME: &'static str = "statements";
    const VERSION: i64 = 1;
    const COLUMNS: &'static [Column] = &[
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "month", kind: Kind::Text },
        Column { name: "is_closed", kind: Kind::Integer },
        Column { name: "is_hidden", kind: Kind::Integer },
        Column { name: "position", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "month, position", only_where: "" },
        Index { columns: "customer_id, position", only_where: "" },
        Index { columns: "position", only_where: "is_closed = 0" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        let (month, _) = change(event)?;
        Some(id(CustomerId::new(event.aggregate_id), month))
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let (month, change) =
            change(event).ok_or_else(|| Fault::unprojectable(event, "changes no statement"))?;
        let mut row = row.unwrap_or_else(|| Self {
            position: event.position,
            ..Self::empty(CustomerId::new(event.aggregate_id), month)
        });
        if row.closed_at.is_some() {
            return Err(Fault::unprojectable(event, "the statement was closed"));
        }
        match change {
            Change::Line(settlement, sign) => {
                row.totals.add(settlement, sign);
                row.shown_lines += u32::from(settlement.concerns_customer());
            }
            Change::Closing => row.closed_at = Some(event.metadata.occurred_at),
        }
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        vec![Place {
            part: String::new(),
            cells: vec![
                row.customer_id.to_string().into(),
                row.month.to_string().into(),
                i64::from(row.closed_at.is_some()).into(),
                i64::from(row.is_hidden()).into(),
                row.position.into(),
            ],
        }]
    }
}

enum Change<'a> {
    Line(&'a Settlement, i64),
    Closing,
}

fn change(event: &Recorded) -> Option<(Month, Change<'_>)> {
    match &event.event {
        Event::Account(AccountEvent::WorkSettled { settlement, billed_in }) => {
            Some((*billed_in, Change::Line(settlement, 1)))
        }
        Event::Account(AccountEvent::WorkCredited { settlement, billed_in, .. }) => {
            Some((*billed_in, Change::Line(settlement, -1)))
        }
        Event::Account(AccountEvent::StatementClosed { month, .. }) => {
            Some((*month, Change::Closing))
        }
        _ => None,
    }
}

/// The id of a customer's statement of a month.
pub fn id(customer_id: CustomerId, month: Month) -> Uuid {
    Uuid::new_v5(&customer_id.uuid(), month.to_string().as_bytes())
}

/// One customer's statement of one month; `None` if nothing stands on it and nobody closed it.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn of(
    db: &Db,
    customer_id: CustomerId,
    month: Month,
) -> Result<Option<StatementRow>, Fault> {
    by_id(db, id(customer_id, month)).await
}

/// The statement with this id, if there is one.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<StatementRow>, Fault> {
    let query = Select::new("SELECT body FROM statements WHERE id = ").value(id.to_string());
    Ok(read_rows::<StatementRow>(db, query.texts(db).await?).await?.pop())
}

/// Which statements are asked for; all of it must hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only this customer's.
    pub customer_id: Option<CustomerId>,
    /// Only those of this month.
    pub month: Option<Month>,
    /// Only those that are closed, or are not.
    pub is_closed: Option<bool>,
    /// Only those that the customer sees (T5), if it is they who ask.
    pub is_shown: Option<Shown>,
}

/// What a customer sees of their statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown;

/// One page of statements.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    filter: Filter,
    side: Side,
    limit: i64,
) -> Result<Vec<StatementRow>, Fault> {
    paging::page::<StatementRow>(db, found("SELECT body", filter), side, limit).await
}

/// How many statements there are.
///
/// # Errors
/// [`Fault`] if they cannot be counted.
pub async fn count(db: &Db, filter: Filter) -> Result<i64, Fault> {
    Ok(found("SELECT COUNT(*)", filter).number(db).await?)
}

fn found(select: &str, filter: Filter) -> Select {
    let mut query = Select::new(select).sql(" FROM statements WHERE 1 = 1");
    if let Some(id) = filter.customer_id {
        query = query.sql(" AND customer_id = ").value(id.to_string());
    }
    if let Some(month) = filter.month {
        query = query.sql(" AND month = ").value(month.to_string());
    }
    if let Some(is_closed) = filter.is_closed {
        query = query.sql(" AND is_closed = ").value(i64::from(is_closed));
    }
    if filter.is_shown.is_some() {
        query = query.sql(" AND is_hidden = 0");
    }
    query
}
