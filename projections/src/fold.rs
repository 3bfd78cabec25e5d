//! What a projection is: a pure function that folds the events of one thing into its row. Reading,
//! caching and writing rows is done here, once for all of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use servicedesk_domain::kernel::Personal;
use servicedesk_domain::kernel::text::search_form;
use servicedesk_eventlog::bulk::{self, Cell, Column};
use servicedesk_eventlog::{Db, DbError, Recorded, Tx, in_tx, sealing};
use uuid::Uuid;

use crate::table::{self, BODY, ID, Index, PART};

/// How many rows are kept in memory between batches.
const MAX_CACHED: usize = 20_000;
/// How many rows one statement writes.
const ROWS_PER_STATEMENT: usize = 2_000;

/// Why a projection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database failed, which may pass.
    #[error(transparent)]
    Db(#[from] DbError),
    /// An event or a row is not what it must be, which does not pass.
    #[error("event {position}: {what}")]
    Unprojectable {
        /// The event's position.
        position: i64,
        /// What is wrong with it.
        what: String,
    },
    /// A stored row cannot be read or written.
    #[error("a row of {table} cannot be read or written: {what}")]
    Row {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Fault {
    /// An event that does not fit what is known of its aggregate.
    pub fn unprojectable(event: &Recorded, what: &str) -> Self {
        Self::Unprojectable { position: event.position, what: what.to_owned() }
    }

    /// Whether trying again later may help.
    pub fn may_pass(&self) -> bool {
        let Self::Db(error) = self else { return false };
        error.is_unavailable() || matches!(error, DbError::Sqlx(_))
    }
}

/// A row's place in its table: the part (empty where there is only one), and the searched columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Tells rows of one id apart.
    pub part: String,
    /// One cell per column of [`Fold::COLUMNS`].
    pub cells: Vec<Cell>,
}

/// How events make rows. Pure.
pub trait Fold: Send + Sync + 'static {
    /// The table's name, and the projection's.
    const NAME: &'static str;
    /// Raised whenever the rows that the same log gives change.
    const VERSION: i64;
    /// What queries search and order by.
    const COLUMNS: &'static [Column];
    /// Over which columns.
    const INDEXES: &'static [Index];
    /// The row of one thing.
    type Row: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync;

    /// Which thing's row the event changes, if any.
    fn key(event: &Recorded) -> Option<Uuid>;

    /// The row after the event.
    ///
    /// # Errors
    /// [`Fault::Unprojectable`] where the event cannot follow on what is known.
    fn project(row: Option<Self::Row>, event: &Recorded) -> Result<Self::Row, Fault>;

    /// The place of the row in the table. Personal data is still encrypted here.
    fn places(row: &Self::Row) -> Vec<Place>;

    /// The column that says whose the text is that the row is searched by, where it is.
    const SEARCHED_OF: Option<&'static str> = None;

    /// The text that the row is searched by, where it is.
    fn searched(_row: &Self::Row) -> Option<&Personal<String>> {
        None
    }

    /// The places of a row that is searched by this text, which is empty if its person was erased:
    /// it is the last cell of the first place.
    fn searched_by(mut places: Vec<Place>, text: &str) -> Vec<Place> {
        if let Some(cell) = places.first_mut().and_then(|place| place.cells.last_mut()) {
            *cell = search_form(text).into();
        }
        places
    }
}

/// A projection as the runner and the rebuild drive it.
pub trait Projection: Send {
    /// Its name, and its table's.
    fn name(&self) -> &'static str;
    /// The version of its rows.
    fn version(&self) -> i64;
    /// Creates its table under this name, without indexes.
    fn create<'a>(&'a self, tx: &'a mut Tx, table: &'a str) -> BoxFuture<'a, Result<(), DbError>>;
    /// Creates the table's indexes.
    fn index<'a>(
        &'a self,
        tx: &'a mut Tx,
        table: &'a str,
        build: &'a str,
    ) -> BoxFuture<'a, Result<(), DbError>>;
    /// Folds events in, reading rows that are not in memory from the table.
    fn fold<'a>(
        &'a mut self,
        db: &'a Db,
        tx: &'a mut Tx,
        table: &'a str,
        events: &'a [Arc<Recorded>],
    ) -> BoxFuture<'a, Result<(), Fault>>;
    /// Writes every changed row, each once.
    fn flush<'a>(
        &'a mut self,
        db: &'a Db,
        tx: &'a mut Tx,
        table: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>>;
    /// How many rows await writing.
    fn unwritten(&self) -> usize;
    /// Forgets all rows: what was written may have been rolled back, or written by another.
    fn forget(&mut self);
}

