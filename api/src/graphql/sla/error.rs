//! Why mutations on calendars and service levels are refused: one closed list of codes, and which mutation gives which.

use async_graphql::{Enum, SimpleObject};
use strum::{EnumString, IntoStaticStr};

/// An expected refusal of a mutation on calendars and service levels.
#[derive(Debug, Clone, SimpleObject)]
pub struct ServiceLevelError {
    /// The fact that forbids it.
    pub code: ServiceLevelErrorCode,
    /// The same fact in the caller's language.
    pub message: String,
    /// The path of the input field at fault. Null if no single field is.
    pub field: Option<Vec<String>>,
}

/// Why a mutation on calendars and service levels is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceLevelErrorCode {
    /// The short name is not 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
    BadCode,
    /// The title is empty in one of the languages, or longer than 200 characters.
    BadTitle,
    /// An opening ends before it begins, or two of one day overlap.
    BadOpenings,
    /// The calendar never opens, and a service level counts its opening hours.
    NeverOpen,
    /// A day has two meanings.
    DayTwice,
    /// There are more days than anybody closes for.
    TooManyDays,
    /// The iCalendar file cannot be understood; the message says why.
    BadHolidays,
    /// There is no such time zone.
    TimeZoneUnknown,
    /// The calendar does not exist.
    CalendarNotFound,
    /// A target is less than a minute or more than a year.
    BadTarget,
    /// The part at risk is not 1 to 99 hundredths.
    BadRisk,
}

/// Which codes each mutation gives.
pub const REFUSALS: &[(&str, &[ServiceLevelErrorCode])] = {
    use ServiceLevelErrorCode as Code;
    &[
        (
            "defineCalendar",
            &[
                Code::NeverOpen,
                Code::BadCode,
                Code::BadTitle,
                Code::BadOpenings,
                Code::DayTwice,
                Code::TooManyDays,
                Code::BadHolidays,
                Code::TimeZoneUnknown,
            ],
        ),
        (
            "defineServiceLevel",
            &[Code::NeverOpen, Code::CalendarNotFound, Code::BadTarget, Code::BadRisk],
        ),
    ]
};
