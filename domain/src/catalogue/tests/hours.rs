//! Calendars and service levels as they are defined.

use chrono::{NaiveDate, NaiveTime};

use super::*;
use crate::catalogue::events::{Hours, SpecialDay};
use crate::catalogue::file::{CalendarEntry, OpeningEntry, ServiceLevelEntry};
use crate::sla::{ClockKind, RequestKind};

fn office(openings: Vec<OpeningEntry>) -> CalendarEntry {
    CalendarEntry {
        code: "office".to_owned(),
        title: title(),
        time_zone: chrono_tz::Europe::Moscow,
        openings,
        holidays: Vec::new(),
        special_days: Vec::new(),
    }
}

fn mondays() -> OpeningEntry {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
    OpeningEntry { days: vec![chrono::Weekday::Mon], from: time(9), until: time(18) }
}

fn level(clock: ClockKind) -> ServiceLevelEntry {
    ServiceLevelEntry {
        request: RequestKind::Ticket,
        clock,
        calendar: "office".to_owned(),
        processing_minutes: 60,
        first_response_minutes: None,
        typical_minutes: None,
        at_risk_percent: 25,
    }
}

/// What loading these one after another gives.
fn loaded(files: Vec<CatalogueFile>) -> Result<(), Rejection> {
    let mut catalogue = Catalogue::default();
    for file in files {
        for event in crate::catalogue::decide::decide(&catalogue, load(file))? {
            catalogue.evolve(event);
        }
    }
    Ok(())
}

fn calendar(entry: CalendarEntry) -> CatalogueFile {
    CatalogueFile { calendars: vec![entry], ..empty() }
}

fn measured_by(clock: ClockKind) -> CatalogueFile {
    CatalogueFile { service_levels: vec![level(clock)], ..empty() }
}

/// Where opening hours count and there are none, nothing would ever be due.
#[test]
fn a_calendar_whose_hours_count_opens() {
    let never = Err(Rejection::NeverOpen { calendar: "office".to_owned() });
    let open = || calendar(office(vec![mondays()]));
    let closed = || calendar(office(Vec::new()));
    let no_days = || calendar(office(vec![OpeningEntry { days: Vec::new(), ..mondays() }]));
    let one_day = || {
        let date = NaiveDate::from_ymd_opt(2026, 5, 1).expect("a day");
        let hours = Hours { from: mondays().from, until: mondays().until };
        let day = SpecialDay { date, openings: vec![hours] };
        calendar(CalendarEntry { special_days: vec![day], ..office(Vec::new()) })
    };
    for clock in [ClockKind::WorkingDays, ClockKind::WorkingHours] {
        assert_eq!(loaded(vec![open(), measured_by(clock)]), Ok(()));
        for without in [closed(), no_days(), one_day()] {
            assert_eq!(loaded(vec![without.clone(), measured_by(clock)]), never);
            assert_eq!(loaded(vec![open(), measured_by(clock), without]), never);
        }
    }
    assert_eq!(loaded(vec![closed(), measured_by(ClockKind::Calendar)]), Ok(()));
    assert_eq!(loaded(vec![open(), measured_by(ClockKind::Calendar), closed()]), Ok(()));
}

#[test]
fn the_end_of_a_day_is_written_as_24_00() {
    let file = r#"{ "from": "18:00:00", "until": "24:00" }"#;
    let hours: Hours = serde_json::from_str(file).expect("hours");
    assert_eq!(hours.local_span(), (64_800, 86_400));
    let opening = file.replace('{', r#"{ "days": ["Mon"],"#).replace("24:00", "24:00:00");
    let opening: OpeningEntry = serde_json::from_str(&opening).expect("an opening");
    assert_eq!(opening.until, NaiveTime::MIN);
    assert!(serde_json::from_str::<Hours>(&file.replace("24:00", "24:01")).is_err());
    assert!(serde_json::from_str::<Hours>(&file.replace("18:00:00", "24:00:00")).is_err());
}
