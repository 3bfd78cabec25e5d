//! Spans of days, and the fewest days, months and years that a period is made of, so that a report
//! of a year reads a row and not three hundred.

use chrono::{Datelike, Days, Months, NaiveDate};

/// How long a span is whose figures are kept.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr, strum::EnumIter,
)]
#[strum(serialize_all = "snake_case")]
pub enum Length {
    /// A day.
    Day,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

impl Length {
    /// The first day of the span that a day is in.
    pub fn begin(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Month => day.with_day(1).unwrap_or(day),
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap_or(day),
        }
    }

    /// The first day of the next span.
    pub fn next(self, begin: NaiveDate) -> NaiveDate {
        let next = match self {
            Self::Day => begin.checked_add_days(Days::new(1)),
            Self::Month => begin.checked_add_months(Months::new(1)),
            Self::Year => begin.checked_add_months(Months::new(12)),
        };
        next.unwrap_or(NaiveDate::MAX)
    }

    /// The first beginning of such a span on or after a day.
    fn first_from(self, day: NaiveDate) -> NaiveDate {
        let begin = self.begin(day);
        if begin == day { day } else { self.next(begin) }
    }
}

/// Spans of one length that follow on one another, the last day not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Of which length.
    pub length: Length,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
}

/// The fewest spans, five runs at most, that make up the days from one to another, the last not
/// included.
pub fn cover(from: NaiveDate, until: NaiveDate) -> Vec<Run> {
    cover_with(&[Length::Year, Length::Month, Length::Day], from, until)
}

fn cover_with(lengths: &[Length], from: NaiveDate, until: NaiveDate) -> Vec<Run> {
    let Some((&length, shorter)) = lengths.split_first() else { return Vec::new() };
    if from >= until {
        return Vec::new();
    }
    let (first, last) = (length.first_from(from), length.begin(until));
    if first >= last {
        return cover_with(shorter, from, until);
    }
    let whole = Run { length, from: first, until: last };
    [cover_with(shorter, from, first), vec![whole], cover_with(shorter, last, until)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn covered(from: &str, until: &str) -> Vec<(Length, String, String)> {
        let runs = cover(day(from), day(until)).into_iter();
        runs.map(|run| (run.length, run.from.to_string(), run.until.to_string())).collect()
    }

    #[test]
    fn a_period_is_made_of_the_fewest_spans() {
        use Length::{Day, Month, Year};
        let run = |length, from: &str, until: &str| (length, from.to_owned(), until.to_owned());
        let year = [run(Year, "2026-01-01", "2027-01-01")];
        assert_eq!(covered("2026-01-01", "2027-01-01"), year);
        let odd = [
            run(Day, "2025-11-29", "2025-12-01"),
            run(Month, "2025-12-01", "2026-01-01"),
            run(Year, "2026-01-01", "2028-01-01"),
            run(Month, "2028-01-01", "2028-03-01"),
            run(Day, "2028-03-01", "2028-03-02"),
        ];
        assert_eq!(covered("2025-11-29", "2028-03-02"), odd);
        assert_eq!(covered("2026-02-10", "2026-02-20"), [run(Day, "2026-02-10", "2026-02-20")]);
        assert_eq!(covered("2026-02-10", "2026-02-10"), []);
    }

    #[test]
    fn runs_follow_on_one_another_from_the_first_day_to_the_last() {
        let (from, until) = (day("2024-02-28"), day("2026-12-31"));
        let runs = cover(from, until);
        let joints: Vec<_> = runs.windows(2).map(|pair| pair[0].until == pair[1].from).collect();
        assert!(joints.iter().all(|is_joint| *is_joint));
        assert_eq!((runs[0].from, runs[runs.len() - 1].until), (from, until));
    }
}
