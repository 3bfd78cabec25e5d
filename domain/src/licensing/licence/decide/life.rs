//! A licence's life: renewal, the warnings before its end, and the end (R1).

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::super::events::{LicenceEvent, LicenceKind};
use super::super::rejection::Rejection;
use super::super::state::Licence;
use super::{Decision, MAX_DAYS};
use crate::kernel::Moment;
use crate::kernel::local::months_after;
use crate::licensing::term::{MAX_MONTHS, whole_months};

/// Extends a rental.
#[derive(Debug, Clone, Copy)]
pub struct Renew {
    /// How many months longer.
    pub months: i64,
    /// The time zone that they are counted in if the licence has none of its own.
    pub time_zone: Tz,
    /// The moment of the decision.
    pub at: Moment,
}

/// Notices how much time is left.
#[derive(Debug, Clone)]
pub struct PassTime {
    /// How many days before its end a licence warns of it.
    pub warning_days: Vec<u16>,
    /// The moment now.
    pub at: Moment,
}

/// Whole months are counted from the beginning, so that a rental from the 31st ends on a 31st again
/// after a February, and in the time zone in which it was granted, so that its last day stays the
/// same when the vendor moves.
pub(super) fn renew(licence: &Licence, renew: Renew) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    if licence.is_revoked {
        return Err(Rejection::LicenceRevoked);
    }
    let end = licence.valid_until.filter(|_| licence.kind == LicenceKind::Rental);
    let end = end.ok_or(Rejection::NotARental)?;
    if licence.has_ended(renew.at) {
        return Err(Rejection::LicenceExpired);
    }
    let months = months_in(renew.months)?;
    let (start, zone) = (licence.valid_from, licence.time_zone.unwrap_or(renew.time_zone));
    let valid_until = match whole_months(start, end, zone) {
        Some(before) => months_after(start, before.saturating_add(months), zone),
        None => months_after(end, months, zone),
    };
    let latest = renew.at.checked_add_signed(TimeDelta::days(MAX_DAYS));
    let (earliest, latest) = (renew.at, latest.unwrap_or(Moment::MAX_UTC));
    if valid_until > latest {
        return Err(Rejection::TooFar { earliest, latest });
    }
    let renewed_at = renew.at;
    Ok(vec![LicenceEvent::Renewed { customer_id, months, valid_until, renewed_at }])
}

/// A number of months that a term can have.
///
/// # Errors
/// [`Rejection::TermOutOfRange`] if it cannot.
pub fn months_in(months: i64) -> Result<u32, Rejection> {
    let months = u32::try_from(months).ok().filter(|months| (1..=MAX_MONTHS).contains(months));
    months.ok_or(Rejection::TermOutOfRange { most: MAX_MONTHS })
}

/// Notices the end, or that it is near. If several warnings were missed, only the last is recorded:
/// that a licence ends in seven days is no news once it has ended.
pub(super) fn pass_time(licence: &Licence, pass: &PassTime) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    let Some(valid_until) = licence.valid_until.filter(|_| !licence.is_revoked) else {
        return Ok(Vec::new());
    };
    let is_due = |days: &u16| {
        let line = valid_until.checked_sub_signed(TimeDelta::days(i64::from(*days)));
        licence.noticed_days.is_none_or(|noticed| *days < noticed)
            && line.is_some_and(|line| line <= pass.at)
    };
    let nearest = pass.warning_days.iter().copied().chain([0]).filter(is_due).min();
    Ok(nearest
        .map(|days| match days {
            0 => LicenceEvent::Expired { customer_id, valid_until },
            days => LicenceEvent::Expiring { customer_id, days, valid_until },
        })
        .into_iter()
        .collect())
}
