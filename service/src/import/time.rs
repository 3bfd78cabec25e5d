//! The times of a file as moments: those that name an instant as they are, and local times of some
//! place.
//!
//! Twice a year a local time has no single meaning, and a file does not say which is meant, so
//! this is decided once for all: a time that the clock showed twice is taken to be the first of
//! the two, and a time that the clock skipped is taken to be as long after the skip began as it
//! says (02:30 in the spring becomes 03:30).

use chrono::format::{Fixed, Item, Parsed, StrftimeItems, parse};
use chrono::{
    DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc,
};
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

/// Why a format cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFormat {
    /// It is not in the notation of `strftime`.
    #[error("{0:?} is not a time format")]
    Notation(String),
    /// It does not name a moment.
    #[error(
        "the time format {0:?} does not name a moment: it needs a date with its year and a time of \
         day, and hours up to 12 need %p"
    )]
    Incomplete(String),
    /// It has `%Z`, and names of zones have no single meaning.
    #[error(
        "the time format {0:?} has %Z, which cannot be read; use %z where the file has offsets"
    )]
    ZoneName(String),
    /// It has an offset as plain text, and the zone is another.
    #[error("the time format {format:?} says {literal:?} in every time, but the zone is {zone}")]
    Contradiction {
        /// The format.
        format: String,
        /// What it says.
        literal: String,
        /// The zone of the mapping.
        zone: Tz,
    },
}

/// The moment that a time names. It lies between 1970 and `now`.
pub(super) fn moment(raw: &str, format: &str, zone: Tz, now: Moment) -> Result<Moment, BadTime> {
    let moment = instant(raw, format, zone).ok_or_else(|| BadTime::Unreadable(raw.to_owned()))?;
    if moment < Moment::UNIX_EPOCH {
        return Err(BadTime::TooEarly(raw.to_owned()));
    }
    if moment > now {
        return Err(BadTime::InFuture(raw.to_owned()));
    }
    Ok(moment)
}

/// What a time names: an instant if it has an offset or counts seconds since 1970, else a local
/// time of the zone.
fn instant(raw: &str, format: &str, zone: Tz) -> Option<Moment> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, raw, StrftimeItems::new(format)).ok()?;
    if parsed.offset().is_some() {
        return parsed.to_datetime().ok().map(|time| time.to_utc());
    }
    if parsed.timestamp().is_some() {
        return parsed.to_datetime_with_timezone(&Utc).ok();
    }
    in_zone(parsed.to_naive_datetime_with_offset(0).ok()?, zone)
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

/// Checks that a format can name every moment, and names it in one way.
///
/// # Errors
/// [`BadFormat`].
pub(super) fn check_format(format: &str, zone: Tz) -> Result<(), BadFormat> {
    let items = StrftimeItems::new(format).parse();
    let items = items.map_err(|_| BadFormat::Notation(format.to_owned()))?;
    if items.iter().any(|item| matches!(item, Item::Fixed(Fixed::TimezoneName))) {
        return Err(BadFormat::ZoneName(format.to_owned()));
    }
    let literals = items.iter().filter_map(|item| match item {
        Item::Literal(text) => Some(text.trim()),
        _ => None,
    });
    for literal in literals {
        if literal_offset(literal).is_some_and(|offset| !is_always(zone, offset)) {
            let (format, literal) = (format.to_owned(), literal.to_owned());
            return Err(BadFormat::Contradiction { format, literal, zone });
        }
    }
    if samples().into_iter().all(|sample| survives(sample, format)) {
        Ok(())
    } else {
        Err(BadFormat::Incomplete(format.to_owned()))
    }
}

/// The offset, in seconds, that a plain text in a format says every time has.
fn literal_offset(literal: &str) -> Option<i32> {
    if ["z", "utc", "gmt"].contains(&literal.to_ascii_lowercase().as_str()) {
        return Some(0);
    }
    let offset: FixedOffset = literal.parse().ok()?;
    Some(offset.local_minus_utc())
}

