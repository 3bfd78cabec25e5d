//! When the vendor is open, and how long requests may take (S). Each definition is a version of its
//! own, in force from a moment; one that changes nothing is none.

use std::collections::BTreeSet;

use super::check_name;
use crate::catalogue::events::{CatalogueEvent, Hours, SpecialDay};
use crate::catalogue::file::{CalendarEntry, ServiceLevelEntry};
use crate::catalogue::{CalendarId, Catalogue, Rejection};
use crate::kernel::Moment;
use crate::sla::ClockKind;

/// The most holidays and days with hours of their own: some for each of fifty years.
const MAX_DAYS: usize = 2_000;
/// The longest target: a year.
const MAX_MINUTES: u32 = 366 * 24 * 60;

/// A calendar from a moment on; `None` if it is so already.
pub(super) fn calendar(
    catalogue: &Catalogue,
    entry: &CalendarEntry,
    at: Moment,
) -> Result<Option<CatalogueEvent>, Rejection> {
    check_name(&entry.code, &entry.title)?;
    let openings = entry.openings();
    let week = openings.iter().map(|opening| (Some(opening.day), opening.local_span()));
    let days = entry.special_days.iter().map(|day| day.openings.iter().map(Hours::local_span));
    let are_sound =
        are_disjoint(week) && days.into_iter().all(|day| are_disjoint(day.map(|span| ((), span))));
    if !are_sound {
        return Err(Rejection::BadOpenings { calendar: entry.code.clone() });
    }
    let holidays: BTreeSet<_> = entry.holidays.iter().copied().collect();
    let special_days = in_order(entry)?;
    if holidays.len() + special_days.len() > MAX_DAYS {
        return Err(Rejection::TooManyDays { calendar: entry.code.clone(), max: MAX_DAYS });
    }
    if let Some(day) = special_days.iter().find(|day| holidays.contains(&day.date)) {
        return Err(Rejection::DayTwice { calendar: entry.code.clone(), date: day.date });
    }
    let holidays: Vec<_> = holidays.into_iter().collect();
    let calendar_id = CalendarId::named(&entry.code);
    let counts = |kind| {
        let level = catalogue.service_level(kind);
        level.is_some_and(|level| level.calendar_id == calendar_id && needs_openings(level.clock))
    };
    if openings.is_empty() && catalogue.service_levels.iter().any(|level| counts(level.request)) {
        return Err(Rejection::NeverOpen { calendar: entry.code.clone() });
    }
    let is_known = catalogue.calendars.get(&calendar_id).is_some_and(|known| {
        known.title == entry.title
            && known.time_zone == entry.time_zone
            && known.openings == openings
            && known.holidays == holidays
            && known.special_days == special_days
    });
    Ok((!is_known).then(|| CatalogueEvent::CalendarDefined {
        calendar_id,
        code: entry.code.clone(),
        title: entry.title.clone(),
        time_zone: entry.time_zone,
        openings,
        holidays,
        special_days,
        in_force_from: Some(at),
    }))
}

/// How long requests of a kind may take, from a moment on; `None` if it is so already.
pub(super) fn service_level(
    catalogue: &Catalogue,
    entry: &ServiceLevelEntry,
    at: Moment,
) -> Result<Option<CatalogueEvent>, Rejection> {
    let request = entry.request;
    let calendar_id = CalendarId::named(&entry.calendar);
    let Some(calendar) = catalogue.calendars.get(&calendar_id) else {
        return Err(Rejection::UnknownCalendar { request, calendar: entry.calendar.clone() });
    };
    if calendar.openings.is_empty() && needs_openings(entry.clock) {
        return Err(Rejection::NeverOpen { calendar: entry.calendar.clone() });
    }
    let is_target = |minutes: &u32| (1..=MAX_MINUTES).contains(minutes);
    let mut targets = [Some(&entry.processing_minutes), entry.first_response_minutes.as_ref()]
        .into_iter()
        .flatten();
    if !targets.all(is_target) {
        return Err(Rejection::BadTarget { request, max: MAX_MINUTES });
    }
    if !(1..=99).contains(&entry.at_risk_percent) {
        return Err(Rejection::BadRisk);
    }
    let is_known = catalogue.service_level(request).is_some_and(|known| {
        known.clock == entry.clock
            && known.calendar_id == calendar_id
            && known.processing_minutes == entry.processing_minutes
            && known.first_response_minutes == entry.first_response_minutes
            && known.typical_minutes == entry.typical_minutes
            && known.at_risk_percent == entry.at_risk_percent
    });
    Ok((!is_known).then_some(CatalogueEvent::ServiceLevelDefined {
        request,
        clock: entry.clock,
        calendar_id,
        processing_minutes: entry.processing_minutes,
        first_response_minutes: entry.first_response_minutes,
        typical_minutes: entry.typical_minutes,
        at_risk_percent: entry.at_risk_percent,
        in_force_from: at,
    }))
}

/// Whether a clock stands still without openings. Days with hours of their own come to an end, so
/// only the week's openings keep it going.
const fn needs_openings(clock: ClockKind) -> bool {
    match clock {
        ClockKind::Calendar => false,
        ClockKind::WorkingDays | ClockKind::WorkingHours => true,
    }
}

/// The days with hours of their own by date, each once.
fn in_order(entry: &CalendarEntry) -> Result<Vec<SpecialDay>, Rejection> {
    let mut days = entry.special_days.clone();
    days.sort_by_key(|day| day.date);
    match days.windows(2).find(|pair| pair[0].date == pair[1].date) {
        Some(pair) => Err(Rejection::DayTwice { calendar: entry.code.clone(), date: pair[0].date }),
        None => Ok(days),
    }
}

/// Whether no span ends before it begins, and no two of one day overlap.
fn are_disjoint<D: PartialEq>(spans: impl Iterator<Item = (D, (i64, i64))>) -> bool {
    let spans: Vec<_> = spans.collect();
    spans.iter().enumerate().all(|(index, (day, (from, until)))| {
        let overlaps = |(other_day, (other_from, other_until)): &(D, (i64, i64))| {
            other_day == day && other_from < until && from < other_until
        };
        from < until && !spans[index + 1..].iter().any(overlaps)
    })
}
