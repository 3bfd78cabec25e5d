//! What requests are measured by, as GraphQL shows and takes it.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc, Weekday};
use serde::Serialize;
use servicedesk_domain::catalogue::events::{Hours, SpecialDay};
use servicedesk_domain::catalogue::file::{
    CalendarEntry, OpeningEntry, ServiceLevelEntry, parse_end_of_opening, parse_time,
};
use servicedesk_domain::catalogue::{self as domain, CalendarId};
use servicedesk_domain::kernel::{Language, Title};

use super::kinds::{ClockKind, RequestKind};
use crate::graphql::catalogue::Calendar;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::RetryKey;
use crate::graphql::query::data;
use crate::graphql::relay::parse_id;
use servicedesk_service::error::ApiError;
use servicedesk_service::sla::holidays::{self, BadHolidays};
use servicedesk_service::sla::messages;

/// What an iCalendar file says of holidays.
#[derive(SimpleObject)]
pub struct HolidaysRead {
    /// The days with their names, in order; empty where the file is refused.
    holidays: Vec<Holiday>,
    /// Why the file is refused, or null.
    problem: Option<String>,
}

/// A day on which the vendor is closed.
#[derive(SimpleObject)]
pub struct Holiday {
    /// The day.
    date: NaiveDate,
    /// What the file calls it, or null.
    name: Option<String>,
}

impl HolidaysRead {
    /// Reads a file's text.
    pub fn of(text: &str, language: Language) -> Self {
        match holidays::read(text) {
            Ok(days) => {
                let shown = |day: holidays::Holiday| Holiday { date: day.date, name: day.name };
                Self { holidays: days.into_iter().map(shown).collect(), problem: None }
            }
            Err(bad) => {
                let problem = messages::of_holidays(&bad, language);
                Self { holidays: Vec::new(), problem: Some(problem) }
            }
        }
    }
}

/// How long requests of a kind may take.
pub struct ServiceLevel(pub domain::ServiceLevel);

/// How long requests of a kind may take. Each definition is a version of its own; a request keeps
/// the one that was in force when its clock started.
#[Object]
impl ServiceLevel {
    /// The kind of request.
    async fn request(&self) -> RequestKind {
        self.0.request.into()
    }

    /// The number of the definition for that kind.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// Which hours count.
    async fn clock(&self) -> ClockKind {
        self.0.clock.into()
    }

    /// The calendar by which they count.
    async fn calendar(&self, context: &Context<'_>) -> Result<Option<Calendar>> {
        let catalogue = data::<Loaders>(context)?.catalogue().await?;
        Ok(catalogue.calendars.get(&self.0.calendar_id).cloned().map(Calendar))
    }

    /// Within how many minutes a request is to be processed.
    async fn processing_minutes(&self) -> u32 {
        self.0.processing_minutes
    }

    /// Within how many minutes it is to be answered first, where that is measured.
    async fn first_response_minutes(&self) -> Option<u32> {
        self.0.first_response_minutes
    }

    /// How long it usually takes, as the vendor publishes it.
    async fn typical_minutes(&self) -> Option<u32> {
        self.0.typical_minutes
    }

    /// The last so many hundredths of a target are at risk.
    async fn at_risk_percent(&self) -> u8 {
        self.0.at_risk_percent
    }

    /// From when on requests are measured by it.
    async fn in_force_from(&self) -> DateTime<Utc> {
        self.0.in_force_from
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "Weekday")]
pub enum DayOfWeek {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// What something is called, in both languages.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct TitleInput {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

/// Hours that hold on several weekdays.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct OpeningInput {
    /// The weekdays.
    pub days: Vec<DayOfWeek>,
    /// From when, in local time, for example `09:00`.
    pub from: String,
    /// Until when, in local time; `24:00` and `00:00` are the end of the day.
    pub until: String,
}

/// Hours of one day.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct HoursInput {
    /// From when, in local time, for example `09:00`.
    pub from: String,
    /// Until when, in local time; `00:00` is the end of the day.
    pub until: String,
}

/// A day with hours of its own, for example a half day.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct SpecialDayInput {
    /// The day.
    pub date: NaiveDate,
    /// When the vendor is open on it.
    pub openings: Vec<HoursInput>,
}