/// A projection that folds by `F`.
pub fn projection<F: Fold>() -> Box<dyn Projection> {
    Box::new(Folder::<F> { rows: HashMap::new(), changed: HashSet::new(), fold: PhantomData })
}

/// Reads rows as queries get them, with their personal data.
///
/// # Errors
/// [`Fault`] where one cannot be read.
pub async fn read_rows<F: Fold>(db: &Db, bodies: Vec<String>) -> Result<Vec<F::Row>, Fault> {
    let bodies = db.open_texts(bodies).await?;
    let read = |body: String| {
        let bad_row =
            |error: serde_json::Error| Fault::Row { table: F::NAME, what: error.to_string() };
        serde_json::from_str(&body).map_err(bad_row)
    };
    bodies.into_iter().map(read).collect()
}

struct Entry<R> {
    row: Option<R>,
    /// The parts under which the row is stored.
    stored: Vec<String>,
}

struct Folder<F: Fold> {
    rows: HashMap<Uuid, Entry<F::Row>>,
    changed: HashSet<Uuid>,
    fold: PhantomData<F>,
}

impl<F: Fold> Projection for Folder<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn version(&self) -> i64 {
        F::VERSION
    }

    fn create<'a>(&'a self, tx: &'a mut Tx, table: &'a str) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(table::create(tx, table, F::COLUMNS))
    }

    fn index<'a>(
        &'a self,
        tx: &'a mut Tx,
        table: &'a str,
        build: &'a str,
    ) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(table::create_indexes(tx, table, build, F::INDEXES))
    }

    fn fold<'a>(
        &'a mut self,
        db: &'a Db,
        tx: &'a mut Tx,
        table: &'a str,
        events: &'a [Arc<Recorded>],
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            self.fetch(tx, table, events).await?;
            let erased = sealing::erased_by_all(events.iter().map(Arc::as_ref));
            if !erased.is_empty() {
                // This may be a process that has not heard of it yet.
                db.forget_keys(&erased);
                self.search_again(tx, table, erased).await?;
            }
            for event in events {
                let Some(key) = F::key(event) else { continue };
                let entry =
                    self.rows.entry(key).or_insert_with(|| Entry { row: None, stored: Vec::new() });
                entry.row = Some(F::project(entry.row.take(), event)?);
                self.changed.insert(key);
            }
            Ok(())
        })
    }

    fn flush<'a>(
        &'a mut self,
        db: &'a Db,
        tx: &'a mut Tx,
        table: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let columns: Vec<Column> =
                [&[ID, PART], F::COLUMNS, &[BODY]].into_iter().flatten().copied().collect();
            let changed: Vec<Uuid> = self.changed.drain().collect();
            for chunk in changed.chunks(ROWS_PER_STATEMENT) {
                let (mut new, mut written) = (Vec::new(), Vec::new());
                let mut searched = self.searched(db, chunk).await?;
                for id in chunk {
                    let Some(entry) = self.rows.get_mut(id) else { continue };
                    let Some(row) = &entry.row else { continue };
                    let body = serde_json::to_string(row)
                        .map_err(|error| Fault::Row { table: F::NAME, what: error.to_string() })?;
                    let places = match searched.remove(id) {
                        Some(text) => {
                            F::searched_by(F::places(row), text.reveal().map_or("", |text| text))
                        }
                        None => F::places(row),
                    };
                    for gone in &entry.stored {
                        if !places.iter().any(|place| place.part == *gone) {
                            delete(tx, table, *id, gone).await?;
                        }
                    }
                    let parts = places.iter().map(|place| place.part.clone()).collect();
                    let stored = std::mem::replace(&mut entry.stored, parts);
                    let rows = if stored.is_empty() { &mut new } else { &mut written };
                    rows.extend(places.into_iter().map(|place| {
                        let mut cells = Vec::with_capacity(columns.len());
                        cells.push(Cell::from(id.to_string()));
                        cells.push(Cell::from(place.part));
                        cells.extend(place.cells);
                        cells.push(Cell::from(body.clone()));
                        cells
                    }));
                }
                bulk::insert(tx, table, &["id", "part"], &columns, new).await?;
                bulk::upsert(tx, table, &["id", "part"], &columns, written).await?;
            }
            if self.rows.len() > MAX_CACHED {
                self.rows.clear();
            }
            Ok(())
        })
    }

    fn unwritten(&self) -> usize {
        self.changed.len()
    }

    fn forget(&mut self) {
        self.rows.clear();
        self.changed.clear();
    }
}

