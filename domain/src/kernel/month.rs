//! A calendar month, by which statements are made (B5).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeZone};
use serde::{Deserialize, Serialize};

use super::Moment;
use super::local::moment_of;

/// The last year of the four digits that a month is written with.
const LAST_YEAR: i32 = 9999;

/// A calendar month of the years 1 to 9999, written `2026-10`. Months are ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: i32,
    /// From 1 to 12.
    month: u32,
}

/// A text that is not a month such as `2026-10`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a month: {0:?}")]
pub struct NotAMonth(pub String);

impl Month {
    /// The month in which a moment falls, in a time zone. A moment outside the years 1 to 9999
    /// falls in the first or last month there is.
    pub fn of(moment: Moment, time_zone: chrono_tz::Tz) -> Self {
        Self::of_day(time_zone.from_utc_datetime(&moment.naive_utc()).date_naive())
    }

    /// The month of a day. A day outside the years 1 to 9999 is in the first or last month there is.
    pub fn of_day(day: NaiveDate) -> Self {
        match day.year() {
            year if year < 1 => Self { year: 1, month: 1 },
            year if year > LAST_YEAR => Self { year: LAST_YEAR, month: 12 },
            year => Self { year, month: day.month() },
        }
    }

    /// The month after this one; after the last there is, itself.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self { year: LAST_YEAR, month: 12 } => self,
            Self { year, month: 12 } => Self { year: year + 1, month: 1 },
            Self { year, month } => Self { year, month: month + 1 },
        }
    }

    /// The moment at which it ends in a time zone.
    pub fn ends_at(self, time_zone: chrono_tz::Tz) -> Moment {
        moment_of(self.next().first_day().and_time(NaiveTime::MIN), time_zone)
    }

    /// The first day.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or(NaiveDate::MIN)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAMonth(text.to_owned());
        let has_shape = text.len() == 7
            && text.bytes().enumerate().all(|(place, byte)| match place {
                4 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let (year, month) = text.split_once('-').filter(|_| has_shape).ok_or_else(wrong)?;
        match (year.parse::<i32>(), month.parse::<u32>()) {
            (Ok(year), Ok(month)) if year >= 1 && (1..=12).contains(&month) => {
                Ok(Self { year, month })
            }
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn a_month_reads_back_and_nothing_else_is_one() {
        for text in ["2026-10", "0001-01", "9999-12"] {
            assert_eq!(month(text).to_string(), text);
        }
        for bad in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "0000-01",
            "26-1",
            "2026-1",
            "2026-1 ",
            "+026-01",
            "2026-10-01",
            "２026-1",
        ] {
            assert_eq!(bad.parse::<Month>(), Err(NotAMonth(bad.to_owned())));
        }
    }

    #[test]
    fn the_month_is_the_one_in_the_vendors_time_zone() {
        let moment: Moment = "2026-10-31T21:00:00Z".parse().expect("a moment");
        assert_eq!(Month::of(moment, chrono_tz::Europe::Moscow), month("2026-11"));
        assert_eq!(Month::of(moment, chrono_tz::UTC), month("2026-10"));
        assert_eq!(Month::of(Moment::MAX_UTC, chrono_tz::UTC), month("9999-12"));
        assert_eq!(Month::of(Moment::MIN_UTC, chrono_tz::UTC), month("0001-01"));
    }

    #[test]
    fn months_follow_one_another() {
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2026-01").next(), month("2026-02"));
        assert_eq!(month("9999-12").next(), month("9999-12"));
        assert!(month("2026-12") < month("2027-01"));
        assert_eq!(month("2026-02").first_day().to_string(), "2026-02-01");
    }

    #[test]
    fn a_month_ends_at_midnight_in_the_vendors_time_zone() {
        let ends = |text| month(text).ends_at(chrono_tz::Europe::Moscow).to_string();
        assert_eq!(ends("2026-03"), "2026-03-31 21:00:00 UTC");
        assert_eq!(ends("2026-12"), "2026-12-31 21:00:00 UTC");
    }
}