/// Defines a calendar, or defines it again: it is in force from now on.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineCalendarInput {
    /// The short name of the calendar, of `a-z`, `0-9`, `_` and `-`; one that is there is defined
    /// again.
    pub code: String,
    /// What people read.
    pub title: TitleInput,
    /// In which its hours are meant, for example `Europe/Moscow`.
    pub time_zone: String,
    /// When the vendor is open, every week.
    pub openings: Vec<OpeningInput>,
    /// Days on which the vendor is closed.
    pub holidays: Option<Vec<NaiveDate>>,
    /// An iCalendar file with further such days: every day of every event in it, as `readHolidays`
    /// shows them.
    pub holidays_i_calendar: Option<String>,
    /// Days with hours of their own.
    pub special_days: Option<Vec<SpecialDayInput>>,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// Defines how long requests of a kind may take, from now on.
#[derive(Debug, Clone, InputObject, Serialize)]
pub struct DefineServiceLevelInput {
    /// The kind of request.
    pub request: RequestKind,
    /// Which hours count.
    pub clock: ClockKind,
    /// The calendar by which they count.
    pub calendar_id: ID,
    /// Within how many minutes a request is to be processed.
    pub processing_minutes: u32,
    /// Within how many minutes it is to be answered first, where that is measured.
    pub first_response_minutes: Option<u32>,
    /// How long it usually takes, as the vendor publishes it.
    pub typical_minutes: Option<u32>,
    /// The last so many hundredths of a target are at risk; 25 where not given.
    pub at_risk_percent: Option<u8>,
    /// The key for a safe retry.
    #[graphql(flatten)]
    #[serde(flatten)]
    pub key: RetryKey,
}

/// What is wrong with a calendar before it comes to the catalogue.
#[derive(Debug)]
pub enum BadCalendar {
    /// There is no such time zone.
    TimeZone,
    /// The file of its holidays cannot be understood.
    Holidays(BadHolidays),
}

impl DefineCalendarInput {
    /// The calendar as the catalogue takes it; holidays of both sorts together.
    ///
    /// # Errors
    /// `BadUserInput` for a time that is none, and what is wrong with the time zone or the file as
    /// data.
    pub fn read(&self) -> Result<Result<CalendarEntry, BadCalendar>, ApiError> {
        let Ok(time_zone) = self.time_zone.parse() else { return Ok(Err(BadCalendar::TimeZone)) };
        let openings = self.openings.iter().map(|opening| {
            Ok(OpeningEntry {
                days: opening.days.iter().map(|day| (*day).into()).collect(),
                from: time(&opening.from)?,
                until: until(&opening.until)?,
            })
        });
        let special_days = self.special_days.iter().flatten().map(|day| {
            let hours = day
                .openings
                .iter()
                .map(|hours| Ok(Hours { from: time(&hours.from)?, until: until(&hours.until)? }));
            Ok(SpecialDay { date: day.date, openings: hours.collect::<Result<_, ApiError>>()? })
        });
        let mut entry = CalendarEntry {
            code: self.code.clone(),
            title: Title { ru: self.title.ru.clone(), en: self.title.en.clone() },
            time_zone,
            openings: openings.collect::<Result<_, ApiError>>()?,
            holidays: self.holidays.clone().unwrap_or_default(),
            special_days: special_days.collect::<Result<_, ApiError>>()?,
        };
        match self.holidays_i_calendar.as_deref().map(holidays::read).transpose() {
            Ok(days) => {
                entry.holidays.extend(days.into_iter().flatten().map(|holiday| holiday.date));
                Ok(Ok(entry))
            }
            Err(bad) => Ok(Err(BadCalendar::Holidays(bad))),
        }
    }
}

impl DefineServiceLevelInput {
    /// The service level as the catalogue takes it; `code` finds a calendar's short name.
    ///
    /// # Errors
    /// `BadUserInput` for an id that is none of a calendar.
    pub fn read(
        &self,
        code: impl Fn(CalendarId) -> Option<String>,
    ) -> Result<ServiceLevelEntry, ApiError> {
        let calendar_id = parse_id(&self.calendar_id)?;
        Ok(ServiceLevelEntry {
            request: self.request.into(),
            clock: self.clock.into(),
            // What is not there has no short name either, and the rule says so.
            calendar: code(calendar_id).unwrap_or_else(|| calendar_id.to_string()),
            processing_minutes: self.processing_minutes,
            first_response_minutes: self.first_response_minutes,
            typical_minutes: self.typical_minutes,
            at_risk_percent: self.at_risk_percent.unwrap_or(25),
        })
    }
}

fn time(text: &str) -> Result<NaiveTime, ApiError> {
    parse_time(text).ok_or_else(|| bad_time(text))
}

fn until(text: &str) -> Result<NaiveTime, ApiError> {
    parse_end_of_opening(text).ok_or_else(|| bad_time(text))
}

fn bad_time(text: &str) -> ApiError {
    ApiError::BadUserInput(format!("{text:?} is not a time like 09:00"))
}
