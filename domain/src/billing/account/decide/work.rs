//! Packages, and what logged time draws on them and costs (B1 to B4).
//!
//! These decisions follow from what was recorded elsewhere, so they refuse nothing that can come
//! in, and what was decided once gives no event a second time.

use super::splitting::{Part, parts};
use super::{Decision, Work};
use crate::billing::account::events::{
    AccountEvent, CreditBasis, Draw, Settlement, Waived, WaiverBasis, WarningLevel,
};
use crate::billing::account::rejection::Rejection;
use crate::billing::account::state::{Package, Settled, SupportAccount};
use crate::billing::terms::Terms;
use crate::catalogue::ProductId;
use crate::kernel::Moment;
use crate::licensing::LicenceId;
use crate::ticket::TimeEntryId;
use crate::ticket::events::Charging;

/// A valid licence brings free support (B1).
pub(super) fn open_package(
    account: &SupportAccount,
    licence_id: LicenceId,
    product_id: ProductId,
    valid_from: Moment,
    valid_until: Option<Moment>,
) -> Vec<AccountEvent> {
    if account.packages.iter().any(|package| package.licence_id == licence_id) {
        return Vec::new();
    }
    vec![AccountEvent::PackageOpened { licence_id, product_id, valid_from, valid_until }]
}

/// A renewed licence is the same one, so its package goes on as it is, and no second one comes.
pub(super) fn extend_package(
    account: &SupportAccount,
    licence_id: LicenceId,
    valid_until: Moment,
) -> Vec<AccountEvent> {
    let ends_before = |package: &Package| {
        let ends = package.valid_until.is_some_and(|until| until < valid_until);
        package.licence_id == licence_id && ends
    };
    if account.packages.iter().any(ends_before) {
        vec![AccountEvent::PackageExtended { licence_id, valid_until }]
    } else {
        Vec::new()
    }
}

/// A licence that is no longer valid brings no more.
pub(super) fn end_package(
    account: &SupportAccount,
    licence_id: LicenceId,
    ended_at: Moment,
) -> Vec<AccountEvent> {
    let is_there = |package: &Package| {
        package.licence_id == licence_id && package.valid_until.is_none_or(|until| until > ended_at)
    };
    if account.packages.iter().any(is_there) {
        vec![AccountEvent::PackageEnded { licence_id, ended_at }]
    } else {
        Vec::new()
    }
}

/// Draws the free minutes first, the oldest licence's first; what exceeds them is charged, where
/// that is allowed (B2, B3). A courtesy draws nothing and costs nothing. Each part of the work is
/// settled by what holds then, after the parts before it.
pub(super) fn settle(account: &SupportAccount, work: &Work) -> Vec<AccountEvent> {
    if account.settled.contains_key(&work.entry_id) {
        return Vec::new();
    }
    let mut events = Vec::new();
    let mut account = account.open_books();
    for part in parts(&account, work) {
        for event in settle_part(&account, work, &part) {
            account.evolve(event.clone());
            events.push(event);
        }
    }
    events
}

fn settle_part(account: &SupportAccount, work: &Work, part: &Part) -> Vec<AccountEvent> {
    let terms = &part.version.terms;
    let draws = match work.charging {
        Charging::Courtesy { .. } => Vec::new(),
        Charging::Allowed | Charging::FreeOnly => draw(account, work.product_id, part),
    };
    let rest = draws.iter().fold(part.minutes, |rest, draw| rest.saturating_sub(draw.minutes));
    let (chargeable_minutes, waived) = match &work.charging {
        Charging::Allowed => (rest, None),
        Charging::FreeOnly => (0, waived(rest, WaiverBasis::NotAgreed)),
        Charging::Courtesy { .. } => (0, waived(rest, WaiverBasis::Courtesy)),
    };
    let billed_in = account.statement_for(part.worked_in);
    let carried = account.remainders.get(&billed_in).copied().unwrap_or_default();
    let (price, remainder) = terms.hourly_price.of_minutes(chargeable_minutes, carried);
    let settlement = Settlement {
        entry_id: work.entry_id,
        part: part.number,
        ticket_id: work.ticket_id,
        product_id: work.product_id,
        staff_member_id: work.staff_member_id,
        worked_at: part.ended_at,
        worked_in: part.worked_in,
        minutes: part.minutes,
        draws,
        chargeable_minutes,
        waived,
        terms_version: part.version.version,
        price,
        remainder,
    };
    let warnings = warnings(account, work.product_id, part, &settlement.draws);
    let settled = AccountEvent::WorkSettled { settlement, billed_in };
    [settled].into_iter().chain(warnings).collect()
}

