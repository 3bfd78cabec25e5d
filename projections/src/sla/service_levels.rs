//! Keeps every request's clocks, and the rollups that reports are made of, in one table: what an
//! event of a request adds to the report follows from the request's row, so the two belong together.
//!
//! The rules are in `request` and `rollup`, which are pure; here rows are read, cached and written.
//! Rollups are read when they are written, so that a batch reads and writes each once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use servicedesk_eventlog::bulk::{self, Cell, Column, Kind};
use servicedesk_eventlog::{DbError, Recorded, Tx};
use strum::IntoEnumIterator;
use uuid::Uuid;

use super::request::{Entry, Request, day_number};
use super::rollup::{Rollup, Scope};
use super::span::Length;
use crate::fold::{Fault, Projection};
use crate::table::{self, BODY, ID, Index, PART};
use crate::ticket::micros;

/// The table's name, and the projection's.
pub(super) const NAME: &str = "service_levels";
/// The part of rows that are requests; rollups have the name of their length there.
pub(super) const REQUEST: &str = "request";
const VERSION: i64 = 1;
const COLUMNS: &[Column] = &[
    Column { name: "dimensions", kind: Kind::Text },
    Column { name: "first_id", kind: Kind::Text },
    Column { name: "second_id", kind: Kind::Text },
    Column { name: "starts_on", kind: Kind::Integer },
    Column { name: "next_line_at", kind: Kind::Integer },
    Column { name: "breaches_at", kind: Kind::Integer },
];
const INDEXES: &[Index] = &[
    Index { columns: "dimensions, part, starts_on", only_where: "dimensions IS NOT NULL" },
    Index { columns: "next_line_at", only_where: "next_line_at IS NOT NULL" },
    Index { columns: "breaches_at", only_where: "breaches_at IS NOT NULL" },
];
/// How many rows are kept in memory between batches.
const MOST_CACHED: usize = 20_000;
/// How many rows one statement writes.
const ROWS_PER_STATEMENT: usize = 2_000;

/// The projection as the runner and the rebuild drive it.
pub fn projection() -> Box<dyn Projection> {
    Box::new(ServiceLevels::default())
}

/// Whose figures a rollup has, and of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
        for (dimension, id) in self.scope.common.iter().flatten() {
            for part in ["/", <&str>::from(dimension), ":", &id.to_string()] {
                name.push_str(part);
            }
        }
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
    }
}

/// A rollup as it stands in the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredRollup {
    /// The first day of its span.
    pub(super) starts_on: i64,
    /// What it is of, in the order of its scope's dimensions.
    pub(super) ids: Vec<String>,
    /// The figures.
    pub(super) figures: Rollup,
}

#[derive(Default)]
struct ServiceLevels {
    requests: HashMap<Uuid, Request>,
    changed: HashSet<Uuid>,
    /// What is to be added to the rollups of days; those of months and years are made of them when
    /// they are written.
    added: HashMap<(Scope, NaiveDate), Rollup>,
    /// Rollups as they are in the table.
    rollups: HashMap<Uuid, Rollup>,
}

impl Projection for ServiceLevels {
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
        tx: &'a mut Tx,
        table: &'a str,
        events: &'a [Arc<Recorded>],
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let is_ours =
                |event: &&Arc<Recorded>| event.event.as_ticket().is_some_and(Request::is_concerned);
            let of_requests = || events.iter().filter(is_ours);
            let known = of_requests()
                .filter(|event| event.sequence > 1)
                .map(|event| event.aggregate_id)
                .filter(|id| !self.requests.contains_key(id));
            let missing: HashSet<Uuid> = known.collect();
            self.requests.extend(read::<Request>(tx, table, missing).await?);
            for event in of_requests() {
                let id = event.aggregate_id;
                let (request, entries) = Request::step(self.requests.remove(&id), event)?;
                self.requests.insert(id, request);
                self.changed.insert(id);
                for entry in &entries {
                    self.add(entry);
                }
            }
            Ok(())
        })
    }

    fn flush<'a>(&'a mut self, tx: &'a mut Tx, table: &'a str) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let changed: Vec<Uuid> = self.changed.drain().collect();
            let requests = changed.iter().filter_map(|id| self.requests.get(id));
            let mut rows = requests.map(request_row).collect::<Result<Vec<_>, _>>()?;
            let mut spans: HashMap<Key, Rollup> = HashMap::new();
            for ((scope, day), more) in self.added.drain() {
                for length in Length::iter() {
                    let starts_on = day_number(length.begin(day));
                    spans.entry(Key { scope, length, starts_on }).or_default().merge(&more);
                }
            }
            let added: HashMap<Uuid, (Key, Rollup)> =
                spans.into_iter().map(|(key, rollup)| (key.id(), (key, rollup))).collect();
            let missing = added.keys().filter(|id| !self.rollups.contains_key(id)).copied();
            let missing: HashSet<Uuid> = missing.collect();
            let found = read::<StoredRollup>(tx, table, missing).await?.into_iter();
            self.rollups.extend(found.map(|(id, stored)| (id, stored.figures)));
            for (id, (key, more)) in added {
                let rollup = self.rollups.entry(id).or_default();
                rollup.merge(&more);
                rows.push(rollup_row(id, &key, rollup)?);
            }
            let columns: Vec<Column> =
                [&[ID, PART], COLUMNS, &[BODY]].into_iter().flatten().copied().collect();
            while !rows.is_empty() {
                let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
                bulk::upsert(tx, table, &["id", "part"], &columns, rows).await?;
                rows = rest;
            }
            if self.requests.len() > MOST_CACHED {
                self.requests.clear();
            }
            if self.rollups.len() > MOST_CACHED {
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

impl ServiceLevels {
    fn add(&mut self, entry: &Entry) {
        let (day, belonging) = match entry {
            Entry::Count(count, _) => (count.day, &count.belonging),
            Entry::Level(day, belonging, _) => (*day, belonging),
        };
        for scope in Scope::all_of(belonging) {
            let rollup = self.added.entry((scope, day)).or_default();
            match entry {
                Entry::Count(count, sign) => rollup.count(count, *sign),
                Entry::Level(_, _, level) => rollup.raise(*level),
            }
        }
    }
}

fn request_row(request: &Request) -> Result<Vec<Cell>, Fault> {
    let none = || Cell::Text(None);
    Ok(vec![
        request.request_id.to_string().into(),
        REQUEST.to_owned().into(),
        none(),
        none(),
        none(),
        Cell::Integer(None),
        request.next_line_at().map(micros).into(),
        request.breaches_at().map(micros).into(),
        body(request)?,
    ])
}

fn rollup_row(id: Uuid, key: &Key, rollup: &Rollup) -> Result<Vec<Cell>, Fault> {
    let common = || key.scope.common.iter().flatten();
    let dimensions = common().map(|(dimension, _)| *dimension);
    let ids: Vec<String> = common().map(|(_, id)| id.to_string()).collect();
    let of = |index: usize| Cell::Text(ids.get(index).cloned());
    let (first, second) = (of(0), of(1));
    let stored = StoredRollup { starts_on: key.starts_on, ids, figures: rollup.clone() };
    Ok(vec![
        id.to_string().into(),
        <&str>::from(key.length).to_owned().into(),
        Scope::name(key.scope.request, dimensions).into(),
        first,
        second,
        key.starts_on.into(),
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
