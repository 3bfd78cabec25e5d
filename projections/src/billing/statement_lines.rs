//! The lines of statements: what was drawn and charged for each part of each time entry, and each
//! credit (B2 to B4), in the order in which they were recorded.

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::billing::AccountEvent;
use servicedesk_domain::billing::account::events::{CreditBasis, Settlement};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Moment, Month};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Position, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::paging::{self, Side};
use crate::table::Index;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLineRow {
    /// Whose statement it stands on.
    pub customer_id: CustomerId,
    /// Of which month.
    pub billed_in: Month,
    /// What is charged, or given back.
    pub settlement: Settlement,
    /// Why it is given back; `None` if it is charged.
    pub credit: Option<CreditBasis>,
    /// When it was settled.
    pub settled_at: Moment,
    /// Its position in the log.
    pub position: Position,
}

impl StatementLineRow {
    /// 1 where the line is charged, -1 where it is given back.
    pub const fn sign(&self) -> i64 {
        if self.credit.is_some() { -1 } else { 1 }
    }

    /// Whether the customer never sees it, because nothing of it is charged to them (T5).
    pub fn is_hidden(&self) -> bool {
        !self.settlement.concerns_customer()
    }
}

impl Fold for StatementLineRow {
    const NAME: &'static str = "statement_lines";
    const VERSION: i64 = 2;
    const COLUMNS: &'static [Column] = &[
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "month", kind: Kind::Text },
        Column { name: "position", kind: Kind::Integer },
        Column { name: "chargeable_minutes", kind: Kind::Integer },
        Column { name: "cents", kind: Kind::Integer },
        Column { name: "is_hidden", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[
        Index { columns: "customer_id, month, position", only_where: "" },
        Index { columns: "month, position", only_where: "chargeable_minutes <> 0" },
    ];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Account(AccountEvent::WorkSettled { settlement, .. }) => {
                Some(line_id(settlement))
            }
            // A part of an entry is credited once.
            Event::Account(AccountEvent::WorkCredited { settlement, .. }) => {
                Some(Uuid::new_v5(&line_id(settlement), b"credit"))
            }
            _ => None,
        }
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let (settlement, billed_in, credit) = match (row, &event.event) {
            (None, Event::Account(AccountEvent::WorkSettled { settlement, billed_in })) => {
                (settlement, *billed_in, None)
            }
            (None, Event::Account(AccountEvent::WorkCredited { settlement, basis, billed_in })) => {
                (settlement, *billed_in, Some(*basis))
            }
            _ => return Err(Fault::unprojectable(event, "is a line that is there already")),
        };
        Ok(Self {
            customer_id: CustomerId::new(event.aggregate_id),
            billed_in,
            settlement: settlement.clone(),
            credit,
            settled_at: event.metadata.occurred_at,
            position: event.position,
        })
    }

    fn places(row: &Self) -> Vec<Place> {
        let signed = |number: i64| row.sign() * number;
        vec![Place {
            part: String::new(),
            cells: vec![
                row.customer_id.to_string().into(),
                row.billed_in.to_string().into(),
                row.position.into(),
                signed(i64::from(row.settlement.chargeable_minutes)).into(),
                signed(row.settlement.price.cents).into(),
                i64::from(row.is_hidden()).into(),
            ],
        }]
    }
}

/// The id of the line of a part of a time entry.
fn line_id(settlement: &Settlement) -> Uuid {
    match (settlement.entry_id.uuid(), settlement.part) {
        (entry_id, 0) => entry_id,
        (entry_id, part) => Uuid::new_v5(&entry_id, format!("part {part}").as_bytes()),
    }
}

/// Which lines are asked for; all of it must hold.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Only those on this customer's statements.
    pub customer_id: Option<CustomerId>,
    /// Only those on statements of this month.
    pub month: Option<Month>,
    /// Which of them.
    pub which: Which,
}

/// Which lines of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those that the customer sees (T5).
    Shown,
    /// Those that cost something, and their credits.
    Chargeable,
}

/// One page of lines.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn page(
    db: &Db,
    filter: Filter,
    side: Side,
    limit: i64,
) -> Result<Vec<StatementLineRow>, Fault> {
    paging::page::<StatementLineRow>(db, found("SELECT body", filter), side, limit).await
}

/// All lines, for a statement that is printed.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn all(db: &Db, filter: Filter) -> Result<Vec<StatementLineRow>, Fault> {
    let query = found("SELECT body", filter).sql(" ORDER BY position");
    read_rows::<StatementLineRow>(db, query.texts(db).await?).await
}

/// What lines come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// How many there are.
    pub lines: i64,
    /// The minutes charged, less those credited.
    pub chargeable_minutes: i64,
    /// What they cost, in cents.
    pub cents: i64,
}

/// What the lines come to.
///
/// # Errors
/// [`Fault`] if they cannot be added up.
pub async fn sums(db: &Db, filter: Filter) -> Result<Sums, Fault> {
    const SUMS: &str = "SELECT '', COUNT(*), \
         CAST(COALESCE(SUM(chargeable_minutes), 0) AS BIGINT), \
         CAST(COALESCE(SUM(cents), 0) AS BIGINT)";
    let rows = found(SUMS, filter).numbers_by_text(db, 3).await?;
    match rows.first().map(|(_, numbers)| numbers.as_slice()) {
        Some([lines, chargeable_minutes, cents]) => {
            let (lines, chargeable_minutes) = (*lines, *chargeable_minutes);
            Ok(Sums { lines, chargeable_minutes, cents: *cents })
        }
        _ => Err(Fault::Row { table: StatementLineRow::NAME, what: "no sums".to_owned() }),
    }
}

fn found(select: &str, filter: Filter) -> Select {
    let mut query = Select::new(select).sql(" FROM statement_lines WHERE 1 = 1");
    if let Some(id) = filter.customer_id {
        query = query.sql(" AND customer_id = ").value(id.to_string());
    }
    if let Some(month) = filter.month {
        query = query.sql(" AND month = ").value(month.to_string());
    }
    match filter.which {
        Which::All => query,
        Which::Shown => query.sql(" AND is_hidden = 0"),
        Which::Chargeable => query.sql(" AND chargeable_minutes <> 0"),
    }
}
