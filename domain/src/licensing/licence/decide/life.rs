//! A licence's life: renewed, coming to its end, ended (R1).

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::super::events::{LicenceEvent, LicenceKind};
use super::super::rejection::Rejection;
use super::super::state::Licence;
use super::{Decision, MOST_DAYS};
use crate::kernel::Moment;
use crate::kernel::local::months_after;
use crate::licensing::term::{MOST_MONTHS, whole_months};

/// Further months of a rental.
#[derive(Debug, Clone, Copy)]
pub struct Renew {
    /// How many.
    pub months: i64,
    /// In which time zone they are counted where the licence keeps none of its own.
    pub time_zone: Tz,
    /// Now.
    pub at: Moment,
}

/// Whole months are counted from the beginning, so that a rental from the 31st goes on to the 31st
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
    let latest = renew.at.checked_add_signed(TimeDelta::days(MOST_DAYS));
    let (earliest, latest) = (renew.at, latest.unwrap_or(Moment::MAX_UTC));
    if valid_until > latest {
        return Err(Rejection::TooFar { earliest, latest });
    }
    let renewed_at = renew.at;
    Ok(vec![LicenceEvent::Renewed { customer_id, months, valid_until, renewed_at }])
}

/// A number of months that a term may have.
///
/// # Errors
/// [`Rejection::TermOutOfRange`], where it may not.
pub fn months_in(months: i64) -> Result<u32, Rejection> {
    let months = u32::try_from(months).ok().filter(|months| (1..=MOST_MONTHS).contains(months));
    months.ok_or(Rejection::TermOutOfRange { most: MOST_MONTHS })
}

/// Notices the end, or that it is near. Of what was missed meanwhile only the last is said: that a
/// licence ends in seven days is no news when it has ended.
pub(super) fn pass_time(licence: &Licence, warning_days: &[u16], at: Moment) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    let Some(valid_until) = licence.valid_until.filter(|_| !licence.is_revoked) else {
        return Ok(Vec::new());
    };
    let is_due = |days: &u16| {
        let line = valid_until.checked_sub_signed(TimeDelta::days(i64::from(*days)));
        licence.noticed_days.is_none_or(|noticed| *days < noticed)
            && line.is_some_and(|line| line <= at)
    };
    let nearest = warning_days.iter().copied().chain([0]).filter(is_due).min();
    Ok(nearest
        .map(|days| match days {
            0 => LicenceEvent::Expired { customer_id, valid_until },
            days => LicenceEvent::Expiring { customer_id, days, valid_until },
        })
        .into_iter()
        .collect())
}