fn draw(account: &SupportAccount, product_id: ProductId, part: &Part) -> Vec<Draw> {
    let mut rest = part.minutes;
    let mut draws = Vec::new();
    for package in account.packages_for(product_id, part.started_at) {
        let minutes = package.left_of(part.version.terms.package_minutes).min(rest);
        if minutes > 0 {
            draws.push(Draw { licence_id: package.licence_id, minutes });
            rest -= minutes;
        }
    }
    draws
}

fn waived(minutes: u32, basis: WaiverBasis) -> Option<Waived> {
    (minutes > 0).then_some(Waived { minutes, basis })
}

/// The warnings that draws give cause for: once for each package and level (B5).
fn warnings(
    account: &SupportAccount,
    product_id: ProductId,
    part: &Part,
    draws: &[Draw],
) -> Vec<AccountEvent> {
    let terms = &part.version.terms;
    let drawn = draws.iter().fold(0, |sum: u32, draw| sum.saturating_add(draw.minutes));
    let before = account.free_minutes_left(product_id, part.started_at, &part.version);
    let free_minutes_left = before.saturating_sub(drawn);
    let warning = |draw: &Draw| {
        let package = account.packages.iter().find(|one| one.licence_id == draw.licence_id)?;
        let used_minutes = package.used_minutes.saturating_add(draw.minutes);
        let level = level(used_minutes, terms)?;
        let is_new = package.warning().is_none_or(|last| last < level);
        is_new.then_some(AccountEvent::WarningRaised {
            licence_id: package.licence_id,
            product_id: package.product_id,
            level,
            used_minutes,
            package_minutes: terms.package_minutes,
            free_minutes_left,
        })
    };
    draws.iter().filter_map(warning).collect()
}

fn level(used_minutes: u32, terms: &Terms) -> Option<WarningLevel> {
    let (used, all) = (u64::from(used_minutes), u64::from(terms.package_minutes));
    if used >= all {
        Some(WarningLevel::UsedUp)
    } else if used * 100 >= all * u64::from(terms.warning_percent) {
        Some(WarningLevel::NearlyUsed)
    } else {
        None
    }
}

/// Gives back what was drawn and charged for a time entry, every part of it, in full and once (B4).
/// The minutes are there for later work; what was charged in the meantime stays charged. A courtesy that turns out
/// never to have been worked has nothing left to give back, but counts as work no more.
pub(super) fn credit(
    account: &SupportAccount,
    entry_id: TimeEntryId,
    basis: CreditBasis,
) -> Decision {
    let parts = account.settled.get(&entry_id).ok_or(Rejection::WorkNotSettled)?;
    Ok(parts.iter().filter_map(|settled| credit_part(account, settled, basis)).collect())
}

fn credit_part(
    account: &SupportAccount,
    settled: &Settled,
    basis: CreditBasis,
) -> Option<AccountEvent> {
    let settlement = settled.settlement.clone();
    match (settled.credited, basis) {
        (None, _) => {
            let billed_in = account.statement_for(settlement.worked_in);
            Some(AccountEvent::WorkCredited { settlement, basis, billed_in })
        }
        (Some(CreditBasis::Courtesy), CreditBasis::Reversal) => {
            Some(AccountEvent::CourtesyReversed { settlement })
        }
        (Some(_), _) => None,
    }
}
