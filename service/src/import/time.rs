//! The times of a file, which are local times of some place, as moments.
//!
//! Twice a year a local time has no single meaning, and a file does not say which is meant, so
//! this is decided once for all: a time that the clock showed twice is taken to be the first of
//! the two, and a time that the clock skipped is taken to be as long after the skip began as it
//! says (02:30 in the spring becomes 03:30).

use chrono::{LocalResult, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use servicedesk_domain::kernel::Moment;

/// Why a time cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// It is not in the mapping's format.
    #[error("the time {0:?} is not in the mapping's format")]
    Unreadable(String),
    /// It is before 1970: no help desk's log goes back that far.
    #[error("the time {0:?} is before 1970")]
    TooEarly(String),
    /// It has yet to come.
    #[error("the time {0:?} is in the future")]
    InFuture(String),
}

/// The moment that a local time names. It lies between 1970 and `now`.
pub(super) fn moment(raw: &str, format: &str, zone: Tz, now: Moment) -> Result<Moment, BadTime> {
    let local = NaiveDateTime::parse_from_str(raw, format)
        .map_err(|_| BadTime::Unreadable(raw.to_owned()))?;
    let moment = in_zone(local, zone).ok_or_else(|| BadTime::Unreadable(raw.to_owned()))?;
    if moment < Moment::UNIX_EPOCH {
        return Err(BadTime::TooEarly(raw.to_owned()));
    }
    if moment > now {
        return Err(BadTime::InFuture(raw.to_owned()));
    }
    Ok(moment)
}

fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<Moment> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) => Some(moment.to_utc()),
        LocalResult::Ambiguous(first, second) => Some(first.to_utc().min(second.to_utc())),
        // What the clock showed a day earlier has the offset that held when the skip began. No
        // place skips twice within a day.
        LocalResult::None => {
            let day = TimeDelta::days(1);
            let before = zone.from_local_datetime(&local.checked_sub_signed(day)?).earliest()?;
            before.to_utc().checked_add_signed(day)
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Rome;

    use super::*;

    const FORMAT: &str = "%Y/%m/%d %H:%M:%S%.f";

    fn at(raw: &str) -> Result<String, BadTime> {
        let now = "2020-01-01T00:00:00Z".parse().expect("a moment");
        moment(raw, FORMAT, Rome, now).map(|moment| moment.to_rfc3339())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is compared with what a time becomes")]
    fn utc(raw: &str) -> Result<String, BadTime> {
        Ok(format!("{raw}+00:00"))
    }

    #[test]
    fn a_local_time_becomes_a_moment() {
        assert_eq!(at("2012/10/09 14:50:17.000"), utc("2012-10-09T12:50:17"));
        assert_eq!(at("2012/12/09 14:50:17.250"), utc("2012-12-09T13:50:17.250"));
    }

    #[test]
    fn a_time_shown_twice_is_the_first_and_a_skipped_one_moves_on() {
        assert_eq!(at("2012/10/28 02:30:00"), utc("2012-10-28T00:30:00"));
        assert_eq!(at("2012/03/25 02:30:00"), utc("2012-03-25T01:30:00"));
        assert_eq!(at("2012/03/25 03:30:00"), utc("2012-03-25T01:30:00"));
    }

    #[test]
    fn an_absurd_time_is_named() {
        let raw = || "2012-10-09".to_owned();
        assert_eq!(at(&raw()), Err(BadTime::Unreadable(raw())));
        assert_eq!(at("1912/10/09 14:50:17"), Err(BadTime::TooEarly("1912/10/09 14:50:17".into())));
        assert_eq!(at("2020/10/09 14:50:17"), Err(BadTime::InFuture("2020/10/09 14:50:17".into())));
        assert!(at("999999/10/09 14:50:17").is_err());
    }
}
