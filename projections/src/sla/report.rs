//! The report that managers live by (S3), made of rollups: its cost hangs on the period and on how
//! it is asked for, and never on how many requests there were.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::value::RawValue;
use servicedesk_domain::sla::RequestKind;
use servicedesk_eventlog::Db;
use servicedesk_eventlog::select::Select;
use strum::IntoEnumIterator;
use uuid::Uuid;

use super::request::{Level, day_number};
use super::rollup::{BETWEEN_IDS, Dimension, EVERYTHING_FROM, Rollup, Scope};
use super::service_levels::{StoredRollup, bad_row};
use super::span::{Length, Run, cover};
use crate::fold::Fault;

/// A rollup of which the figures are read when they are needed.
type Row = Arc<StoredRollup<Box<RawValue>>>;

/// What a report is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Of which kind the requests are.
    pub request: RequestKind,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// By what it is grouped; none: everything together.
    pub group_by: Option<Dimension>,
    /// Only what has all of this in common, each dimension once.
    pub filter: Vec<(Dimension, Uuid)>,
    /// Into which spans the period is cut; none: into one.
    pub bucket: Option<Bucket>,
}

/// The spans of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// Days.
    Day,
    /// Weeks from Monday.
    Week,
    /// Calendar months.
    Month,
}

/// Figures of one group in one span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// Of which department, agent and so on; `None` if it is not grouped.
    pub group: Option<String>,
    /// What came and went in the span.
    pub figures: Rollup,
    /// How many there were at its end.
    pub level: Level,
}

impl Bucket {
    /// The first day of the span that a day is in.
    fn begin(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => {
                let since_monday = u64::from(day.weekday().num_days_from_monday());
                day.checked_sub_days(Days::new(since_monday)).unwrap_or(day)
            }
            Self::Month => Length::Month.begin(day),
        }
    }

    fn next(self, begin: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => Length::Day.next(begin),
            Self::Week => begin.checked_add_days(Days::new(7)).unwrap_or(NaiveDate::MAX),
            Self::Month => Length::Month.next(begin),
        }
    }
}

impl Question {
    /// The spans of the answer. The first and the last end with the period.
    pub fn spans(&self) -> Vec<(NaiveDate, NaiveDate)> {
        let Some(bucket) = self.bucket else { return vec![(self.from, self.until)] };
        let mut spans = Vec::new();
        let mut from = self.from;
        while from < self.until {
            let until = bucket.next(bucket.begin(from)).min(self.until);
            spans.push((from, until));
            from = until;
        }
        spans
    }

    /// The days, months and years that the answer is made of: those of the spans, and whatever
    /// was before, for how many there were.
    fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = cover(first_day(), self.from);
        for (from, until) in self.spans() {
            for run in cover(from, until) {
                match runs.last_mut() {
                    Some(last) if last.length == run.length && last.until == run.from => {
                        last.until = run.until;
                    }
                    _ => runs.push(run),
                }
            }
        }
        runs
    }
}

/// No request is older.
fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or(NaiveDate::MIN)
}

/// Answers a question: a line for each group and span, groups in the order of their ids. Groups
/// without anything in the period, and nothing open at its end, are left out.
///
/// # Errors
/// [`Fault`] if it cannot be read.
pub async fn answer(db: &Db, question: &Question) -> Result<Vec<Line>, Fault> {
    let rows = rows(db, question).await?;
    let mut groups: BTreeMap<Option<String>, Vec<Row>> = BTreeMap::new();
    if question.group_by.is_none() {
        groups.insert(None, Vec::new());
    }
    for (group, row) in rows {
        groups.entry(group).or_default().push(row);
    }
    let mut lines = Vec::new();
    for (group, mut rows) in groups {
        rows.sort_by_key(|row| row.starts_on);
        let of_group = of_group(question, group.as_deref(), &rows)?;
        let is_idle = |line: &Line| {
            let came_or_went = Rollup { level: Level::default(), ..line.figures.clone() };
            came_or_went.is_empty() && line.level == Level::default()
        };
        if group.is_none() || !of_group.iter().all(is_idle) {
            lines.extend(of_group);
        }
    }
    Ok(lines)
}

