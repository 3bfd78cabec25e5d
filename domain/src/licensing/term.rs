//! The term of a rental: whole calendar months from its beginning (R1).

use chrono::{Months, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::kernel::Moment;

/// The most months that a rental is granted or renewed for at once: ten years.
pub const MOST_MONTHS: u32 = 120;

const DAY: TimeDelta = TimeDelta::days(1);

/// So many calendar months after a moment, in a time zone: the same day and time of day, or that
/// month's last day where it has no such day. A time of day that the clocks skip becomes the first
/// one after it; of one that they show twice the first is meant. None where that is past all dates.
pub fn months_after(start: Moment, months: u32, zone: Tz) -> Option<Moment> {
    // At the very ends of all dates there is no local time.
    start.checked_add_signed(DAY)?.checked_sub_signed(DAY + DAY)?;
    let local = start.with_timezone(&zone).naive_local().checked_add_months(Months::new(months))?;
    // No zone's clocks were ever put forward by more than a day.
    let candidates = (0..=24 * 4).map(|quarter| TimeDelta::minutes(15 * quarter));
    candidates
        .filter_map(|further| local.checked_add_signed(further))
        .find_map(|local| zone.from_local_datetime(&local).earliest())
        .map(|found| found.to_utc())
}

/// How many whole months a term has, if it is of whole months.
pub fn whole_months(start: Moment, end: Moment, zone: Tz) -> Option<u32> {
    let days = (end - start).num_days();
    // A month has 28 to 31 days, so these are the only numbers that it can be.
    let (least, most) = (days / 31, days / 28 + 1);
    let least = u32::try_from(least).ok()?;
    let most = u32::try_from(most).ok()?.min(12 * 1_000);
    (least..=most).find(|months| months_after(start, *months, zone) == Some(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_month_is_the_same_day_or_the_last() {
        let moscow = Tz::Europe__Moscow;
        for (start, months, end) in [
            ("2026-01-15T09:30:00Z", 1, "2026-02-15T09:30:00Z"),
            ("2026-01-31T09:30:00Z", 1, "2026-02-28T09:30:00Z"),
            ("2028-01-31T09:30:00Z", 1, "2028-02-29T09:30:00Z"),
            ("2026-01-31T09:30:00Z", 3, "2026-04-30T09:30:00Z"),
            ("2026-12-01T00:00:00Z", 12, "2027-12-01T00:00:00Z"),
            // 31 January begins in Moscow while it is still the 30th in UTC.
            ("2026-01-30T21:00:00Z", 1, "2026-02-27T21:00:00Z"),
        ] {
            assert_eq!(months_after(moment(start), months, moscow), Some(moment(end)), "{start}");
            assert_eq!(whole_months(moment(start), moment(end), moscow), Some(months), "{start}");
        }
    }

    #[test]
    fn clocks_that_are_put_forward_or_back_keep_the_time_of_day() {
        let berlin = Tz::Europe__Berlin;
        for (start, end) in [
            // 02:30 is skipped on 29 March 2026: the first time after it is 03:00.
            ("2026-02-28T01:30:00Z", "2026-03-28T01:30:00Z"),
            ("2026-03-01T01:30:00Z", "2026-04-01T00:30:00Z"),
            ("2026-02-27T23:00:00Z", "2026-03-27T23:00:00Z"),
            // 02:30 is there twice on 25 October 2026; the first of them is still in summer.
            ("2026-09-25T00:30:00Z", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(months_after(moment(start), 1, berlin), Some(moment(end)), "{start}");
        }
        let skipped = moment("2026-01-29T01:30:00Z");
        assert_eq!(months_after(skipped, 2, berlin), Some(moment("2026-03-29T01:00:00Z")));
    }

    #[test]
    fn a_term_of_odd_days_is_of_no_whole_months() {
        let (start, moscow) = (moment("2026-01-15T09:30:00Z"), Tz::Europe__Moscow);
        for end in ["2026-02-14T09:30:00Z", "2026-02-15T09:30:01Z"] {
            assert_eq!(whole_months(start, moment(end), moscow), None);
        }
        assert_eq!(months_after(Moment::MAX_UTC, 1, moscow), None);
    }
}
