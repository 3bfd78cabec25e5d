//! How much was worked by whom, for whom, on what and when, free against chargeable: sums kept per
//! month, agent, customer and product, so that a report reads few rows however much was logged.

use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::billing::AccountEvent;
use servicedesk_domain::billing::account::events::Settlement;
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Month;
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place};
use crate::table::Index;

/// The work of one month by one agent for one customer on one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utilisation {
    /// The month of the work.
    pub month: Month,
    /// Who worked.
    pub staff_member_id: StaffMemberId,
    /// For whom.
    pub customer_id: CustomerId,
    /// On what.
    pub product_id: ProductId,
    /// How much.
    pub sums: Sums,
}

/// Minutes and money, without what was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// The minutes worked.
    pub minutes: i64,
    /// Those drawn from packages.
    pub free_minutes: i64,
    /// Those charged.
    pub chargeable_minutes: i64,
    /// Those neither drawn nor charged.
    pub waived_minutes: i64,
    /// What the charged ones cost, in cents.
    pub cents: i64,
}

impl Fold for Utilisation {
    const NAME: &'static str = "utilisation";
    const VERSION: i64 = 1;
    const COLUMNS: &'static [Column] = &[
        Column { name: "month", kind: Kind::Text },
        Column { name: "staff_member_id", kind: Kind::Text },
        Column { name: "customer_id", kind: Kind::Text },
        Column { name: "product_id", kind: Kind::Text },
        Column { name: "minutes", kind: Kind::Integer },
        Column { name: "free_minutes", kind: Kind::Integer },
        Column { name: "chargeable_minutes", kind: Kind::Integer },
        Column { name: "waived_minutes", kind: Kind::Integer },
        Column { name: "cents", kind: Kind::Integer },
    ];
    const INDEXES: &'static [Index] = &[Index { columns: "month", only_where: "" }];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        let (settlement, _) = work(event)?;
        let of = format!(
            "{} {} {}",
            settlement.worked_in, settlement.staff_member_id, settlement.product_id
        );
        Some(Uuid::new_v5(&event.aggregate_id, of.as_bytes()))
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let (settlement, effect) =
            work(event).ok_or_else(|| Fault::unprojectable(event, "is no work"))?;
        let mut row = row.unwrap_or_else(|| Self {
            month: settlement.worked_in,
            staff_member_id: settlement.staff_member_id,
            customer_id: CustomerId::new(event.aggregate_id),
            product_id: settlement.product_id,
            sums: Sums::default(),
        });
        row.sums.add(settlement, effect);
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        let sums = &row.sums;
        vec![Place {
            part: String::new(),
            cells: vec![
                row.month.to_string().into(),
                row.staff_member_id.to_string().into(),
                row.customer_id.to_string().into(),
                row.product_id.to_string().into(),
                sums.minutes.into(),
                sums.free_minutes.into(),
                sums.chargeable_minutes.into(),
                sums.waived_minutes.into(),
                sums.cents.into(),
            ],
        }]
    }
}

/// What an event does to the sums.
#[derive(Debug, Clone, Copy)]
enum Effect {
    /// The work counts.
    Done,
    /// The work was never done.
    Undone,
    /// The work was done, but neither drawn nor charged after all.
    Waived,
    /// Work that was waived after all was never done.
    WaivedUndone,
}

fn work(event: &Recorded) -> Option<(&Settlement, Effect)> {
    use servicedesk_domain::billing::account::events::CreditBasis;
    match &event.event {
        Event::Account(AccountEvent::WorkSettled { settlement, .. }) => {
            Some((settlement, Effect::Done))
        }
        Event::Account(AccountEvent::WorkCredited { settlement, basis, .. }) => {
            let effect = match basis {
                CreditBasis::Reversal => Effect::Undone,
                CreditBasis::Courtesy => Effect::Waived,
            };
            Some((settlement, effect))
        }
        Event::Account(AccountEvent::CourtesyReversed { settlement }) => {
            Some((settlement, Effect::WaivedUndone))
        }
        _ => None,
    }
}

impl Sums {
    fn add(&mut self, settlement: &Settlement, effect: Effect) {
        let waived = i64::from(settlement.waived.map_or(0, |waived| waived.minutes));
        let (minutes, free) = (i64::from(settlement.minutes), i64::from(settlement.free_minutes()));
        let chargeable = i64::from(settlement.chargeable_minutes);
        let (worked, charged, waived) = match effect {
            Effect::Done => (minutes, 1, waived),
            Effect::Undone => (-minutes, -1, -waived),
            Effect::Waived => (0, -1, free + chargeable),
            Effect::WaivedUndone => (-minutes, 0, -minutes),
        };
        self.minutes += worked;
        self.free_minutes += charged * free;
        self.chargeable_minutes += charged * chargeable;
        self.waived_minutes += waived;
        self.cents = self.cents.saturating_add(charged * settlement.price.cents);
    }
}

/// By what a report is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// By the month of the work.
    Month,
    /// By who worked.
    StaffMember,
    /// By for whom.
    Customer,
    /// By on what.
    Product,
}

/// Which work a report is about; all of it must hold.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// From this month.
    pub from: Month,
    /// To this month, which counts.
    pub to: Month,
    /// Only this agent's.
    pub staff_member_id: Option<StaffMemberId>,
    /// Only for this customer.
    pub customer_id: Option<CustomerId>,
    /// Only on this product.
    pub product_id: Option<ProductId>,
}

/// The sums of each group, by the group's month or id, in that order.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn report(
    db: &Db,
    group_by: GroupBy,
    filter: Filter,
) -> Result<Vec<(String, Sums)>, Fault> {
    let column = match group_by {
        GroupBy::Month => "month",
        GroupBy::StaffMember => "staff_member_id",
        GroupBy::Customer => "customer_id",
        GroupBy::Product => "product_id",
    };
    let sums = ["minutes", "free_minutes", "chargeable_minutes", "waived_minutes", "cents"]
        .map(|name| format!(", CAST(SUM({name}) AS BIGINT)"));
    let mut query = Select::new(&format!("SELECT {column}{} FROM utilisation", sums.concat()))
        .sql(" WHERE month >= ")
        .value(filter.from.to_string())
        .sql(" AND month <= ")
        .value(filter.to.to_string());
    let of = [
        ("staff_member_id", filter.staff_member_id.map(|id| id.to_string())),
        ("customer_id", filter.customer_id.map(|id| id.to_string())),
        ("product_id", filter.product_id.map(|id| id.to_string())),
    ];
    for (name, id) in of {
        if let Some(id) = id {
            query = query.sql(&format!(" AND {name} = ")).value(id);
        }
    }
    query = query.sql(&format!(" GROUP BY {column} ORDER BY {column}"));
    let rows = query.numbers_by_text(db, sums.len()).await?;
    rows.into_iter()
        .map(|(group, numbers)| match numbers[..] {
            [minutes, free_minutes, chargeable_minutes, waived_minutes, cents] => {
                let sums =
                    Sums { minutes, free_minutes, chargeable_minutes, waived_minutes, cents };
                Ok((group, sums))
            }
            _ => Err(Fault::Row { table: Utilisation::NAME, what: "too few sums".to_owned() }),
        })
        .collect()
}
