//! Cases worked out by hand, each with its reason.

use chrono::TimeDelta;
use chrono_tz::{America, Europe};

use super::{calendar, clock, date, local, office, special, utc};
use crate::catalogue::Calendar;
use crate::sla::ClockKind::{self, WorkingDays, WorkingHours};

const NINE_TO_SIX: &[(&str, &str)] = &[("09:00", "18:00")];
const WITH_LUNCH: &[(&str, &str)] = &[("09:00", "13:00"), ("14:00", "18:00")];

/// Each row: from, until (local), minutes that pass, and why. What passes also comes back: so many
/// minutes after the first moment is the last, unless the last lies in a pause.
fn check(kind: ClockKind, calendar: &Calendar, rows: &[(&str, &str, i64, &str)]) {
    let clock = clock(kind, calendar);
    for (from, until, minutes, why) in rows {
        let (from, until) = (local(calendar.time_zone, from), local(calendar.time_zone, until));
        let passed = TimeDelta::minutes(*minutes);
        assert_eq!(clock.elapsed(from, until), passed, "{why}: {from} to {until}");
        assert_eq!(clock.elapsed(until, from), -passed, "{why}, backwards");
        let then = clock.after(from, passed).expect("it comes");
        assert!(then <= until, "{why}: {then} is after {until}");
        assert_eq!(clock.elapsed(then, until), TimeDelta::zero(), "{why}: nothing is between");
    }
}

#[test]
fn opening_hours_stop_at_night_over_lunch_and_over_the_weekend() {
    let moscow = Europe::Moscow;
    check(
        WorkingHours,
        &office(moscow, NINE_TO_SIX),
        &[
            ("2026-03-02 09:00", "2026-03-02 18:00", 540, "a day"),
            ("2026-03-02 17:00", "2026-03-03 10:00", 120, "a night"),
            ("2026-03-02 20:00", "2026-03-03 07:00", 0, "within a night"),
            ("2026-03-06 17:30", "2026-03-09 09:30", 60, "a weekend"),
            ("2026-03-07 12:00", "2026-03-08 12:00", 0, "within a weekend"),
            ("2026-03-02 00:00", "2026-03-09 00:00", 2700, "a week"),
            ("2026-03-02 10:15", "2026-03-02 10:15", 0, "no time"),
        ],
    );
    check(
        WorkingHours,
        &office(moscow, WITH_LUNCH),
        &[
            ("2026-03-02 12:30", "2026-03-02 14:30", 60, "lunch"),
            ("2026-03-02 13:10", "2026-03-02 13:50", 0, "within lunch"),
            ("2026-03-02 12:00", "2026-03-03 10:00", 360, "lunch and a night"),
        ],
    );
}

#[test]
fn holidays_and_half_days_are_not_like_their_weekday() {
    let mut office = office(Europe::Moscow, NINE_TO_SIX);
    // Friday, 1 May, is a holiday; Thursday is a half day; a Saturday is worked in exchange.
    office.holidays = vec![date("2026-05-01")];
    office.special_days = vec![
        special("2026-04-30", &[("09:00", "13:00")]),
        special("2026-05-16", &[("10:00", "12:00"), ("13:00", "14:00")]),
    ];
    check(
        WorkingHours,
        &office,
        &[
            ("2026-04-30 12:00", "2026-05-04 10:00", 120, "a holiday on a Friday after a half day"),
            ("2026-05-01 00:00", "2026-05-04 00:00", 0, "a long weekend"),
            ("2026-05-15 17:00", "2026-05-18 10:00", 300, "a Saturday that is worked"),
        ],
    );
    check(
        WorkingDays,
        &office,
        &[
            ("2026-04-30 00:00", "2026-05-01 00:00", 1440, "a half day is a working day, whole"),
            ("2026-04-30 23:00", "2026-05-04 01:00", 120, "a holiday has no hour"),
            ("2026-05-16 00:00", "2026-05-17 00:00", 1440, "a Saturday that is worked"),
        ],
    );
}

#[test]
fn working_days_count_their_nights() {
    check(
        WorkingDays,
        &office(Europe::Moscow, NINE_TO_SIX),
        &[
            ("2026-03-02 20:00", "2026-03-03 07:00", 660, "a night"),
            ("2026-03-06 23:30", "2026-03-09 00:30", 60, "a weekend"),
            ("2026-03-02 00:00", "2026-03-09 00:00", 7200, "a week has five days"),
        ],
    );
}

