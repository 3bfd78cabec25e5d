//! The rule of the free advisor (F3, F4), as a pure function: who may have one more, by which
//! branch, on which evidence; else what is missing, and from when.
//!
//! The first advisor on an account needs its minimum deposit. A further one needs that a calendar
//! month has passed since the last grant and that it was traded on since, or a deposit that covers
//! all that are held and ordered. At most one of several that are ordered together could do without
//! the deposit, so several need it: an order is granted whole or not at all.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::EvidenceId;
use super::events::{Advisor, DepositShown, Source};
use super::state::TradingAccount;
use crate::kernel::{Currency, Moment, Money};

/// How an order is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The branch of the rule.
    pub branch: Branch,
    /// The evidence that shows it.
    pub evidence_ids: Vec<EvidenceId>,
}

/// A branch of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Branch {
    /// The first on the account, covered by the deposit (F3).
    First,
    /// A month has passed, and it was traded on (F4 a).
    MonthAndTrading,
    /// The deposit covers all (F4 b).
    Deposit,
}

/// Why an order is not allowed: everything that is missing. One of a deposit and, for a single
/// further advisor, of the month and the trading together would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.says())]
pub struct Refusal {
    /// What is missing of the deposit.
    pub deposit: DepositGap,
    /// The moment at which a month will have passed since the last grant, where it has not and
    /// that would matter.
    pub month_passes_at: Option<Moment>,
    /// Whether no trading since the last grant is shown, where that would matter.
    pub is_trading_missing: bool,
}

/// What is missing of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepositGap {
    /// No deposit is shown at all.
    NotShown,
    /// It is in a currency in which nothing is said of what must be on the account.
    OtherCurrency {
        /// The currency.
        currency: Currency,
    },
    /// It is too small.
    Short {
        /// What must be on the account.
        needed: Money,
        /// How much more that is than there was.
        short_by: Money,
    },
}

impl Refusal {
    /// The public code, which names the first thing that is missing.
    pub const fn code(&self) -> &'static str {
        match self {
            Self { month_passes_at: Some(_), .. } => "MONTH_NOT_PASSED",
            Self { is_trading_missing: true, .. } => "TRADING_NOT_SHOWN",
            Self { deposit: DepositGap::NotShown, .. } => "DEPOSIT_NOT_SHOWN",
            Self { deposit: DepositGap::OtherCurrency { .. }, .. } => "CURRENCY_NOT_ACCEPTED",
            Self { deposit: DepositGap::Short { .. }, .. } => "DEPOSIT_TOO_SMALL",
        }
    }

    fn says(&self) -> &'static str {
        match self.code() {
            "MONTH_NOT_PASSED" => {
                "a month has not passed since the last advisor was granted on this account, and \
                 the deposit does not cover all advisors"
            }
            "TRADING_NOT_SHOWN" => {
                "there is no evidence of trading on this account since the last advisor was \
                 granted, and the deposit does not cover all advisors"
            }
            "DEPOSIT_NOT_SHOWN" => "there is no evidence of a deposit on this account",
            "CURRENCY_NOT_ACCEPTED" => "no minimum deposit is set in the account's currency",
            _ => "the deposit does not cover the minimum deposits",
        }
    }
}

/// Whether the account may get these advisors at this moment, by evidence that staff or the broker
/// has shown. A customer's word does not count.
///
/// # Errors
/// The [`Refusal`], which says what is missing.
pub fn assess(
    account: &TradingAccount,
    ordered: &[Advisor],
    at: Moment,
) -> Result<Allowed, Refusal> {
    let confirmed = account.deposits.iter().filter(|shown| shown.source != Source::Customer);
    by_deposit(account, ordered, last_of(confirmed), at)
}

