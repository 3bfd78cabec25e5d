//! Keeps every request's clocks, and the rollups that reports are made of, in one table: what an
//! event of a request adds to the report follows from the request's row, so the two belong together.
//!
//! The rules are in `request` and `rollup`, which are pure; here rows are read, cached and written.
//! Rollups are read when they are written, so that a batch reads and writes each once.

use std::collections::{HashMap, HashSet, hash_map};
use std::sync::Arc;

use chrono::NaiveDate;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use servicedesk_eventlog::bulk::{self, Cell, Column, Kind};
use servicedesk_eventlog::{Db, DbError, Recorded, Tx};
use uuid::Uuid;

use super::request::{Belonging, Change, Level, Request, day_number};
use super::rollup::{Dimension, Rollup, Scope};
use super::span::Length;
use crate::fold::{Fault, Projection};
use crate::table::{self, BODY, ID, Index, PART};
use crate::ticket::micros;

/// The table's name, and the projection's.
pub(super) const NAME: &str = "service_levels";
/// The part of rows that are requests; rollups have the name of their length there.
pub(super) const REQUEST: &str = "request";
const VERSION: i64 = 3;
const COLUMNS: &[Column] = &[
    Column { name: "dimensions", kind: Kind::Text },
    Column { name: "first_id", kind: Kind::Text },
    Column { name: "second_id", kind: Kind::Text },
    Column { name: "third_id", kind: Kind::Text },
    Column { name: "fourth_id", kind: Kind::Text },
    Column { name: "starts_on", kind: Kind::Integer },
    Column { name: "brief", kind: Kind::Text },
    Column { name: "next_line_at", kind: Kind::Integer },
    Column { name: "breaches_at", kind: Kind::Integer },
];
const INDEXES: &[Index] = &[
    Index { columns: "dimensions, part, starts_on", only_where: "dimensions IS NOT NULL" },
    Index { columns: "next_line_at", only_where: "next_line_at IS NOT NULL" },
    Index { columns: "breaches_at", only_where: "breaches_at IS NOT NULL" },
];
/// How many rows are kept in memory between batches.
const MAX_CACHED: usize = 20_000;
/// How many rows one statement writes.
const ROWS_PER_STATEMENT: usize = 2_000;

/// The projection as the runner and the rebuild drive it.
pub fn projection() -> Box<dyn Projection> {
    Box::new(ServiceLevelRow::default())
}

/// Whose figures a rollup has, and of when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    scope: Scope,
    length: Length,
    starts_on: i64,
}

impl Key {
    /// The row's id, which follows from what it is of.
    fn id(&self) -> Uuid {
        let (request, length) = (self.scope.request, <&str>::from(self.length));
        let mut name = format!("{request}/{length}/{}", self.starts_on);
        for (dimension, ids) in self.scope.parts() {
            for part in ["/", <&str>::from(dimension), ":", &ids] {
                name.push_str(part);
            }
        }
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
    }
}

/// A rollup as stored in the table, `F` being its figures but the level.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredRollup<F> {
    /// The first day of its span.
    pub(super) starts_on: i64,
    /// What it is of, in the order of its scope's dimensions; several ids have
    /// [`BETWEEN_IDS`](super::rollup::BETWEEN_IDS) between them.
    pub(super) ids: Vec<String>,
    /// By how much there are more at the end than at the beginning.
    #[serde(default, skip_serializing_if = "Level::is_zero")]
    pub(super) level: Level,
    /// The figures; left out of the column `brief`, for readers who ask for the level alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) figures: Option<F>,
}

/// A rollup with its row's id, which is worth remembering.
struct Known {
    id: Uuid,
    rollup: Rollup,
    is_stored: bool,
}

/// A request, and whether the table has it.
struct Held {
    request: Request,
    is_stored: bool,
}

#[derive(Default)]
struct ServiceLevelRow {
    requests: HashMap<Uuid, Held>,
    changed: HashSet<Uuid>,
    /// What is to be added to the rollups of everything that such requests belong to. Which those
    /// are is asked when they are written, when much has come together.
    added: HashMap<(Belonging, NaiveDate), Rollup>,
    /// Rollups as they are in the table.
    rollups: HashMap<Key, Known>,
}

/// Rows to write: those that the table has not, and those that it has.
#[derive(Default)]
struct Rows {
    new: Vec<Vec<Cell>>,
    stored: Vec<Vec<Cell>>,
}

