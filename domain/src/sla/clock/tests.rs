//! The clocks against tables written by hand, and against an independent implementation that walks
//! minute by minute.

mod tables;
mod walk;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Weekday};
use chrono_tz::Tz;

use super::{Clock, ClockKind};
use crate::catalogue::events::{Hours, Opening, SpecialDay};
use crate::catalogue::{Calendar, CalendarId};
use crate::kernel::{Moment, Title};

/// A calendar without any opening.
pub(super) fn calendar(time_zone: Tz) -> Calendar {
    Calendar {
        calendar_id: CalendarId::named("office"),
        code: "office".to_owned(),
        title: Title { ru: "Рабочее время".to_owned(), en: "Office hours".to_owned() },
        time_zone,
        openings: Vec::new(),
        holidays: Vec::new(),
        special_days: Vec::new(),
        version: 1,
        in_force_from: None,
    }
}

/// Open from Monday to Friday, in these hours.
pub(super) fn office(time_zone: Tz, hours: &[(&str, &str)]) -> Calendar {
    let days = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let on = |day: &Weekday| {
        let open = |(from, until): &(&str, &str)| Opening {
            day: *day,
            from: time(from),
            until: time(until),
        };
        hours.iter().map(open).collect::<Vec<_>>()
    };
    Calendar { openings: days.iter().flat_map(on).collect(), ..calendar(time_zone) }
}

pub(super) fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").expect("a time")
}

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// The moment that the wall clock shows so, the first where it does twice.
pub(super) fn local(time_zone: Tz, text: &str) -> Moment {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
    time_zone.from_local_datetime(&local).earliest().expect("a local time").to_utc()
}

pub(super) fn special(day: &str, hours: &[(&str, &str)]) -> SpecialDay {
    let hours = hours.iter().map(|(from, until)| Hours { from: time(from), until: time(until) });
    SpecialDay { date: date(day), openings: hours.collect() }
}

pub(super) fn utc(text: &str) -> Moment {
    DateTime::parse_from_rfc3339(text).expect("a moment").to_utc()
}

/// What a clock is made of.
pub(super) fn clock(kind: ClockKind, calendar: &Calendar) -> Clock {
    Clock::new(kind, calendar)
}
