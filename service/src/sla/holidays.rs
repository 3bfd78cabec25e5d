//! Holidays from an iCalendar file (RFC 5545): every day of every event that lasts whole days.
//!
//! Whatever the format allows that changes which days are meant is honoured or refused by its name:
//! a holiday that is read wrong would only be noticed on the day.

mod lines;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use lines::Line;

/// The longest event, in days: a vendor that closes for longer has written something else.
const MAX_DAYS: u64 = 366;
/// The most days of a file: a few for each of some hundred years.
const MAX_HOLIDAYS: usize = 10_000;
/// The longest name that is shown, in characters.
const MAX_NAME: usize = 200;

/// Properties of an event that say nothing about its days.
const HARMLESS: &[&str] = &[
    "ATTACH",
    "ATTENDEE",
    "CATEGORIES",
    "CLASS",
    "COLOR",
    "COMMENT",
    "CONFERENCE",
    "CONTACT",
    "CREATED",
    "DESCRIPTION",
    "DTSTAMP",
    "GEO",
    "IMAGE",
    "LAST-MODIFIED",
    "LOCATION",
    "NAME",
    "ORGANIZER",
    "PRIORITY",
    "RELATED-TO",
    "REQUEST-STATUS",
    "RESOURCES",
    "SEQUENCE",
    "SUMMARY",
    "TRANSP",
    "UID",
    "URL",
];
/// Properties of a calendar that say nothing about its days.
const HARMLESS_OF_CALENDAR: &[&str] = &[
    "CATEGORIES",
    "COLOR",
    "DESCRIPTION",
    "IMAGE",
    "LAST-MODIFIED",
    "NAME",
    "PRODID",
    "REFRESH-INTERVAL",
    "SOURCE",
    "UID",
    "URL",
];
/// Properties that an event has once at most, of those that matter here.
const ONCE: &[&str] = &["DTSTART", "DTEND", "DURATION", "STATUS", "SUMMARY", "UID", "SEQUENCE"];

/// One day on which the vendor is closed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// What the file calls it, if it does.
    pub name: Option<String>,
}

/// Why a file's holidays cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHolidays {
    /// It is no iCalendar file.
    #[error("the holidays are not in the iCalendar format")]
    Unreadable,
    /// A line is no property with a name and a value.
    #[error("line {0} is not in the iCalendar format")]
    Line(usize),
    /// The file says something that would change which days are meant and is not understood.
    #[error("{what} in {} is not supported; write the days out as events of whole days", place(.event.as_deref()))]
    Unsupported {
        /// What: a property, parameter, component or method, with its value where that matters.
        what: String,
        /// In the event of this name, which may be empty; none: in the calendar.
        event: Option<String>,
    },
    /// Something is said twice that can be said once.
    #[error("{what} is there twice in {}", place(.event.as_deref()))]
    Twice {
        /// What.
        what: String,
        /// In the event of this name, which may be empty; none: in the calendar.
        event: Option<String>,
    },
    /// A date is not a whole day like 20260501.
    #[error("{property} of the event {event:?} is not a whole day")]
    NotWholeDays {
        /// Which property.
        property: String,
        /// The event's name.
        event: String,
    },
    /// An event does not end after it begins, or never ends.
    #[error("the event {0:?} must end after it begins, and last for at most a year")]
    BadEnd(String),
    /// There are more days than anybody closes for.
    #[error("the file has more than {max} days")]
    TooManyDays {
        /// The most days.
        max: usize,
    },
}

/// The days of a file with their names, in order and each once.
///
/// # Errors
/// [`BadHolidays`], where anything of it cannot be understood.
pub fn read(text: &str) -> Result<Vec<Holiday>, BadHolidays> {
    let mut lines = lines::read(text)?.into_iter().peekable();
    let mut holidays = BTreeSet::new();
    let mut versions = Vec::new();
    if lines.peek().is_none() {
        return Err(BadHolidays::Unreadable);
    }
    while let Some(line) = lines.next() {
        if !is(&line, "BEGIN", "VCALENDAR") {
            return Err(BadHolidays::Unreadable);
        }
        loop {
            let line = lines.next().ok_or(BadHolidays::Unreadable)?;
            match (line.name.as_str(), line.value.trim().to_ascii_uppercase().as_str()) {
                ("END", "VCALENDAR") => break,
                ("BEGIN", "VEVENT") => event(&mut lines, &mut holidays, &mut versions)?,
                // Days are the same in every time zone.
                ("BEGIN", "VTIMEZONE") => skip("VTIMEZONE", &mut lines)?,
                ("BEGIN", other) => return Err(unsupported(other, None)),
                ("END", _) => return Err(BadHolidays::Unreadable),
                ("VERSION", "2.0") | ("CALSCALE", "GREGORIAN") | ("METHOD", "PUBLISH") => {}
                (name, _) if is_harmless(name, HARMLESS_OF_CALENDAR) => {}
                (name @ ("VERSION" | "CALSCALE" | "METHOD"), value) => {
                    return Err(unsupported(&format!("{name}:{value}"), None));
                }
                (name, _) => return Err(unsupported(name, None)),
            }
        }
    }
    Ok(holidays.into_iter().collect())
}

