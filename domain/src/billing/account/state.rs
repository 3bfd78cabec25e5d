//! A support account as decisions see it. Folding an event in never fails.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PaymentId;
use super::events::{AccountEvent, CreditBasis, Settlement, Totals, WarningLevel};
use crate::billing::terms::Version;
use crate::catalogue::ProductId;
use crate::kernel::{Moment, Money, Month};
use crate::licensing::LicenceId;
use crate::ticket::TimeEntryId;

/// A cent, and half of one, in the unit of remainders: sixtieths of a cent.
const A_CENT: i64 = 60;
const HALF_A_CENT: i64 = 30;

/// A customer's support account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SupportAccount {
    /// The packages, the oldest licence first.
    pub packages: Vec<Package>,
    /// How each time entry was settled: its parts, in the order of time.
    pub settled: BTreeMap<TimeEntryId, Vec<Settled>>,
    /// What each month's statement comes to.
    pub months: BTreeMap<Month, Totals>,
    /// By how much the exact price of what stands on a statement exceeds its cents, in sixtieths of
    /// a cent.
    pub remainders: BTreeMap<Month, i64>,
    /// The last month whose statement is closed; so are all before it.
    pub closed_through: Option<Month>,
    /// The payments.
    pub payments: BTreeMap<PaymentId, Paid>,
}

/// The free minutes that one licence brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The licence.
    pub licence_id: LicenceId,
    /// For help with which product.
    pub product_id: ProductId,
    /// For work from when.
    pub valid_from: Moment,
    /// For work until when.
    pub valid_until: Option<Moment>,
    /// How many minutes were drawn.
    pub used_minutes: u32,
    /// The warnings about it that still have their ground, the last one last.
    pub warned: Vec<Warned>,
}

/// A warning that was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warned {
    /// How near the end was.
    pub level: WarningLevel,
    /// The minutes drawn at that time.
    pub used_minutes: u32,
}

/// How a part of a time entry was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// How it was settled.
    pub settlement: Settlement,
    /// On which statement it is.
    pub billed_in: Month,
    /// Why it was given back, if it was.
    pub credited: Option<CreditBasis>,
}

/// A payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// How much.
    pub amount: Money,
    /// On which statement it stands.
    pub billed_in: Month,
    /// On which statement its reversal stands, if it was reversed.
    pub reversed_in: Option<Month>,
}

impl Package {
    /// Whether work done at this moment may draw on it: the licence was valid then (B1, B3).
    pub fn is_valid_at(&self, moment: Moment) -> bool {
        self.valid_from <= moment && self.valid_until.is_none_or(|until| moment < until)
    }

    /// How near its end the customer was last warned that it is.
    pub fn warning(&self) -> Option<WarningLevel> {
        self.warned.last().map(|warned| warned.level)
    }

    /// The minutes left, where a package has so many.
    pub const fn left_of(&self, package_minutes: u32) -> u32 {
        package_minutes.saturating_sub(self.used_minutes)
    }
}

impl SupportAccount {
    /// The account without what was settled and paid before: what the next part of some work is
    /// settled by.
    pub(super) fn open_books(&self) -> Self {
        Self {
            packages: self.packages.clone(),
            remainders: self.remainders.clone(),
            closed_through: self.closed_through,
            ..Self::default()
        }
    }

    /// The packages that work on a product at a moment may draw on, the oldest licence first (B2).
    pub fn packages_for(
        &self,
        product_id: ProductId,
        worked_at: Moment,
    ) -> impl Iterator<Item = &Package> {
        let is_for = move |package: &&Package| {
            package.product_id == product_id && package.is_valid_at(worked_at)
        };
        self.packages.iter().filter(is_for)
    }

    /// The free minutes that work on a product at a moment finds left, by the terms in force then.
    pub fn free_minutes_left(
        &self,
        product_id: ProductId,
        worked_at: Moment,
        version: &Version,
    ) -> u32 {
        let left = self
            .packages_for(product_id, worked_at)
            .map(|package| package.left_of(version.terms.package_minutes));
        left.fold(0, u32::saturating_add)
    }