fn of_group(question: &Question, group: Option<&str>, rows: &[Row]) -> Result<Vec<Line>, Fault> {
    let mut total = Level::default();
    let mut rows = rows.iter().peekable();
    // Of what was before, only how much of it there still was is of interest.
    while let Some(row) = rows.next_if(|row| row.starts_on < day_number(question.from)) {
        total = total + row.level;
    }
    let mut lines = Vec::new();
    for (from, until) in question.spans() {
        let mut figures = Rollup::default();
        while let Some(row) = rows.next_if(|row| row.starts_on < day_number(until)) {
            let found = row.figures.as_ref().ok_or_else(|| bad_row(&"it has no figures"))?;
            let read = serde_json::from_str(found.get()).map_err(|error| bad_row(&error))?;
            figures.merge(&Rollup { level: row.level, ..read });
        }
        total = total + figures.level;
        lines.push(Line { from, until, group: group.map(str::to_owned), figures, level: total });
    }
    Ok(lines)
}

async fn rows(db: &Db, question: &Question) -> Result<Vec<(Option<String>, Row)>, Fault> {
    let filtered = question.filter.iter().map(|(dimension, _)| *dimension);
    let mut dimensions: Vec<Dimension> = filtered.chain(question.group_by).collect();
    dimensions.sort();
    dimensions.dedup();
    let is_of_everything = dimensions.len() >= EVERYTHING_FROM;
    if is_of_everything {
        dimensions = Dimension::iter().collect();
    }
    let place = |wanted: Dimension| dimensions.iter().position(|found| *found == wanted);
    // Of what was before the period only the level is of interest, where it has one. The names of
    // dimensions and spans, which are the program's own, stand in the text: with placeholders for
    // them PostgreSQL takes the plan for dear, and makes a new one each time.
    let from = day_number(question.from);
    let scope = Scope::name(question.request, dimensions.iter().copied());
    let mut query = Select::new("SELECT CASE WHEN starts_on < ")
        .value(from)
        .sql(" THEN brief ELSE body END FROM service_levels WHERE (starts_on >= ")
        .value(from)
        .sql(&format!(" OR brief IS NOT NULL) AND dimensions = '{scope}'"));
    for (dimension, id) in &question.filter {
        let columns = ["first_id", "second_id", "third_id", "fourth_id"];
        let Some(column) = place(*dimension).and_then(|index| columns.get(index)) else { continue };
        query = if is_of_everything {
            query.sql(&format!(" AND {column} LIKE ")).value(format!("%{id}%"))
        } else {
            query.sql(&format!(" AND {column} = ")).value(id.to_string())
        };
    }
    query = query.sql(" AND (1 = 0");
    for run in question.runs() {
        query = query
            .sql(&format!(" OR (part = '{}'", <&str>::from(run.length)))
            .sql(" AND starts_on >= ")
            .value(day_number(run.from))
            .sql(" AND starts_on < ")
            .value(day_number(run.until))
            .sql(")");
    }
    let group = question.group_by.and_then(place);
    let asked = |id: &&str| {
        let is_like = |(dimension, wanted): &(Dimension, Uuid)| {
            Some(*dimension) != question.group_by || wanted.to_string() == *id
        };
        question.filter.iter().all(is_like)
    };
    let mut rows = Vec::new();
    for body in query.sql(")").texts(db).await? {
        let stored: StoredRollup<Box<RawValue>> =
            serde_json::from_str(&body).map_err(|error| bad_row(&error))?;
        match group.and_then(|index| stored.ids.get(index).cloned()) {
            // A request of two departments is in the figures of both.
            Some(ids) => {
                let stored = Arc::new(stored);
                let groups = ids.split(BETWEEN_IDS).filter(asked);
                rows.extend(groups.map(|id| (Some(id.to_owned()), stored.clone())));
            }
            None => rows.push((None, Arc::new(stored))),
        }
    }
    Ok(rows)
}