/// An identity and its revision: a second event under the same identity is a later revision.
type Version = (String, Option<String>);

fn event(
    lines: &mut impl Iterator<Item = Line>,
    holidays: &mut BTreeSet<Holiday>,
    versions: &mut Vec<Version>,
) -> Result<(), BadHolidays> {
    let mut properties = Vec::new();
    loop {
        let line = lines.next().ok_or(BadHolidays::Unreadable)?;
        match (line.name.as_str(), line.value.trim().to_ascii_uppercase().as_str()) {
            ("END", "VEVENT") => break,
            // What reminds of a day does not move it.
            ("BEGIN", "VALARM") => skip("VALARM", lines)?,
            ("BEGIN", other) => return Err(unsupported(other, name_of(&properties).as_deref())),
            ("END", _) => return Err(BadHolidays::Unreadable),
            _ => properties.push(line),
        }
    }
    let event = Event { name: name_of(&properties), properties };
    event.check()?;
    let value = |name| event.once(name).map(|line| line.value.trim().to_owned());
    if let Some(uid) = value("UID") {
        let version = (uid, value("SEQUENCE"));
        if versions.iter().any(|(uid, sequence)| *uid == version.0 && *sequence != version.1) {
            return Err(event.unsupported("SEQUENCE"));
        }
        versions.push(version);
    }
    for date in event.days()? {
        holidays.insert(Holiday { date, name: event.name.clone() });
        if holidays.len() > MAX_HOLIDAYS {
            return Err(BadHolidays::TooManyDays { max: MAX_HOLIDAYS });
        }
    }
    Ok(())
}

struct Event {
    name: Option<String>,
    properties: Vec<Line>,
}

impl Event {
    /// Whether every property is one whose meaning is known.
    fn check(&self) -> Result<(), BadHolidays> {
        for (index, line) in self.properties.iter().enumerate() {
            let name = line.name.as_str();
            let is_day = matches!(name, "DTSTART" | "DTEND" | "DURATION" | "RDATE" | "EXDATE");
            let status = line.value.trim().to_ascii_uppercase();
            match name {
                "STATUS" if matches!(status.as_str(), "CONFIRMED" | "CANCELLED") => {}
                "STATUS" => return Err(self.unsupported(&format!("STATUS:{status}"))),
                _ if is_day || is_harmless(name, HARMLESS) => {}
                _ => return Err(self.unsupported(name)),
            }
            if ONCE.contains(&name) && self.properties[..index].iter().any(|one| one.name == name) {
                return Err(BadHolidays::Twice {
                    what: name.to_owned(),
                    event: Some(self.event()),
                });
            }
            let known = |(parameter, _): &&(String, String)| {
                parameter != "VALUE" && !parameter.starts_with("X-")
            };
            if let Some((parameter, _)) = line.parameters.iter().find(known).filter(|_| is_day) {
                return Err(self.unsupported(&format!("{name};{parameter}")));
            }
        }
        Ok(())
    }

    /// Every day of every occurrence, unless it was called off.
    fn days(&self) -> Result<BTreeSet<NaiveDate>, BadHolidays> {
        let start = self.once("DTSTART").ok_or_else(|| self.not_whole("DTSTART"))?;
        let first = self.date(start, start.value.trim())?;
        let length = self.length(first)?;
        let mut starts = BTreeSet::from([first]);
        starts.extend(self.dates("RDATE")?);
        for excluded in self.dates("EXDATE")? {
            starts.remove(&excluded);
        }
        let is_off = |line: &Line| line.value.trim().eq_ignore_ascii_case("CANCELLED");
        if self.once("STATUS").is_some_and(is_off) {
            return Ok(BTreeSet::new());
        }
        let mut days = BTreeSet::new();
        for start in starts {
            days.extend((0..length).filter_map(|number| start.checked_add_days(Days::new(number))));
            if days.len() > MAX_HOLIDAYS {
                return Err(BadHolidays::TooManyDays { max: MAX_HOLIDAYS });
            }
        }
        Ok(days)
    }

