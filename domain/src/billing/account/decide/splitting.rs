//! Work that crosses a boundary is split there (B3): where a licence begins or ends, where a month
//! does, and where other terms come into force.

use super::Work;
use crate::billing::account::state::SupportAccount;
use crate::billing::terms::Version;
use crate::kernel::{Moment, Month};
use crate::licensing::LicenceId;

/// A part of some work, during which the same packages, month and terms hold.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Its number, from 0.
    pub(super) number: u32,
    /// When it began.
    pub(super) started_at: Moment,
    /// When it ended.
    pub(super) ended_at: Moment,
    /// How many of the work's minutes it has.
    pub(super) minutes: u32,
    /// Its month.
    pub(super) worked_in: Month,
    /// The terms.
    pub(super) version: Version,
}

/// What a part is settled by.
type Ground<'a> = (&'a Version, Month, Vec<LicenceId>);

/// The parts of some work, in the order of time. A part gets the whole minutes that were over at its
/// end less those of the parts before it, and the last one gets the rest, so that they add up to the
/// minutes of the work. What has no whole minute is no part.
pub(super) fn parts(account: &SupportAccount, work: &Work) -> Vec<Part> {
    let (mut parts, mut given): (Vec<Part>, u32) = (Vec::new(), 0);
    let segments = segments(account, work);
    let last = segments.len().saturating_sub(1);
    for (index, (started_at, ended_at)) in segments.into_iter().enumerate() {
        let over = whole_minutes(work.started_at, ended_at).min(work.minutes);
        let until_now = if index == last { work.minutes } else { over };
        let minutes = until_now.saturating_sub(given);
        if minutes == 0 {
            continue;
        }
        given = until_now;
        let number = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let (version, worked_in, _) = ground(account, work, started_at);
        let version = *version;
        parts.push(Part { number, started_at, ended_at, minutes, worked_in, version });
    }
    parts
}

/// From when until when nothing changes that work is settled by.
fn segments(account: &SupportAccount, work: &Work) -> Vec<(Moment, Moment)> {
    let (mut segments, mut began) = (Vec::new(), work.started_at);
    let mut holds = ground(account, work, began);
    for boundary in boundaries(account, work) {
        let next = ground(account, work, boundary);
        if next != holds {
            segments.push((began, boundary));
            (began, holds) = (boundary, next);
        }
    }
    segments.push((began, work.worked_at));
    segments
}

/// The moments during the work at which something may change, in their order.
fn boundaries(account: &SupportAccount, work: &Work) -> Vec<Moment> {
    let of_product = account.packages.iter().filter(|one| one.product_id == work.product_id);
    let of_packages = of_product.flat_map(|one| [Some(one.valid_from), one.valid_until]).flatten();
    let mut all: Vec<Moment> = of_packages.chain(work.terms.changes()).collect();
    for version in work.terms.versions() {
        let (mut month, time_zone) = (version.month_of(work.started_at), version.terms.time_zone);
        while month < version.month_of(work.worked_at) {
            all.push(month.ends_at(time_zone));
            month = month.next();
        }
    }
    all.retain(|moment| work.started_at < *moment && *moment < work.worked_at);
    all.sort_unstable();
    all
}

fn ground<'a>(account: &SupportAccount, work: &'a Work, moment: Moment) -> Ground<'a> {
    let version = work.terms.at(moment);
    let valid = account.packages_for(work.product_id, moment).map(|package| package.licence_id);
    (version, version.month_of(moment), valid.collect())
}

fn whole_minutes(from: Moment, until: Moment) -> u32 {
    u32::try_from((until - from).num_minutes()).unwrap_or_default()
}
