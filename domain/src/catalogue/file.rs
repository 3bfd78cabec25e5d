//! The readable file from which a catalogue is loaded: entries name one another by code, and an
//! entry's id follows from its code, so that loading a file twice means the same thing twice.

use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::events::{Opening, ProductKind, TicketPolicy};
use crate::kernel::{Money, Title};

/// A catalogue as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFile {
    /// Limits and periods for tickets.
    pub ticket_policy: Option<TicketPolicy>,
    /// The departments.
    #[serde(default)]
    pub departments: Vec<DepartmentEntry>,
    /// The categories.
    #[serde(default)]
    pub categories: Vec<CategoryEntry>,
    /// The products.
    #[serde(default)]
    pub products: Vec<ProductEntry>,
    /// The calendars.
    #[serde(default)]
    pub calendars: Vec<CalendarEntry>,
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
    /// What must be on an account to get it free.
    pub minimum_deposit: Option<Money>,
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
}

/// Hours that hold on several weekdays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningEntry {
    /// The weekdays, for example `Mon`.
    pub days: Vec<chrono::Weekday>,
    /// From when, for example `09:00:00`.
    pub from: NaiveTime,
    /// Until when.
    pub until: NaiveTime,
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
