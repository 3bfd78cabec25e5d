//! The clocks against an implementation that shares nothing with them: it looks at every minute,
//! asks the time zone what the wall clock shows, and counts.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{calendar, clock};
use crate::catalogue::Calendar;
use crate::catalogue::events::{Hours, Opening, SpecialDay};
use crate::kernel::Moment;
use crate::sla::ClockKind;

/// Zones that change by an hour, by half an hour, not at all, skipped a day, or twice a year for
/// a month.
const ZONES: [Tz; 9] = [
    Tz::UTC,
    Tz::Europe__Moscow,
    Tz::Europe__Rome,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Pacific__Apia,
    Tz::Asia__Kolkata,
    Tz::Asia__Tehran,
    Tz::Africa__Casablanca,
];
const KINDS: [ClockKind; 3] =
    [ClockKind::Calendar, ClockKind::WorkingDays, ClockKind::WorkingHours];

/// Whether the minute that begins at `at` counts, from the words of the rule alone.
fn counts(kind: ClockKind, calendar: &Calendar, at: Moment) -> bool {
    let shown = at.with_timezone(&calendar.time_zone);
    let (day, minute) = (shown.date_naive(), shown.hour() * 60 + shown.minute());
    let minutes = |from: chrono::NaiveTime, until: chrono::NaiveTime| {
        let end = until.hour() * 60 + until.minute();
        (from.hour() * 60 + from.minute(), if end == 0 { 1440 } else { end })
    };
    let special = calendar.special_days.iter().find(|special| special.date == day);
    let openings: Vec<(u32, u32)> = match special {
        _ if calendar.holidays.contains(&day) => Vec::new(),
        Some(special) => special.openings.iter().map(|one| minutes(one.from, one.until)).collect(),
        None => {
            let usual = calendar.openings.iter().filter(|one| one.day == day.weekday());
            usual.map(|one| minutes(one.from, one.until)).collect()
        }
    };
    match kind {
        ClockKind::Calendar => true,
        ClockKind::WorkingDays => !openings.is_empty(),
        ClockKind::WorkingHours => {
            openings.iter().any(|(from, until)| (*from..*until).contains(&minute))
        }
    }
}

fn walked(kind: ClockKind, calendar: &Calendar, from: Moment, steps: i64, step: i64) -> TimeDelta {
    let at = |index: i64| from + TimeDelta::minutes(index * step);
    let counted = (0..steps).filter(|index| counts(kind, calendar, at(*index))).count();
    TimeDelta::minutes(step * i64::try_from(counted).expect("a count"))
}

/// Up to three openings of a day, in quarters of an hour.
fn hours(step: u32) -> impl Strategy<Value = Vec<Hours>> {
    prop::collection::btree_set(0..=(1440 / step), 0..=6).prop_map(move |edges| {
        let edges: Vec<u32> = edges.into_iter().collect();
        let time = |edge: u32| {
            let minute = edge * step % 1440;
            chrono::NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).expect("a time")
        };
        let pairs = edges.chunks_exact(2);
        pairs.map(|pair| Hours { from: time(pair[0]), until: time(pair[1]) }).collect()
    })
}

fn calendars(step: u32, years: std::ops::Range<i32>) -> impl Strategy<Value = Calendar> {
    let day = move || {
        (years.clone(), 1..=366_u32)
            .prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day.min(365)).expect("a day"))
    };
    let week = prop::collection::vec(hours(step), 7);
    let special = prop::collection::btree_map(day(), hours(step), 0..40);
    let holidays = prop::collection::btree_set(day(), 0..40);
    (prop::sample::select(&ZONES[..]), week, special, holidays).prop_map(
        |(zone, week, special, holidays): (_, Vec<Vec<Hours>>, _, BTreeSet<NaiveDate>)| {
            let mut made = calendar(zone);
            for (index, hours) in week.into_iter().enumerate() {
                let day = Weekday::try_from(u8::try_from(index).expect("a day")).expect("a day");
                let open = |one: Hours| Opening { day, from: one.from, until: one.until };
                made.openings.extend(hours.into_iter().map(open));
            }
            let days = special.into_iter();
            made.special_days =
                days.map(|(date, openings)| SpecialDay { date, openings }).collect();
            made.holidays = holidays.into_iter().collect();
            made
        },
    )
}

fn moment(minutes: i64) -> Moment {
    Moment::from_timestamp(minutes * 60, 0).expect("a moment")
}

/// 1 January 2024, in minutes since 1970.
const MINUTES_2024: i64 = 1_704_067_200 / 60;
/// 1 January 2000, in minutes since 1970.
const MINUTES_2000: i64 = 946_684_800 / 60;
const FIFTY_YEARS: i64 = 50 * 525_960;

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    /// Over up to three weeks, at every minute.
    #[test]
    fn a_walk_over_minutes_counts_the_same(
        calendar in calendars(15, 2024..2026),
        kind in prop::sample::select(&KINDS[..]),
        from in MINUTES_2024..MINUTES_2024 + 2 * 525_600,
        steps in 0..30_000_i64,
    ) {
        let clock = clock(kind, &calendar);
        let from = moment(from);
        let until = from + TimeDelta::minutes(steps);
        let walked = walked(kind, &calendar, from, steps, 1);
        prop_assert_eq!(clock.elapsed(from, until), walked);
        // The other way: the first moment at which so much has passed.
        let then = clock.after(from, walked).expect("it comes");
        prop_assert!(then <= until);
        prop_assert_eq!(clock.elapsed(from, then), walked);
        let before = then - TimeDelta::microseconds(1);
        prop_assert!(walked == TimeDelta::zero() || clock.elapsed(from, before) < walked);
    }

    /// Any two moments within fifty years: time adds up over any moment between, and comes back.
    #[test]
    fn time_adds_up_over_fifty_years(
        calendar in calendars(15, 1950..2050),
        kind in prop::sample::select(&KINDS[..]),
        moments in prop::array::uniform3(-FIFTY_YEARS..FIFTY_YEARS),
        micros in 0..60_000_000_i64,
    ) {
        let clock = clock(kind, &calendar);
        let [one, two, three] = moments.map(|minutes| moment(MINUTES_2000 + minutes));
        let two = two + TimeDelta::microseconds(micros);
        prop_assert_eq!(clock.elapsed(one, two) + clock.elapsed(two, three), clock.elapsed(one, three));
        let (first, last) = (one.min(three), one.max(three));
        let passed = clock.elapsed(first, last);
        if let Some(then) = clock.after(first, passed) {
            prop_assert!(then <= last);
            prop_assert_eq!(clock.elapsed(first, then), passed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// Over thirty years, at every half hour, at which each of these zones and openings changes.
    #[test]
    fn a_walk_over_decades_counts_the_same(
        calendar in calendars(30, 1995..2025),
        kind in prop::sample::select(&KINDS[..]),
        from in 0..48_i64,
        steps in 0..525_960_i64,
    ) {
        let clock = clock(kind, &calendar);
        let from = moment(788_918_400 / 60 + from * 30);
        let until = from + TimeDelta::minutes(30 * steps);
        prop_assert_eq!(clock.elapsed(from, until), walked(kind, &calendar, from, steps, 30));
    }
}