/// Whether clocks of the zone have had this offset in both halves of the years that are imported.
fn is_always(zone: Tz, offset: i32) -> bool {
    [1990, 2005, 2020].into_iter().flat_map(|year| [(year, 1), (year, 7)]).all(|(year, month)| {
        let day = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
        let at = day.and_time(chrono::NaiveTime::MIN);
        zone.offset_from_utc_datetime(&at).fix().local_minus_utc() == offset
    })
}

/// Moments that differ in all that a format may lose: halves of the day, days above 12, and more.
fn samples() -> Vec<DateTime<FixedOffset>> {
    ["2021-11-23T15:47:38+03:00", "2004-02-05T00:09:01+03:00", "2019-07-31T12:30:59+03:00"]
        .iter()
        .filter_map(|sample| sample.parse().ok())
        .collect()
}

/// Whether a moment that is written in a format is read as the same, up to minutes and seconds that
/// the format leaves out.
fn survives(sample: DateTime<FixedOffset>, format: &str) -> bool {
    let read = instant(&sample.format(format).to_string(), format, Tz::UTC);
    // Without an offset the local time is read as one of UTC.
    let expected = [sample.to_utc(), sample.naive_local().and_utc()];
    read.is_some_and(|read| {
        expected.iter().any(|expected| {
            let lost = *expected - read;
            lost >= TimeDelta::zero() && lost < TimeDelta::hours(1)
        })
    })
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::{Moscow, Rome};

    use super::*;

    const FORMAT: &str = "%Y/%m/%d %H:%M:%S%.f";

    fn at(raw: &str) -> Result<String, BadTime> {
        read(raw, FORMAT)
    }

    fn read(raw: &str, format: &str) -> Result<String, BadTime> {
        let now = "2020-01-01T00:00:00Z".parse().expect("a moment");
        moment(raw, format, Rome, now).map(|moment| moment.to_rfc3339())
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
    fn a_time_that_names_an_instant_is_that_instant() {
        for (raw, format) in [
            ("2012-03-01T09:00:00+0300", "%Y-%m-%dT%H:%M:%S%z"),
            ("2012-03-01T09:00:00+03:00", "%Y-%m-%dT%H:%M:%S%:z"),
            ("2012-03-01T09:00:00+03", "%Y-%m-%dT%H:%M:%S%#z"),
            ("2012-03-01T06:00:00Z", "%+"),
            ("2012-03-01T06:00:00.000Z", "%Y-%m-%dT%H:%M:%S%.f%#z"),
            ("1330581600", "%s"),
        ] {
            assert_eq!(read(raw, format), utc("2012-03-01T06:00:00"), "{raw} {format}");
        }
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

    #[test]
    fn a_format_is_checked_for_what_it_can_say() {
        for format in [
            FORMAT,
            "%d.%m.%Y %H:%M",
            "%d.%m.%y %H:%M",
            "%m/%d/%Y %I:%M %p",
            "%-m/%-d/%Y %l:%M:%S %P",
            "%Y-%j %H:%M",
            "%G-W%V-%u %T",
            "%s",
            "%+",
            "%c",
            "%F %T %z",
            "%A %e %B %Y %R",
        ] {
            assert_eq!(check_format(format, Rome), Ok(()), "{format}");
        }
        for format in ["%Y-%m-%d", "%H:%M", "%d.%m %H:%M", "%Y-%m-%d %I:%M", "%Y-%d %H:%M", "x"] {
            let incomplete = BadFormat::Incomplete(format.to_owned());
            assert_eq!(check_format(format, Rome), Err(incomplete));
        }
        let refused = |format| check_format(format, Rome).expect_err("refused");
        assert!(matches!(refused("%Y-%Q %H:%M"), BadFormat::Notation(_)));
        assert!(matches!(refused("%F %T %Z"), BadFormat::ZoneName(_)));
        for format in ["%Y-%m-%dT%H:%M:%SZ", "%F %T UTC", "%F %T+03:00"] {
            assert!(matches!(refused(format), BadFormat::Contradiction { .. }), "{format}");
        }
        assert_eq!(check_format("%Y-%m-%dT%H:%M:%SZ", Tz::UTC), Ok(()));
        assert!(check_format("%F %T+03:00", Moscow).is_err(), "Moscow has had others");
    }
}
