//! Local time, in which months are counted (F4, R1).

use chrono::{Datelike, Months, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::Moment;

/// A moment as messages show it, to the minute, for example `2026-03-15 09:00 UTC`. Who reads it may
/// be in any time zone.
pub fn shown(at: Moment) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M UTC")
}

/// The last year in which time is reckoned.
const LAST_YEAR: i32 = 9_999;
/// A local clock is never further from UTC than this, in seconds.
const WIDEST: i64 = 26 * 3_600;

/// The moment at which so many calendar months have passed since another, in a time zone: the same
/// day and time of that month, or its last day where it has no such day. Where the local clock
/// skips that time, the moment at which it does; where it shows the time twice, the first.
pub fn months_after(at: Moment, months: u32, time_zone: Tz) -> Moment {
    if !(1..=LAST_YEAR).contains(&at.year()) {
        return if at.year() < 1 { at } else { Moment::MAX_UTC };
    }
    let local = time_zone.from_utc_datetime(&at.naive_utc()).naive_local();
    match local.checked_add_months(Months::new(months)) {
        Some(then) => moment_of(then, time_zone),
        None => Moment::MAX_UTC,
    }
}

/// The first moment at which the local clock shows this time or, where it skips that, a later one.
pub fn moment_of(local: NaiveDateTime, time_zone: Tz) -> Moment {
    if !(1..=LAST_YEAR).contains(&local.year()) {
        return if local.year() < 1 { Moment::MIN_UTC } else { Moment::MAX_UTC };
    }
    if let Some(found) = time_zone.from_local_datetime(&local).earliest() {
        return found.to_utc();
    }
    // The clock is put forward past that time once within the two days, at a whole second; by
    // halves, at which.
    let shown = |second: i64| {
        let at = Moment::from_timestamp(second, 0)?;
        Some(time_zone.from_utc_datetime(&at.naive_utc()).naive_local())
    };
    let middle_of_it = local.and_utc().timestamp();
    let (mut before, mut after) = (middle_of_it - WIDEST, middle_of_it + WIDEST);
    while after - before > 1 {
        let middle = before.midpoint(after);
        if shown(middle).is_some_and(|shown| shown < local) {
            before = middle;
        } else {
            after = middle;
        }
    }
    Moment::from_timestamp(after, 0).unwrap_or(Moment::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Europe::{Berlin, Moscow};
    use proptest::prelude::*;

    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().expect("a moment")
    }

    /// Written by hand from a calendar.
    #[test]
    fn a_month_ends_on_the_same_day_or_the_months_last() {
        for (at, expected) in [
            // 31 January, 12:34:56 in Moscow.
            ("2026-01-31T09:34:56Z", "2026-02-28T09:34:56Z"),
            ("2024-01-31T09:34:56Z", "2024-02-29T09:34:56Z"),
            ("2024-01-30T09:34:56Z", "2024-02-29T09:34:56Z"),
            ("2024-01-29T09:34:56Z", "2024-02-29T09:34:56Z"),
            ("2026-01-29T09:34:56Z", "2026-02-28T09:34:56Z"),
            ("2026-01-28T09:34:56Z", "2026-02-28T09:34:56Z"),
            // Not a leap year, and one.
            ("2100-01-31T09:00:00Z", "2100-02-28T09:00:00Z"),
            ("2000-01-31T09:00:00Z", "2000-02-29T09:00:00Z"),
            ("2026-02-28T09:00:00Z", "2026-03-28T09:00:00Z"),
            ("2024-02-29T09:00:00Z", "2024-03-29T09:00:00Z"),
            ("2026-03-31T09:00:00Z", "2026-04-30T09:00:00Z"),
            ("2026-12-31T09:00:00Z", "2027-01-31T09:00:00Z"),
            // 1 February, 00:30 in Moscow, though it is January in UTC.
            ("2026-01-31T21:30:00Z", "2026-02-28T21:30:00Z"),
            // 31 March, 23:59:59.999999 in Moscow.
            ("2026-03-31T20:59:59.999999Z", "2026-04-30T20:59:59.999999Z"),
        ] {
            assert_eq!(months_after(moment(at), 1, Moscow), moment(expected), "{at}");
        }
    }

    #[test]
    fn the_local_clock_decides_where_it_is_put_forward_or_back() {
        for (at, expected) in [
            // 28 February, 12:00 in winter time; 28 March, 12:00, still; 29 March is summer time.
            ("2026-02-28T11:00:00Z", "2026-03-28T11:00:00Z"),
            ("2026-03-01T11:00:00Z", "2026-04-01T10:00:00Z"),
            // 28 February 2021, 02:30; on 28 March 2021 the clock goes from 02:00 to 03:00.
            ("2021-02-28T01:30:00Z", "2021-03-28T01:00:00Z"),
            ("2021-02-28T01:00:00Z", "2021-03-28T01:00:00Z"),
            ("2021-02-28T00:59:59Z", "2021-03-28T00:59:59Z"),
            // 25 September 2026, 02:30; on 25 October 02:30 comes twice, first in summer time.
            ("2026-09-25T00:30:00Z", "2026-10-25T00:30:00Z"),
            // The second 02:30 of that night, in winter time.
            ("2026-10-25T01:30:00Z", "2026-11-25T01:30:00Z"),
        ] {
            assert_eq!(months_after(moment(at), 1, Berlin), moment(expected), "{at}");
        }
        // Moscow changed its clocks for good on 26 October 2014, by an hour back.
        let expected = moment("2014-11-01T09:00:00Z");
        assert_eq!(months_after(moment("2014-10-01T08:00:00Z"), 1, Moscow), expected);
        // Samoa skipped 30 December 2011.
        let skipped = months_after(moment("2011-11-30T22:00:00Z"), 1, chrono_tz::Pacific::Apia);
        assert_eq!(skipped, moment("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn the_ends_of_time_are_no_fault() {
        for at in [Moment::MIN_UTC, Moment::MAX_UTC] {
            assert!(months_after(at, u32::MAX, Moscow) >= at);
            months_after(at, 1, chrono_tz::Pacific::Apia);
        }
    }

    /// Days since 1 March of the year 0, by which leap days come last.
    fn civil_days(year: i64, month: i64, day: i64) -> i64 {
        let year = if month <= 2 { year - 1 } else { year };
        let month = (month + 9) % 12;
        365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day - 1
    }

    /// The year, month and day, by counting months of those days.
    fn civil(days: i64) -> (i64, i64, i64) {
        let mut year = days / 366;
        while civil_days(year + 1, 1, 1) <= days {
            year += 1;
        }
        let month = (1..=12).rev().find(|month| civil_days(year, *month, 1) <= days);
        let month = month.expect("a month");
        (year, month, days - civil_days(year, month, 1) + 1)
    }

    fn last_day(year: i64, month: i64) -> i64 {
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        civil_days(next_year, next, 1) - civil_days(year, month, 1)
    }

    proptest! {
        /// Moscow has been three hours ahead since 2014, so plain whole numbers give the same.
        #[test]
        fn a_month_is_what_counting_days_says(
            seconds in 1_420_000_000..16_000_000_000_i64,
            months in 1..40_u32,
        ) {
            let day = 86_400;
            let epoch = civil_days(1970, 1, 1);
            let ahead = 3 * 3_600;
            let (days, time) = ((seconds + ahead).div_euclid(day), (seconds + ahead).rem_euclid(day));
            let (year, month, of_month) = civil(days + epoch);
            let counted = year * 12 + (month - 1) + i64::from(months);
            let (year, month) = (counted / 12, counted % 12 + 1);
            let of_month = of_month.min(last_day(year, month));
            let expected = (civil_days(year, month, of_month) - epoch) * day + time - ahead;
            let at = Moment::from_timestamp(seconds, 0).expect("a moment");
            prop_assert_eq!(months_after(at, months, Moscow).timestamp(), expected);
        }

        /// In any zone the local clock shows, then, the time of then or one after a gap.
        #[test]
        fn the_local_clock_shows_it(
            seconds in 0..4_000_000_000_i64,
            zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
        ) {
            let at = Moment::from_timestamp(seconds, 0).expect("a moment");
            let local = |moment: Moment| moment.with_timezone(&zone).naive_local();
            let then = months_after(at, 1, zone);
            let wanted = local(at).checked_add_months(Months::new(1)).expect("a time");
            prop_assert!(local(then) >= wanted);
            prop_assert!(local(then - TimeDelta::microseconds(1)) < wanted);
        }
    }
}
