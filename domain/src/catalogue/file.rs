//! The readable file from which a catalogue is loaded: entries name one another by code, and an
//! entry's id follows from its code, so that loading a file twice means the same thing twice.

use chrono::{NaiveDate, NaiveTime, Timelike};
use serde::Deserialize;

use super::events::{LicensingPolicy, Opening, ProductKind, SpecialDay, TicketPolicy};
use crate::kernel::{Money, Title};
use crate::sla::{ClockKind, RequestKind};

/// A catalogue as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFile {
    /// Limits and periods for tickets.
    pub ticket_policy: Option<TicketPolicy>,
    /// Limits for applications, in which time zone months are, and periods for licences and links.
    pub licensing_policy: Option<LicensingPolicy>,
    /// The departments.
    #[serde(default)]
    pub departments: Vec<DepartmentEntry>,
    /// The categories.
    #[serde(default)]
    pub categories: Vec<CategoryEntry>,
    /// The products.
    #[serde(default)]
    pub products: Vec<ProductEntry>,
    /// The brokers.
    #[serde(default)]
    pub brokers: Vec<BrokerEntry>,
    /// The calendars.
    #[serde(default)]
    pub calendars: Vec<CalendarEntry>,
    /// How long requests may take, one entry for each kind of request.
    #[serde(default)]
    pub service_levels: Vec<ServiceLevelEntry>,
}

/// A department as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentEntry {
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
}

/// A category as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEntry {
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// The codes of the departments that its tickets go to.
    pub departments: Vec<String>,
}

/// A product as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductEntry {
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// What it is.
    pub kind: ProductKind,
    /// What must be on an account to get it free, where that is said in one currency.
    pub minimum_deposit: Option<Money>,
    /// The same in further currencies.
    #[serde(default)]
    pub minimum_deposits: Vec<Money>,
}

/// A broker as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerEntry {
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// Whether accounts with it bring free advisors.
    pub is_partner: bool,
}

/// A calendar as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarEntry {
    /// Its short name.
    pub code: String,
    /// What people read.
    pub title: Title,
    /// In which its hours are meant, for example `Europe/Moscow`.
    pub time_zone: chrono_tz::Tz,
    /// Hours that hold on several weekdays.
    pub openings: Vec<OpeningEntry>,
    /// Days on which the vendor is not open.
    #[serde(default)]
    pub holidays: Vec<NaiveDate>,
    /// Days with hours of their own, for example half days.
    #[serde(default)]
    pub special_days: Vec<SpecialDay>,
}

/// How long requests of a kind may take, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLevelEntry {
    /// The kind of request.
    pub request: RequestKind,
    /// By which clock.
    pub clock: ClockKind,
    /// The code of the calendar by which the clock runs.
    pub calendar: String,
    /// Within how many minutes a request is to be processed.
    pub processing_minutes: u32,
    /// Within how many minutes it is to be answered first, where that is measured.
    pub first_response_minutes: Option<u32>,
    /// How long it usually takes, as the vendor publishes it.
    pub typical_minutes: Option<u32>,
    /// The last so many hundredths of a target are at risk.
    #[serde(default = "usual_risk")]
    pub at_risk_percent: u8,
}

/// The last quarter of a target is at risk (S2).
const fn usual_risk() -> u8 {
    25
}

/// Hours that hold on several weekdays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningEntry {
    /// The weekdays, for example `Mon`.
    pub days: Vec<chrono::Weekday>,
    /// From when, for example `09:00:00`.
    pub from: NaiveTime,
    /// Until when; `24:00:00` and `00:00:00` are the end of the day.
    #[serde(deserialize_with = "end_of_opening")]
    pub until: NaiveTime,
}

/// The end of an opening as it is written down: midnight, where it is `24:00`.
///
/// # Errors
/// Where the text is no time of day.
pub(super) fn end_of_opening<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_end_of_opening(&text).ok_or_else(|| serde::de::Error::custom("no time of day"))
}

/// Reads the end of an opening: `18:00`, `18:00:00`, or `24:00` for the end of the day.
pub fn parse_end_of_opening(text: &str) -> Option<NaiveTime> {
    match text {
        "24:00" | "24:00:00" => Some(NaiveTime::MIN),
        _ => parse_time(text),
    }
}

/// Reads a time of day: `09:00` or `09:00:00`. Times are shown to the minute, so seconds are refused.
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    let read = NaiveTime::parse_from_str(text, "%H:%M");
    let time: NaiveTime = read.or_else(|_| text.parse()).ok()?;
    (time.second() == 0 && time.nanosecond() == 0).then_some(time)
}

impl CalendarEntry {
    /// One opening per weekday, in the order in which they are written.
    pub(super) fn openings(&self) -> Vec<Opening> {
        let on_each_day = |entry: &OpeningEntry| {
            let (from, until) = (entry.from, entry.until);
            entry.days.iter().map(move |&day| Opening { day, from, until }).collect::<Vec<_>>()
        };
        self.openings.iter().flat_map(on_each_day).collect()
    }
}
