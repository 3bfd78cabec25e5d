//! A customer's support account as it stands: their packages, what is charged so far, and what they
//! has paid (B5).

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use servicedesk_domain::Event;
use servicedesk_domain::billing::account::events::Settlement;
use servicedesk_domain::billing::{AccountEvent, PaymentId, SupportAccount};
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Moment, Money, Month, Personal};
use servicedesk_eventlog::bulk::{Column, Kind};
use servicedesk_eventlog::select::Select;
use servicedesk_eventlog::{Db, Recorded};
use uuid::Uuid;

use crate::fold::{Fault, Fold, Place, read_rows};
use crate::table::Index;

/// A customer's support account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportAccountRow {
    /// Whose it is.
    pub customer_id: CustomerId,
    /// As decisions see it, but for the settled entries, which have a read model of their own.
    pub account: SupportAccount,
    /// What is charged on statements that are open, by month and product.
    pub open_charges: BTreeMap<Month, BTreeMap<ProductId, Charges>>,
    /// What they have paid, in the order in which it was recorded.
    pub payments: Vec<Payment>,
}

/// What is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Charges {
    /// How many minutes.
    pub minutes: i64,
    /// What they cost, in cents.
    pub cents: i64,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Which.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Money,
    /// On which day it was received.
    pub received_on: NaiveDate,
    /// How to find it in the bank's books.
    pub reference: Personal<String>,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// Why it no longer counts, if so.
    pub reversal: Option<Personal<String>>,
}

impl Fold for SupportAccountRow {
    const NAME: &'static str = "support_accounts";
    const VERSION: i64 = 3;
    const COLUMNS: &'static [Column] = &[Column { name: "has_amounts", kind: Kind::Integer }];
    const INDEXES: &'static [Index] =
        &[Index { columns: "has_amounts", only_where: "has_amounts = 1" }];
    type Row = Self;

    fn key(event: &Recorded) -> Option<Uuid> {
        matches!(event.event, Event::Account(_)).then_some(event.aggregate_id)
    }

    fn project(row: Option<Self>, event: &Recorded) -> Result<Self, Fault> {
        let Event::Account(account_event) = &event.event else {
            return Err(Fault::unprojectable(event, "is not a support account's"));
        };
        let mut row = row.unwrap_or_else(|| Self::empty(CustomerId::new(event.aggregate_id)));
        row.account.evolve(account_event.clone());
        row.account.settled.clear();
        match account_event {
            AccountEvent::WorkSettled { settlement, billed_in } => {
                row.charge(settlement, *billed_in, 1);
            }
            AccountEvent::WorkCredited { settlement, billed_in, .. } => {
                row.charge(settlement, *billed_in, -1);
            }
            AccountEvent::StatementClosed { month, .. } => {
                row.open_charges.retain(|open, _| open > month);
            }
            AccountEvent::PaymentRecorded {
                payment_id, amount, received_on, reference, ..
            } => {
                row.payments.push(Payment {
                    payment_id: *payment_id,
                    amount: *amount,
                    received_on: *received_on,
                    reference: reference.clone(),
                    recorded_at: event.metadata.occurred_at,
                    reversal: None,
                });
            }
            AccountEvent::PaymentReversed { payment_id, reason, .. } => {
                let is_it = |payment: &&mut Payment| payment.payment_id == *payment_id;
                let payment =
                    row.payments.iter_mut().find(is_it).ok_or_else(|| {
                        Fault::unprojectable(event, "the payment was never recorded")
                    })?;
                payment.reversal = Some(reason.clone());
            }
            AccountEvent::PackageOpened { .. }
            | AccountEvent::PackageEnded { .. }
            | AccountEvent::PackageExtended { .. }
            | AccountEvent::CourtesyReversed { .. }
            | AccountEvent::WarningRaised { .. } => {}
        }
        Ok(row)
    }

    fn places(row: &Self) -> Vec<Place> {
        let has_amounts = !row.account.months.is_empty() || !row.account.payments.is_empty();
        vec![Place { part: String::new(), cells: vec![i64::from(has_amounts).into()] }]
    }
}

impl SupportAccountRow {
    /// The account in which nothing was recorded yet.
    pub fn empty(customer_id: CustomerId) -> Self {
        Self {
            customer_id,
            account: SupportAccount::default(),
            open_charges: BTreeMap::new(),
            payments: Vec::new(),
        }
    }

    fn charge(&mut self, settlement: &Settlement, billed_in: Month, sign: i64) {
        let by_product = self.open_charges.entry(billed_in).or_default();
        let charges = by_product.entry(settlement.product_id).or_default();
        charges.minutes += sign * i64::from(settlement.chargeable_minutes);
        charges.cents = charges.cents.saturating_add(sign * settlement.price.cents);
    }

    /// What is charged for a product, or for all of them, and stands on no closed statement yet.
    pub fn charged_so_far(&self, product_id: Option<ProductId>) -> Charges {
        let all = self.open_charges.values().flatten();
        let asked = all.filter(|(id, _)| product_id.is_none_or(|asked| asked == **id));
        asked.fold(Charges::default(), |sum, (_, charges)| Charges {
            minutes: sum.minutes + charges.minutes,
            cents: sum.cents.saturating_add(charges.cents),
        })
    }
}

/// The accounts of those of these customers who have one.
///
/// # Errors
/// [`Fault`] if they cannot be read.
pub async fn by_customers(
    db: &Db,
    ids: &[CustomerId],
) -> Result<HashMap<CustomerId, SupportAccountRow>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Select::new("SELECT body FROM support_accounts WHERE id IN ")
        .values(ids.iter().map(ToString::to_string));
    let rows = read_rows::<SupportAccountRow>(db, query.texts(db).await?).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row)).collect())
}

/// Whether anything was settled or paid on any account.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn any_amounts(db: &Db) -> Result<bool, Fault> {
    let query = Select::new("SELECT id FROM support_accounts WHERE has_amounts = 1 LIMIT 1");
    Ok(!query.texts(db).await?.is_empty())
}
