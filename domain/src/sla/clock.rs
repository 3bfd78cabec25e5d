//! The arithmetic of business time: how much of it lies between two moments, and when so much of
//! it will have passed.
//!
//! A clock runs while the vendor's local wall clock shows a time that counts. What counts is laid
//! out once per calendar year as a sorted list of spans in UTC, each with what counted before it in
//! that year, and the list is kept; daylight saving, holidays and half days are all in it. An
//! answer is then a binary search in one or two years, and one addition for each year between.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::catalogue::Calendar;
use crate::catalogue::events::{Hours as DayHours, Opening};
use crate::kernel::Moment;

#[cfg(test)]
mod tests;
mod year;

use year::Year;

/// The first and the last year in which business time is counted; nothing passes outside of them.
const FIRST_YEAR: i32 = 1900;
const LAST_YEAR: i32 = 2199;

/// Which hours count (S). All are meant in the calendar's time zone.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClockKind {
    /// Every hour counts.
    Calendar,
    /// All 24 hours of each working day count: a day on which the vendor opens at all.
    WorkingDays,
    /// Only the opening hours count.
    WorkingHours,
}

/// A span of a local day, in seconds from its midnight.
pub(crate) type LocalSpan = (i64, i64);

/// Counts business time by one version of a calendar. Costs nothing to make; what it lays out of a
/// year stays with it.
#[derive(Debug)]
pub struct Clock {
    /// None where every hour counts.
    hours: Option<Hours>,
}

#[derive(Debug)]
struct Hours {
    time_zone: chrono_tz::Tz,
    /// What counts on each weekday, Monday first.
    week: [Vec<LocalSpan>; 7],
    /// What counts on days that are not like their weekday.
    exceptions: BTreeMap<NaiveDate, Vec<LocalSpan>>,
    /// One for each year from the first to the last, laid out when first asked for.
    years: Vec<OnceLock<Year>>,
}

impl Clock {
    /// A clock by which every hour counts.
    pub const fn always() -> Self {
        Self { hours: None }
    }

    /// The clock of this kind by this calendar. A half day is a working day like any other.
    pub fn new(kind: ClockKind, calendar: &Calendar) -> Self {
        let counted = |openings: Vec<LocalSpan>| match kind {
            ClockKind::WorkingDays if !openings.is_empty() => vec![(0, 86_400)],
            _ => openings,
        };
        if kind == ClockKind::Calendar {
            return Self::always();
        }
        let mut week: [Vec<LocalSpan>; 7] = std::array::from_fn(|_| Vec::new());
        for opening in &calendar.openings {
            week[opening.day.num_days_from_monday() as usize].push(opening.local_span());
        }
        let week = week.map(counted);
        let mut exceptions = BTreeMap::new();
        for day in &calendar.special_days {
            let openings = day.openings.iter().map(DayHours::local_span).collect();
            exceptions.insert(day.date, counted(openings));
        }
        for holiday in &calendar.holidays {
            exceptions.insert(*holiday, Vec::new());
        }
        let years = (FIRST_YEAR..=LAST_YEAR).map(|_| OnceLock::new()).collect();
        Self { hours: Some(Hours { time_zone: calendar.time_zone, week, exceptions, years }) }
    }

    /// How much business time lies between two moments; negative where `until` is before `from`.
    /// Exact to the microsecond.
    pub fn elapsed(&self, from: Moment, until: Moment) -> TimeDelta {
        let Some(hours) = &self.hours else { return until - from };
        if until < from {
            return -self.elapsed(until, from);
        }
        let (from, until) = (Place::of(from), Place::of(until));
        let passed = |place: Place| hours.year(place.year).before(place.at);
        let between: i64 = (from.year..until.year).map(|year| hours.year(year).total()).sum();
        TimeDelta::microseconds(between + passed(until) - passed(from))
    }

    /// The first moment, from `from` on, at which so much business time has passed; `from` itself
    /// where none is asked for. None where the calendar never opens so long.
    pub fn after(&self, from: Moment, time: TimeDelta) -> Option<Moment> {
        if time <= TimeDelta::zero() {
            return Some(from);
        }
        let Some(hours) = &self.hours else { return from.checked_add_signed(time) };
        let place = Place::of(from);
        let mut wanted =
            time.num_microseconds()?.checked_add(hours.year(place.year).before(place.at))?;
        for year in place.year..=LAST_YEAR {
            let year = hours.year(year);
            match year.at(wanted) {
                Some(at) => return DateTime::from_timestamp_micros(at),
                None => wanted -= year.total(),
            }
        }
        None
    }
}

impl Hours {
    fn year(&self, year: i32) -> &Year {
        let index = usize::try_from(year - FIRST_YEAR).unwrap_or(0).min(self.years.len() - 1);
        self.years[index].get_or_init(|| Year::lay_out(year, self.time_zone, |day| self.of(day)))
    }

    /// What counts of a local day.
    fn of(&self, day: NaiveDate) -> &[LocalSpan] {
        let usual = &self.week[day.weekday().num_days_from_monday() as usize];
        self.exceptions.get(&day).unwrap_or(usual)
    }
}

/// A moment as microseconds since 1970, and the year in UTC that it is in. Both lie within the
/// years that are counted.
#[derive(Debug, Clone, Copy)]
struct Place {
    year: i32,
    at: i64,
}

impl Place {
    fn of(moment: Moment) -> Self {
        let year = moment.year().clamp(FIRST_YEAR, LAST_YEAR);
        let bounds = year::bounds(year);
        Self { year, at: moment.timestamp_micros().clamp(bounds.start, bounds.end) }
    }
}

impl Opening {
    /// The hours in seconds from local midnight; until midnight where they end at 00:00.
    pub(crate) fn local_span(&self) -> LocalSpan {
        year::local_span(self.from, self.until)
    }
}

impl DayHours {
    /// The hours in seconds from local midnight; until midnight where they end at 00:00.
    pub(crate) fn local_span(&self) -> LocalSpan {
        year::local_span(self.from, self.until)
    }
}