    /// For how many days an occurrence lasts: until `DTEND`, which is the first day after it, or for
    /// a `DURATION` of days or weeks; else one day.
    fn length(&self, first: NaiveDate) -> Result<u64, BadHolidays> {
        let days = match (self.once("DTEND"), self.once("DURATION")) {
            (Some(_), Some(_)) => return Err(self.unsupported("DURATION beside DTEND")),
            (None, None) => 1,
            (Some(end), None) => {
                let end = self.date(end, end.value.trim())?;
                u64::try_from((end - first).num_days()).unwrap_or(0)
            }
            (None, Some(line)) => {
                duration(line.value.trim()).ok_or_else(|| self.not_whole("DURATION"))?
            }
        };
        if (1..=MAX_DAYS).contains(&days) {
            Ok(days)
        } else {
            Err(BadHolidays::BadEnd(self.title()))
        }
    }

    fn dates(&self, name: &str) -> Result<Vec<NaiveDate>, BadHolidays> {
        let lines = self.properties.iter().filter(|line| line.name == name);
        let dates = lines.flat_map(|line| line.value.split(',').map(move |date| (line, date)));
        dates.map(|(line, date)| self.date(line, date.trim())).collect()
    }

    fn date(&self, line: &Line, text: &str) -> Result<NaiveDate, BadHolidays> {
        let kind = line.parameters.iter().find(|(name, _)| name == "VALUE");
        let is_date = kind.is_none_or(|(_, kind)| kind.eq_ignore_ascii_case("DATE"));
        let is_digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        let date = NaiveDate::parse_from_str(text, "%Y%m%d").ok();
        date.filter(|_| is_date && is_digits).ok_or_else(|| self.not_whole(&line.name))
    }

    fn once(&self, name: &str) -> Option<&Line> {
        self.properties.iter().find(|line| line.name == name)
    }

    fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| "without a name".to_owned())
    }

    fn event(&self) -> String {
        self.name.clone().unwrap_or_default()
    }

    fn not_whole(&self, property: &str) -> BadHolidays {
        BadHolidays::NotWholeDays { property: property.to_owned(), event: self.title() }
    }

    fn unsupported(&self, what: &str) -> BadHolidays {
        BadHolidays::Unsupported { what: what.to_owned(), event: Some(self.event()) }
    }
}

/// A positive duration of whole days or weeks, in days.
fn duration(text: &str) -> Option<u64> {
    let text = text.to_ascii_uppercase();
    let text = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
    let (number, unit) = match (text.strip_suffix('D'), text.strip_suffix('W')) {
        (Some(days), _) => (days, 1),
        (_, Some(weeks)) => (weeks, 7),
        _ => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u64>().ok().filter(|_| is_number)?.checked_mul(unit)
}

/// Reads past a component with everything in it.
fn skip(component: &str, lines: &mut impl Iterator<Item = Line>) -> Result<(), BadHolidays> {
    lines.find(|line| is(line, "END", component)).map(|_| ()).ok_or(BadHolidays::Unreadable)
}

fn name_of(properties: &[Line]) -> Option<String> {
    let line = properties.iter().find(|line| line.name == "SUMMARY")?;
    let mut name = String::new();
    let mut letters = line.value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => name.extend(
                letters.next().map(|next| if next.eq_ignore_ascii_case(&'n') { ' ' } else { next }),
            ),
            _ if letter.is_control() => name.push(' '),
            _ => name.push(letter),
        }
    }
    let name: String = name.trim().chars().take(MAX_NAME).collect();
    (!name.is_empty()).then_some(name)
}

fn is(line: &Line, name: &str, value: &str) -> bool {
    line.name == name && line.value.trim().eq_ignore_ascii_case(value)
}

fn is_harmless(name: &str, known: &[&str]) -> bool {
    name.starts_with("X-") || known.contains(&name)
}

fn place(event: Option<&str>) -> String {
    match event {
        None => "the calendar".to_owned(),
        Some("") => "the event without a name".to_owned(),
        Some(name) => format!("the event {name:?}"),
    }
}

fn unsupported(what: &str, event: Option<&str>) -> BadHolidays {
    BadHolidays::Unsupported { what: what.to_owned(), event: event.map(str::to_owned) }
}