/// The same as [`assess`], if what the customer says of the deposit now is found to be so. What is
/// refused even then cannot be applied for, unless trading is all that is missing: that may yet be
/// shown.
///
/// # Errors
/// The [`Refusal`], where more evidence would not help.
pub fn may_apply(
    account: &TradingAccount,
    ordered: &[Advisor],
    stated: &DepositShown,
    at: Moment,
) -> Result<(), Refusal> {
    if assess(account, ordered, at).is_ok() {
        return Ok(());
    }
    match by_deposit(account, ordered, Some(stated), at) {
        Err(refusal) if !(refusal.month_passes_at.is_none() && refusal.is_trading_missing) => {
            Err(refusal)
        }
        _ => Ok(()),
    }
}

/// The deposit that counts: the last there was, and of two at one moment the one recorded last.
pub fn last_of<'a>(shown: impl Iterator<Item = &'a DepositShown>) -> Option<&'a DepositShown> {
    shown.max_by_key(|deposit| deposit.as_of)
}

fn by_deposit(
    account: &TradingAccount,
    ordered: &[Advisor],
    deposit: Option<&DepositShown>,
    at: Moment,
) -> Result<Allowed, Refusal> {
    let covered = cover(account, ordered, deposit);
    let Some(last) = account.last_grant() else {
        let branch = if ordered.len() > 1 { Branch::Deposit } else { Branch::First };
        return covered.map(|id| Allowed { branch, evidence_ids: vec![id] }).map_err(|deposit| {
            Refusal { deposit, month_passes_at: None, is_trading_missing: false }
        });
    };
    let is_single = ordered.len() == 1;
    let month_passes_at =
        Some(last.month_passes_at).filter(|passes_at| is_single && at < *passes_at);
    let traded = account.trading_since(last.granted_at, at);
    if let (true, None, Some(trading)) = (is_single, month_passes_at, traded) {
        let evidence_ids = vec![trading.evidence_id];
        return Ok(Allowed { branch: Branch::MonthAndTrading, evidence_ids });
    }
    match covered {
        Ok(id) => Ok(Allowed { branch: Branch::Deposit, evidence_ids: vec![id] }),
        Err(deposit) => Err(Refusal {
            deposit,
            month_passes_at,
            is_trading_missing: is_single && traded.is_none(),
        }),
    }
}

/// The deposit that covers what is held and what is ordered, in one of the currencies in which its
/// worth is known.
fn cover(
    account: &TradingAccount,
    ordered: &[Advisor],
    deposit: Option<&DepositShown>,
) -> Result<EvidenceId, DepositGap> {
    let deposit = deposit.ok_or(DepositGap::NotShown)?;
    let mut gap = None;
    for amount in [Some(deposit.amount), deposit.worth].into_iter().flatten() {
        let Some(needed) = needed(account, ordered, amount.currency) else { continue };
        if amount.covers(needed) {
            return Ok(deposit.evidence_id);
        }
        let cents = needed.cents.saturating_sub(amount.cents);
        let short_by = Money { cents, currency: amount.currency };
        gap = gap.or(Some(DepositGap::Short { needed, short_by }));
    }
    Err(gap.unwrap_or(DepositGap::OtherCurrency { currency: deposit.amount.currency }))
}

/// What must be on the account for everything that is held and ordered; `None` if for one of them
/// nothing is said in this currency.
pub fn needed(account: &TradingAccount, ordered: &[Advisor], currency: Currency) -> Option<Money> {
    let mut cents = 0_i64;
    for advisor in account.held().chain(ordered) {
        let minimum = advisor.minimum_deposits.iter().find(|one| one.currency == currency)?;
        cents = cents.saturating_add(minimum.cents);
    }
    Some(Money { cents, currency })
}

/// The currencies in which something is said of every one of these.
pub fn currencies(advisors: &[Advisor]) -> BTreeSet<Currency> {
    let of = |advisor: &Advisor| -> BTreeSet<Currency> {
        advisor.minimum_deposits.iter().map(|deposit| deposit.currency).collect()
    };
    let mut all = advisors.iter().map(of);
    let first = all.next().unwrap_or_default();
    all.fold(first, |common, of_one| common.intersection(&of_one).copied().collect())
}
