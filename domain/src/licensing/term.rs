//! The term of a rental: whole calendar months from its beginning (R1).

use chrono_tz::Tz;

use crate::kernel::Moment;
use crate::kernel::local::months_after;

/// The most months that a rental is granted or renewed for at once: ten years.
pub const MAX_MONTHS: u32 = 120;

/// How many whole months a term has, if it is of whole months.
pub fn whole_months(start: Moment, end: Moment, zone: Tz) -> Option<u32> {
    let days = (end - start).num_days();
    // A month has 28 to 31 days, so these are the only numbers that it can be.
    let (least, most) = (days / 31, days / 28 + 1);
    let least = u32::try_from(least).ok()?;
    let most = u32::try_from(most).ok()?.min(12 * 1_000);
    (least..=most).find(|months| months_after(start, *months, zone) == end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_term_ends_on_the_same_day_or_the_last() {
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
            assert_eq!(whole_months(moment(start), moment(end), moscow), Some(months), "{start}");
        }
    }

    #[test]
    fn a_term_of_odd_days_is_of_no_whole_months() {
        let (start, moscow) = (moment("2026-01-15T09:30:00Z"), Tz::Europe__Moscow);
        for end in ["2026-02-14T09:30:00Z", "2026-02-15T09:30:01Z"] {
            assert_eq!(whole_months(start, moment(end), moscow), None);
        }
    }
}