    /// On which statement what belongs to this month stands: the next one, if its own is closed.
    pub fn statement_for(&self, month: Month) -> Month {
        match self.closed_through {
            Some(closed) if month <= closed => closed.next(),
            _ => month,
        }
    }

    /// Whether a month's statement is final.
    pub fn is_closed(&self, month: Month) -> bool {
        self.closed_through.is_some_and(|last| month <= last)
    }

    /// What the customer owes on closed statements, less all payments, in cents; below nothing
    /// where they have paid ahead.
    pub fn owed(&self) -> i64 {
        self.billed(|month| self.is_closed(month)).saturating_sub(self.paid(|_| true))
    }

    /// What they owe for everything that was charged so far, on whichever statement, less all
    /// payments, in cents.
    pub fn outstanding(&self) -> i64 {
        self.billed(|_| true).saturating_sub(self.paid(|_| true))
    }

    /// What they owe at the end of a month's statement: all that was charged until then, less the
    /// payments that stand on the statements until then, in cents. Nothing that comes later changes
    /// it once the statement is closed.
    pub fn owed_at_end_of(&self, month: Month) -> i64 {
        self.billed(|on| on <= month).saturating_sub(self.paid(|on| on <= month))
    }

    /// What was received by a month's statement, less what was reversed on it, in cents.
    pub fn paid_in(&self, month: Month) -> i64 {
        self.paid(|on| on == month)
    }

    fn billed(&self, counts: impl Fn(Month) -> bool) -> i64 {
        let counted = self.months.iter().filter(|(month, _)| counts(**month));
        counted.fold(0, |sum: i64, (_, totals)| sum.saturating_add(totals.amount()))
    }

