//! Refusals of definitions: their codes, and what they say in the caller's language.

use servicedesk_domain::catalogue::Rejection;
use servicedesk_domain::kernel::Language;

use super::holidays::BadHolidays;
use crate::messages::sentence;

/// The public code of a refusal, and the input field at fault.
pub const fn code(rejection: &Rejection) -> (&'static str, Option<&'static str>) {
    match rejection {
        Rejection::BadCode { .. } => ("BAD_CODE", Some("code")),
        Rejection::BadTitle { .. } => ("BAD_TITLE", Some("title")),
        Rejection::BadOpenings { .. } => ("BAD_OPENINGS", Some("openings")),
        Rejection::NeverOpen { .. } => ("NEVER_OPEN", None),
        Rejection::DayTwice { .. } => ("DAY_TWICE", Some("specialDays")),
        Rejection::TooManyDays { .. } => ("TOO_MANY_DAYS", Some("holidays")),
        Rejection::UnknownCalendar { .. } => ("CALENDAR_NOT_FOUND", Some("calendarId")),
        Rejection::BadTarget { .. } => ("BAD_TARGET", None),
        Rejection::BadRisk => ("BAD_RISK", Some("atRiskPercent")),
        // No definition of these two sorts gives any other.
        _ => ("UNKNOWN", None),
    }
}

/// What a refusal says to the caller.
pub fn message(rejection: &Rejection, language: Language) -> String {
    let in_russian = match rejection {
        _ if language == Language::En => None,
        Rejection::BadCode { .. } => {
            Some("Код должен содержать от 1 до 64 символов: a-z, 0-9, _ и -.")
        }
        Rejection::BadTitle { .. } => {
            Some("Название не указано, длиннее 200 символов или содержит недопустимые символы.")
        }
        Rejection::BadOpenings { .. } => {
            Some("Часы работы пересекаются или заканчиваются раньше, чем начинаются.")
        }
        Rejection::NeverOpen { .. } => {
            Some("В календаре нет часов работы, а срок считается по ним.")
        }
        Rejection::DayTwice { .. } => Some("Один и тот же день указан дважды."),
        Rejection::TooManyDays { .. } => Some("Указано слишком много особых дней."),
        Rejection::UnknownCalendar { .. } => Some("Календарь не найден."),
        Rejection::BadTarget { .. } => Some("Срок должен быть от одной минуты до года."),
        Rejection::BadRisk => Some("Порог риска должен быть от 1 до 99 процентов."),
        _ => None,
    };
    in_russian.map_or_else(|| sentence(rejection), str::to_owned)
}

fn of_holidays_in_russian(bad: &BadHolidays) -> String {
    match bad {
        BadHolidays::Unreadable => "Файл не в формате iCalendar.".to_owned(),
        BadHolidays::Line(number) => format!("Строка {number} не соответствует формату iCalendar."),
        BadHolidays::Unsupported { what, event } => format!(
            "{what} не поддерживается ({}): укажите дни отдельными событиями на целый день.",
            place_in_russian(event.as_deref())
        ),
        BadHolidays::Twice { what, event } => {
            format!("{what} указано дважды ({}).", place_in_russian(event.as_deref()))
        }
        BadHolidays::NotWholeDays { property, event } => {
            format!("{property} события «{event}» указывает не на целый день.")
        }
        BadHolidays::BadEnd(event) => {
            format!("Событие «{event}» должно закончиться после начала и длиться не больше года.")
        }
        BadHolidays::TooManyDays { max } => format!("В файле больше {max} дней."),
    }
}

fn place_in_russian(event: Option<&str>) -> String {
    match event {
        None => "календарь".to_owned(),
        Some("") => "событие без названия".to_owned(),
        Some(name) => format!("событие «{name}»"),
    }
}

/// What a refused file says to the caller.
pub fn of_holidays(bad: &BadHolidays, language: Language) -> String {
    match language {
        Language::En => sentence(bad),
        Language::Ru => of_holidays_in_russian(bad),
    }
}
