//! Holidays from an iCalendar file (RFC 5545): every day of every event that lasts whole days.

use chrono::{Days, NaiveDate};
use icalendar::{Calendar, CalendarComponent, Component, DatePerhapsTime};

/// The longest event, in days: a vendor that closes for longer has written something else.
const MOST_DAYS: u64 = 366;

/// Why a file's holidays cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHolidays {
    /// It is no iCalendar file.
    #[error("the holidays are not in the iCalendar format")]
    Unreadable,
    /// An event has no day, or a time of day.
    #[error("the event {0:?} does not last whole days")]
    NotWholeDays(String),
    /// An event comes again; the days that are meant must be written out.
    #[error("the event {0:?} comes again, and has to be written out")]
    ComesAgain(String),
    /// An event ends before it begins, or never.
    #[error("the event {0:?} ends before it begins, or lasts for more than a year")]
    BadEnd(String),
}

/// The days of a file, in order and each once.
///
/// # Errors
/// [`BadHolidays`], where an event cannot be understood: a holiday that is read wrong would only be
/// noticed on the day.
pub fn read(text: &str) -> Result<Vec<NaiveDate>, BadHolidays> {
    let calendar: Calendar = text.parse().map_err(|_| BadHolidays::Unreadable)?;
    if !text.trim_start().starts_with("BEGIN:VCALENDAR") {
        return Err(BadHolidays::Unreadable);
    }
    let mut days = std::collections::BTreeSet::new();
    for component in calendar.components {
        let CalendarComponent::Event(event) = component else { continue };
        let name = event.get_summary().unwrap_or("without a name").to_owned();
        if event.property_value("RRULE").is_some() || event.property_value("RDATE").is_some() {
            return Err(BadHolidays::ComesAgain(name));
        }
        let Some(DatePerhapsTime::Date(first)) = event.get_start() else {
            return Err(BadHolidays::NotWholeDays(name));
        };
        let mut day = first;
        let end = match event.get_end() {
            Some(DatePerhapsTime::Date(end)) => end,
            Some(_) => return Err(BadHolidays::NotWholeDays(name)),
            None => first.checked_add_days(Days::new(1)).unwrap_or(first),
        };
        let longest = first.checked_add_days(Days::new(MOST_DAYS)).unwrap_or(first);
        if end <= first || end > longest {
            return Err(BadHolidays::BadEnd(name));
        }
        while day < end {
            days.insert(day);
            day = day.checked_add_days(Days::new(1)).unwrap_or(end);
        }
    }
    Ok(days.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{events}END:VCALENDAR\r\n")
    }

    fn event(lines: &[&str]) -> String {
        format!("BEGIN:VEVENT\r\nUID:1\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n"))
    }

    fn days(events: &str) -> Result<Vec<String>, BadHolidays> {
        let days = read(&file(events))?;
        Ok(days.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_day_of_every_event_is_a_holiday() {
        let one = event(&["SUMMARY:May Day", "DTSTART;VALUE=DATE:20260501"]);
        let three = event(&["DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260104"]);
        let expected = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-05-01"];
        assert_eq!(days(&format!("{one}{three}{one}")), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_by_name() {
        let name = || "X".to_owned();
        let yearly = event(&["SUMMARY:X", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY"]);
        assert_eq!(days(&yearly), Err(BadHolidays::ComesAgain(name())));
        let timed = event(&["SUMMARY:X", "DTSTART:20260501T090000Z"]);
        assert_eq!(days(&timed), Err(BadHolidays::NotWholeDays(name())));
        let bad_end = ["SUMMARY:X", "DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20260501"];
        assert_eq!(days(&event(&bad_end)), Err(BadHolidays::BadEnd(name())));
        let endless = ["SUMMARY:X", "DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:99990501"];
        assert_eq!(days(&event(&endless)), Err(BadHolidays::BadEnd(name())));
        for text in ["", "2026-05-01", "BEGIN:VCALENDAR"] {
            assert_eq!(read(text), Err(BadHolidays::Unreadable), "{text:?}");
        }
    }
}