    fn paid(&self, counts: impl Fn(Month) -> bool) -> i64 {
        let counted = |month: Month, cents: i64| if counts(month) { cents } else { 0 };
        self.payments.values().fold(0, |sum: i64, payment| {
            let cents = payment.amount.cents;
            let back = payment.reversed_in.map_or(0, |month| counted(month, cents));
            sum.saturating_add(counted(payment.billed_in, cents)).saturating_sub(back)
        })
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::PackageOpened { licence_id, product_id, valid_from, valid_until } => {
                self.packages.push(Package {
                    licence_id,
                    product_id,
                    valid_from,
                    valid_until,
                    used_minutes: 0,
                    warned: Vec::new(),
                });
                // Stable: of two that begin at once, the one recorded first is the older.
                self.packages.sort_by_key(|package| package.valid_from);
            }
            AccountEvent::PackageExtended { licence_id, valid_until } => {
                if let Some(package) = self.package_mut(licence_id) {
                    package.valid_until = Some(valid_until);
                }
            }
            AccountEvent::PackageEnded { licence_id, ended_at } => {
                if let Some(package) = self.package_mut(licence_id) {
                    let until = package.valid_until.map_or(ended_at, |until| until.min(ended_at));
                    package.valid_until = Some(until);
                }
            }
            AccountEvent::WorkSettled { settlement, billed_in } => {
                self.totals(billed_in).add(&settlement, 1);
                for draw in &settlement.draws {
                    if let Some(package) = self.package_mut(draw.licence_id) {
                        package.used_minutes = package.used_minutes.saturating_add(draw.minutes);
                    }
                }
                self.carry(billed_in, settlement.remainder);
                let parts = self.settled.entry(settlement.entry_id).or_default();
                parts.push(Settled { settlement, billed_in, credited: None });
            }
            AccountEvent::WorkCredited { settlement, basis, billed_in } => {
                self.totals(billed_in).add(&settlement, -1);
                for draw in &settlement.draws {
                    if let Some(package) = self.package_mut(draw.licence_id) {
                        package.give_back(draw.minutes);
                    }
                }
                if let Some(settled) = self.part_mut(&settlement) {
                    settled.credited = Some(basis);
                }
                self.carry(billed_in, settlement.remainder.saturating_neg());
            }
            AccountEvent::CourtesyReversed { settlement } => {
                if let Some(settled) = self.part_mut(&settlement) {
                    settled.credited = Some(CreditBasis::Reversal);
                }
            }
            AccountEvent::WarningRaised { licence_id, level, used_minutes, .. } => {
                if let Some(package) = self.package_mut(licence_id) {
                    package.warned.push(Warned { level, used_minutes });
                }
            }
            AccountEvent::StatementClosed { month, totals } => {
                self.closed_through = Some(month);
                // As it was closed, also by those who knew no rounding.
                if let Some(closed) = self.months.get_mut(&month) {
                    closed.rounding = totals.rounding;
                }
            }
            AccountEvent::PaymentRecorded { payment_id, amount, billed_in, .. } => {
                self.payments.insert(payment_id, Paid { amount, billed_in, reversed_in: None });
            }
            AccountEvent::PaymentReversed { payment_id, billed_in, .. } => {
                if let Some(payment) = self.payments.get_mut(&payment_id) {
                    payment.reversed_in = Some(billed_in);
                }
            }
        }
    }

    fn package_mut(&mut self, licence_id: LicenceId) -> Option<&mut Package> {
        self.packages.iter_mut().find(|package| package.licence_id == licence_id)
    }

    fn part_mut(&mut self, of: &Settlement) -> Option<&mut Settled> {
        let parts = self.settled.get_mut(&of.entry_id)?;
        parts.iter_mut().find(|settled| settled.settlement.part == of.part)
    }

    fn carry(&mut self, month: Month, remainder: i64) {
        let carried = self.remainders.entry(month).or_default();
        *carried = carried.saturating_add(remainder);
        let remainder = *carried;
        let totals = self.totals(month);
        let exact = totals.cents.saturating_mul(A_CENT).saturating_add(remainder);
        totals.rounding = rounded(exact).saturating_sub(totals.cents);
    }

    fn totals(&mut self, month: Month) -> &mut Totals {
        self.months.entry(month).or_default()
    }
}

/// Sixtieths of a cent in whole cents, a half away from nothing, so that what is given back is as much
/// as what was charged.
const fn rounded(exact: i64) -> i64 {
    let whole = exact.saturating_abs().saturating_add(HALF_A_CENT) / A_CENT;
    whole * exact.signum()
}

impl Package {
    /// Minutes come back. A warning that this takes the ground from may be raised again.
    fn give_back(&mut self, minutes: u32) {
        self.used_minutes = self.used_minutes.saturating_sub(minutes);
        let used_minutes = self.used_minutes;
        self.warned.retain(|warned| used_minutes >= warned.used_minutes);
    }
}

impl Settlement {
    /// Whether anything of it is drawn from the customer's packages or charged to them; else it is
    /// no business of theirs (T5).
    pub fn concerns_customer(&self) -> bool {
        self.chargeable_minutes > 0 || !self.draws.is_empty()
    }

    /// The minutes drawn from packages.
    pub fn free_minutes(&self) -> u32 {
        self.draws.iter().fold(0, |sum, draw| sum.saturating_add(draw.minutes))
    }
}

impl Totals {
    /// What the statement comes to, in cents: its lines and the rounding.
    pub const fn amount(&self) -> i64 {
        self.cents.saturating_add(self.rounding)
    }

    /// Adds a line, with the sign 1, or the credit for one, with -1.
    pub fn add(&mut self, settlement: &Settlement, sign: i64) {
        self.lines = self.lines.saturating_add(1);
        self.minutes += sign * i64::from(settlement.minutes);
        self.free_minutes += sign * i64::from(settlement.free_minutes());
        self.chargeable_minutes += sign * i64::from(settlement.chargeable_minutes);
        self.cents = self.cents.saturating_add(sign * settlement.price.cents);
    }
}