impl Rows {
    const fn of(&mut self, is_stored: bool) -> &mut Vec<Vec<Cell>> {
        if is_stored { &mut self.stored } else { &mut self.new }
    }
}

fn in_chunks(mut rows: Vec<Vec<Cell>>) -> impl Iterator<Item = Vec<Vec<Cell>>> {
    std::iter::from_fn(move || {
        let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
        let chunk = std::mem::replace(&mut rows, rest);
        (!chunk.is_empty()).then_some(chunk)
    })
}

impl Projection for ServiceLevelRow {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> i64 {
        VERSION
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, table: &'a str) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(table::create(tx, table, COLUMNS))
    }

    fn index<'a>(
        &'a self,
        tx: &'a mut Tx,
        table: &'a str,
        build: &'a str,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(table::create_indexes(tx, table, build, INDEXES))
    }

    fn fold<'a>(
        &'a mut self,
        _db: &'a Db,
        tx: &'a mut Tx,
        table: &'a str,
        events: &'a [Arc<Recorded>],
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let is_ours = |event: &&Arc<Recorded>| Request::is_concerned(&event.event);
            let of_requests = || events.iter().filter(is_ours);
            let begun = of_requests().filter(|event| event.sequence == 1);
            let begun: HashSet<Uuid> = begun.map(|event| event.aggregate_id).collect();
            let ids = of_requests().map(|event| event.aggregate_id);
            let is_missing = |id: &Uuid| !begun.contains(id) && !self.requests.contains_key(id);
            let missing: HashSet<Uuid> = ids.filter(is_missing).collect();
            let found = read::<Request>(tx, table, missing).await?.into_iter();
            self.requests
                .extend(found.map(|(id, request)| (id, Held { request, is_stored: true })));
            for event in of_requests() {
                let id = event.aggregate_id;
                let entries = match self.requests.entry(id) {
                    hash_map::Entry::Occupied(held) => held.into_mut().request.step(event)?,
                    hash_map::Entry::Vacant(place) => {
                        let request = Request::opened(event)?;
                        place.insert(Held { request, is_stored: false }).request.step(event)?
                    }
                };
                self.changed.insert(id);
                for entry in entries {
                    let rollup = self.added.entry((entry.belonging, entry.day)).or_default();
                    match entry.change {
                        Change::Count(count, sign) => rollup.count(&count, sign),
                        Change::Level(level) => rollup.raise(level),
                    }
                }
            }
            Ok(())
        })
    }

    fn flush<'a>(
        &'a mut self,
        _db: &'a Db,
        tx: &'a mut Tx,
        table: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut rows = Rows::default();
            for id in self.changed.drain() {
                let Some(held) = self.requests.get_mut(&id) else { continue };
                let is_stored = std::mem::replace(&mut held.is_stored, true);
                rows.of(is_stored).push(request_row(&held.request)?);
            }
            let added = by_span(self.added.drain());
            self.read_rollups(tx, table, added.keys()).await?;
            for (key, more) in added {
                let new = || Known { id: key.id(), rollup: Rollup::default(), is_stored: false };
                let known = self.rollups.entry(key.clone()).or_insert_with(new);
                known.rollup.merge(&more);
                let is_stored = std::mem::replace(&mut known.is_stored, true);
                rows.of(is_stored).push(rollup_row(&key, known)?);
            }
            let columns: Vec<Column> =
                [&[ID, PART], COLUMNS, &[BODY]].into_iter().flatten().copied().collect();
            for chunk in in_chunks(rows.new) {
                bulk::insert(tx, table, &["id", "part"], &columns, chunk).await?;
            }
            for chunk in in_chunks(rows.stored) {
                bulk::upsert(tx, table, &["id", "part"], &columns, chunk).await?;
            }
            if self.requests.len() > MAX_CACHED {
                self.requests.clear();
            }
            if self.rollups.len() > MAX_CACHED {
                self.rollups.clear();
            }
            Ok(())
        })
    }

    fn unwritten(&self) -> usize {
        self.changed.len() + self.added.len()
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

impl ServiceLevelRow {
    /// Reads those rollups that are in the table and not in memory.
    async fn read_rollups(
        &mut self,
        tx: &mut Tx,
        table: &str,
        keys: impl Iterator<Item = &Key>,
    ) -> Result<(), Fault> {
        let unknown = keys.filter(|key| !self.rollups.contains_key(key));
        let mut unknown: HashMap<Uuid, Key> = unknown.map(|key| (key.id(), key.clone())).collect();
        let ids = unknown.keys().copied().collect();
        for (id, stored) in read::<StoredRollup<Rollup>>(tx, table, ids).await? {
            if let Some(key) = unknown.remove(&id) {
                let figures = stored.figures.ok_or_else(|| bad_row(&"it has no figures"))?;
                let rollup = Rollup { level: stored.level, ..figures };
                self.rollups.insert(key, Known { id, rollup, is_stored: true });
            }
        }
        Ok(())
    }
}

/// What is to be added to each rollup: of days first, and of months and years what their days add
/// up to.
fn by_span(added: impl Iterator<Item = ((Belonging, NaiveDate), Rollup)>) -> HashMap<Key, Rollup> {
    let mut days: HashMap<(Scope, NaiveDate), Rollup> = HashMap::new();
    for ((belonging, day), more) in added {
        for scope in Scope::all_of(&belonging) {
            days.entry((scope, day)).or_default().merge(&more);
        }
    }
    let sum = |shorter: &HashMap<(Scope, NaiveDate), Rollup>, length: Length| {
        let mut longer: HashMap<(Scope, NaiveDate), Rollup> = HashMap::new();
        for ((scope, day), more) in shorter {
            longer.entry((scope.clone(), length.begin(*day))).or_default().merge(more);
        }
        longer
    };
    let months = sum(&days, Length::Month);
    let years = sum(&months, Length::Year);
    let spans = [(Length::Day, days), (Length::Month, months), (Length::Year, years)];
    let keyed = |(length, rollups): (Length, HashMap<(Scope, NaiveDate), Rollup>)| {
        rollups.into_iter().map(move |((scope, begin), rollup)| {
            (Key { scope, length, starts_on: day_number(begin) }, rollup)
        })
    };
    spans.into_iter().flat_map(keyed).collect()
}

fn request_row(request: &Request) -> Result<Vec<Cell>, Fault> {
    let none = || Cell::Text(None);
    Ok(vec![
        request.request_id.to_string().into(),
        REQUEST.to_owned().into(),
        none(),
        none(),
        none(),
        none(),
        none(),
        Cell::Integer(None),
        none(),
        request.next_line_at().map(micros).into(),
        request.breaches_at().map(micros).into(),
        body(request)?,
    ])
}

fn rollup_row(key: &Key, known: &Known) -> Result<Vec<Cell>, Fault> {
    let (dimensions, ids): (Vec<Dimension>, Vec<String>) = key.scope.parts().into_iter().unzip();
    let of = |index: usize| Cell::Text(ids.get(index).cloned());
    let [first, second, third, fourth] = [of(0), of(1), of(2), of(3)];
    let level = known.rollup.level;
    let mut stored = StoredRollup { starts_on: key.starts_on, ids, level, figures: None };
    let brief = if level.is_zero() { Cell::Text(None) } else { body(&stored)? };
    stored.figures = Some(&known.rollup);
    Ok(vec![
        known.id.to_string().into(),
        <&str>::from(key.length).to_owned().into(),
        Scope::name(key.scope.request, dimensions.into_iter()).into(),
        first,
        second,
        third,
        fourth,
        key.starts_on.into(),
        brief,
        Cell::Integer(None),
        Cell::Integer(None),
        body(&stored)?,
    ])
}

fn body(row: &impl Serialize) -> Result<Cell, Fault> {
    let text = serde_json::to_string(row).map_err(|error| bad_row(&error))?;
    Ok(text.into())
}

async fn read<R: DeserializeOwned>(
    tx: &mut Tx,
    table: &str,
    ids: HashSet<Uuid>,
) -> Result<Vec<(Uuid, R)>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let found = bulk::bodies(tx, table, &ids).await?.into_iter();
    let parse = |(id, body): (String, String)| {
        let id = Uuid::parse_str(&id).map_err(|error| bad_row(&error))?;
        Ok((id, serde_json::from_str(&body).map_err(|error| bad_row(&error))?))
    };
    found.map(parse).collect()
}

pub(super) fn bad_row(error: &dyn std::fmt::Display) -> Fault {
    Fault::Row { table: NAME, what: error.to_string() }
}
