//! One calendar year of a clock, laid out as spans of UTC.

use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

use super::LocalSpan;

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// What counts of one year, in order. Spans of it neither touch nor overlap.
#[derive(Debug)]
pub(super) struct Year {
    spans: Vec<Span>,
}

/// A time that counts: microseconds since 1970, and how much of the year counted before.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: i64,
    until: i64,
    before: i64,
}

/// From when on the local clock is how many seconds ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shift {
    from: i64,
    ahead: i64,
}

/// The year in UTC, in microseconds since 1970.
pub(super) fn bounds(year: i32) -> Range<i64> {
    let begin = |year| {
        let day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN);
        day.and_time(NaiveTime::MIN).and_utc().timestamp() * MICROS
    };
    begin(year)..begin(year + 1)
}

/// Hours of a local day in seconds from its midnight. What ends at 00:00 ends at midnight.
pub(super) fn local_span(from: NaiveTime, until: NaiveTime) -> LocalSpan {
    let seconds = |time: NaiveTime| i64::from(time.num_seconds_from_midnight());
    (seconds(from), if until == NaiveTime::MIN { DAY } else { seconds(until) })
}

impl Year {
    /// Lays a year out. The wall clock may jump within what counts, so each span is cut where it
    /// jumps: exactly those moments count at which the wall clock shows a time that does.
    pub(super) fn lay_out<'a>(
        year: i32,
        time_zone: Tz,
        counted: impl Fn(NaiveDate) -> &'a [LocalSpan],
    ) -> Self {
        let bounds = bounds(year);
        let seconds = bounds.start / MICROS..bounds.end / MICROS;
        let shifts = shifts(time_zone, &seconds);
        let mut found: Vec<Range<i64>> = Vec::new();
        // Local days may begin a day before the year in UTC does, and end a day after it.
        let mut midnight = seconds.start - DAY;
        while midnight <= seconds.end {
            let day = DateTime::from_timestamp(midnight, 0).map(|at| at.date_naive());
            for (from, until) in day.map(&counted).unwrap_or_default() {
                for (index, shift) in shifts.iter().enumerate() {
                    let next = shifts.get(index + 1).map_or(seconds.end, |next| next.from);
                    let begin = (midnight + from - shift.ahead).max(shift.from);
                    let end = (midnight + until - shift.ahead).min(next);
                    let (begin, end) = (begin.max(seconds.start), end.min(seconds.end));
                    if begin < end {
                        found.push(begin * MICROS..end * MICROS);
                    }
                }
            }
            midnight += DAY;
        }
        found.sort_by_key(|span| span.start);
        Self { spans: joined(found) }
    }

    /// How much of the year counts.
    pub(super) fn total(&self) -> i64 {
        self.spans.last().map_or(0, |last| last.before + last.until - last.from)
    }

    /// How much of the year counted before a moment.
    pub(super) fn before(&self, at: i64) -> i64 {
        match self.spans.partition_point(|span| span.from <= at).checked_sub(1) {
            Some(index) => {
                let span = self.spans[index];
                span.before + at.min(span.until) - span.from
            }
            None => 0,
        }
    }

    /// The first moment of the year at which so much of it has counted; `None` if less counts.
    pub(super) fn at(&self, wanted: i64) -> Option<i64> {
        let ends_before = |span: &Span| span.before + span.until - span.from < wanted;
        let span = self.spans.get(self.spans.partition_point(ends_before))?;
        Some(span.from + wanted - span.before)
    }
}

fn joined(sorted: Vec<Range<i64>>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(sorted.len());
    let mut before = 0;
    for range in sorted {
        match spans.last_mut() {
            Some(last) if range.start <= last.until => {
                let until = last.until.max(range.end);
                before += until - last.until;
                last.until = until;
            }
            _ => {
                spans.push(Span { from: range.start, until: range.end, before });
                before += range.end - range.start;
            }
        }
    }
    spans
}

/// How far the wall clock is ahead over these seconds, from the first of them on. It is looked at
/// once a day; where it differs, the second at which it jumped is searched.
fn shifts(time_zone: Tz, seconds: &Range<i64>) -> Vec<Shift> {
    let ahead = |at: i64| {
        let at = DateTime::from_timestamp(at, 0).unwrap_or_default().naive_utc();
        i64::from(time_zone.offset_from_utc_datetime(&at).fix().local_minus_utc())
    };
    let mut shifts = vec![Shift { from: seconds.start, ahead: ahead(seconds.start) }];
    let mut known = (seconds.start, shifts[0].ahead);
    while known.0 < seconds.end {
        let next = (known.0 + TimeDelta::days(1).num_seconds()).min(seconds.end);
        let found = ahead(next);
        if found != known.1 {
            let (mut low, mut high) = (known.0, next);
            while high - low > 1 {
                let middle = low.midpoint(high);
                if ahead(middle) == known.1 { low = middle } else { high = middle }
            }
            shifts.push(Shift { from: high, ahead: found });
        }
        known = (next, found);
    }
    shifts
}