#[test]
fn the_calendar_clock_never_stops() {
    check(
        ClockKind::Calendar,
        &calendar(Europe::Moscow),
        &[("2026-03-06 12:00", "2026-03-09 12:00", 4320, "a weekend")],
    );
}

/// Summer time begins on 29 March 2026 in Europe (02:00 becomes 03:00) and ends on 25 October
/// (03:00 becomes 02:00).
#[test]
fn daylight_saving_takes_an_hour_and_gives_it_back() {
    let rome = Europe::Rome;
    let mut every_day = calendar(rome);
    every_day.special_days = vec![
        special("2026-03-29", &[("01:00", "05:00")]),
        special("2026-10-25", &[("01:00", "05:00")]),
        special("2026-10-24", &[("22:00", "00:00")]),
    ];
    check(
        WorkingHours,
        &every_day,
        &[
            ("2026-03-29 00:00", "2026-03-29 06:00", 180, "one to five without an hour"),
            ("2026-10-25 00:00", "2026-10-25 06:00", 300, "one to five with an hour twice"),
            ("2026-10-24 00:00", "2026-10-25 00:00", 120, "until midnight"),
        ],
    );
    check(
        WorkingDays,
        &every_day,
        &[
            ("2026-03-29 00:00", "2026-03-30 00:00", 23 * 60, "a short day"),
            ("2026-10-25 00:00", "2026-10-26 00:00", 25 * 60, "a long day"),
        ],
    );
    // An opening that begins within the hour that there is twice counts both times it is shown.
    let mut twice = calendar(rome);
    twice.special_days = vec![special("2026-10-25", &[("02:30", "02:45")])];
    check(
        WorkingHours,
        &twice,
        &[("2026-10-25 00:00", "2026-10-25 06:00", 30, "a quarter of an hour, shown twice")],
    );
    // The same weekday hours are other hours of UTC in summer and in winter.
    let clock = clock(WorkingHours, &office(rome, NINE_TO_SIX));
    let hour = TimeDelta::hours(1);
    assert_eq!(
        clock.after(utc("2026-03-27T12:00:00Z"), hour * 6),
        Some(utc("2026-03-30T08:00:00Z"))
    );
    assert_eq!(
        clock.after(utc("2026-10-23T12:00:00Z"), hour * 6),
        Some(utc("2026-10-26T10:00:00Z"))
    );
    let new_york = office(America::New_York, NINE_TO_SIX);
    check(
        WorkingHours,
        &new_york,
        &[("2026-03-06 17:00", "2026-03-09 10:00", 120, "over the change in New York")],
    );
}

/// Time that passes exactly at the end of an opening has passed then, and not at the next opening.
#[test]
fn a_target_ends_with_the_opening_that_it_ends_in() {
    let office = office(Europe::Moscow, NINE_TO_SIX);
    let clock = clock(WorkingHours, &office);
    let friday = local(Europe::Moscow, "2026-03-06 17:00");
    let hour = TimeDelta::hours(1);
    assert_eq!(clock.after(friday, hour), Some(local(Europe::Moscow, "2026-03-06 18:00")));
    let micro = TimeDelta::microseconds(1);
    let monday = local(Europe::Moscow, "2026-03-09 09:00");
    assert_eq!(clock.after(friday, hour + micro), Some(monday + micro));
    // From a moment that does not count, time begins to pass at the next opening.
    let saturday = local(Europe::Moscow, "2026-03-07 12:00");
    assert_eq!(clock.after(saturday, hour), Some(monday + hour));
    assert_eq!(clock.after(saturday, TimeDelta::zero()), Some(saturday));
}

#[test]
fn a_calendar_that_never_opens_never_gets_there() {
    let clock = clock(WorkingHours, &calendar(Europe::Moscow));
    let from = utc("2026-01-01T00:00:00Z");
    assert_eq!(clock.after(from, TimeDelta::minutes(1)), None);
    assert_eq!(clock.elapsed(from, utc("2066-01-01T00:00:00Z")), TimeDelta::zero());
}