impl<F: Fold> Folder<F> {
    /// Reads the rows that the events are about and that are not in memory. An aggregate's first
    /// event begins a row, so nothing is read for it.
    async fn fetch(
        &mut self,
        tx: &mut Tx,
        table: &str,
        events: &[Arc<Recorded>],
    ) -> Result<(), Fault> {
        let mut missing = HashSet::new();
        for event in events {
            let Some(key) = F::key(event) else { continue };
            if event.sequence == 1 && key == event.aggregate_id {
                self.rows.entry(key).or_insert_with(|| Entry { row: None, stored: Vec::new() });
            } else if !self.rows.contains_key(&key) {
                missing.insert(key);
            }
        }
        let ids: Vec<String> = missing.iter().map(Uuid::to_string).collect();
        self.read(tx, table, &ids).await
    }

    async fn read(&mut self, tx: &mut Tx, table: &str, ids: &[String]) -> Result<(), Fault> {
        if ids.is_empty() {
            return Ok(());
        }
        let bad_row = |what: String| Fault::Row { table: F::NAME, what };
        for (id, body) in bulk::bodies(tx, table, ids).await? {
            let id = Uuid::parse_str(&id).map_err(|error| bad_row(error.to_string()))?;
            let row: F::Row =
                serde_json::from_str(&body).map_err(|error| bad_row(error.to_string()))?;
            let stored = F::places(&row).into_iter().map(|place| place.part).collect();
            self.rows.insert(id, Entry { row: Some(row), stored });
        }
        Ok(())
    }

    /// The texts that those rows are searched by, opened all at once.
    async fn searched(
        &self,
        db: &Db,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Personal<String>>, Fault> {
        let (mut found, mut texts) = (Vec::new(), Vec::new());
        let bad_row =
            |error: serde_json::Error| Fault::Row { table: F::NAME, what: error.to_string() };
        for id in ids {
            let row = self.rows.get(id).and_then(|entry| entry.row.as_ref());
            if let Some(text) = row.and_then(F::searched) {
                found.push(*id);
                texts.push(serde_json::to_string(text).map_err(bad_row)?);
            }
        }
        let opened = db.open_texts(texts).await?;
        let read =
            |(id, text): (Uuid, String)| Ok((id, serde_json::from_str(&text).map_err(bad_row)?));
        found.into_iter().zip(opened).map(read).collect()
    }

    /// Rows that are searched by a text of these persons are written again, without it.
    async fn search_again(
        &mut self,
        tx: &mut Tx,
        table: &str,
        persons: BTreeSet<Uuid>,
    ) -> Result<(), Fault> {
        let Some(column) = F::SEARCHED_OF else { return Ok(()) };
        let sql = format!("SELECT DISTINCT id FROM {table} WHERE {column} = $1");
        for person in persons {
            let ids: Vec<String> = in_tx!(&mut *tx, connection => {
                sqlx::query_scalar(&sql).bind(person.to_string()).fetch_all(connection).await?
            });
            let bad_row = |what: uuid::Error| Fault::Row { table: F::NAME, what: what.to_string() };
            let parsed: Vec<Uuid> =
                ids.iter().map(|id| id.parse().map_err(bad_row)).collect::<Result<_, _>>()?;
            let is_missing =
                |id: &&String| id.parse().is_ok_and(|id: Uuid| !self.rows.contains_key(&id));
            let missing: Vec<String> = ids.iter().filter(is_missing).cloned().collect();
            self.read(tx, table, &missing).await?;
            self.changed.extend(parsed);
        }
        Ok(())
    }
}

async fn delete(tx: &mut Tx, table: &str, id: Uuid, part: &str) -> Result<(), DbError> {
    let sql = format!("DELETE FROM {table} WHERE id = $1 AND part = $2");
    in_tx!(tx, connection => {
        sqlx::query(&sql).bind(id.to_string()).bind(part).execute(connection).await?;
    });
    Ok(())
}
