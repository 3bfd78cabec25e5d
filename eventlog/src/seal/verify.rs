//! Verifying a log against its seal, event by event (A2).

use std::collections::HashMap;
use std::time::Duration;

use tlog_tiles::HASH_SIZE;
use uuid::Uuid;

use super::leaf;
use super::note::{self, Signed};
use super::outside::Outside;
use super::store::{self, Seal};
use super::tree::{Edge, WIDTH};
use crate::db::Db;
use crate::failure::DbError;
use crate::reader::{self, Row};
use crate::recorded::Position;

/// How many events are read at a time.
const BATCH: i64 = 4_096;
/// The file outside is written before the database; so often is looked whether that has caught up.
const MAX_LOOKS: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// What the log is verified against.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// The file outside the database, in which the last checkpoint is kept.
    pub outside: Outside,
    /// The public key, as the auditor has it; `None`: the one that the database's secret gives.
    pub key: Option<String>,
    /// A checkpoint that the auditor has kept, as a name and its text.
    pub kept: Option<(String, String)>,
}

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events there are.
    pub events: u64,
    /// How many of them are sealed.
    pub sealed: u64,
    /// The public key that has signed them.
    pub key: String,
}

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// The first position that is wrong; `None` if it is not one.
    pub position: Option<Position>,
    /// What is wrong.
    pub what: String,
}

/// Why a log was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Something is wrong with it.
    #[error("{0}")]
    Found(#[from] Fault),
    /// It cannot be read.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file cannot be read.
    #[error("{0}: {1}")]
    File(String, #[source] std::io::Error),
}

fn fault(position: Option<Position>, what: impl Into<String>) -> Fault {
    Fault { position, what: what.into() }
}

/// Verifies that every event is the one that was sealed, that none is missing or was added, and that
/// every checkpoint is signed and of this tree. `progress` is told how far it is, and of how much.
///
/// # Errors
/// [`VerifyError`]; `Found` with the first thing that is wrong.
pub async fn verify(
    db: &Db,
    trusted: &Trusted,
    progress: &mut (dyn FnMut(Position, Position) + Send),
) -> Result<Verified, VerifyError> {
    let seal = store::find(db).await?;
    let seal = seal.ok_or_else(|| fault(None, "the log was never sealed, or its seal is gone"))?;
    let key = trusted_key(db, trusted).await?;
    let checkpoints = checkpoints(db, trusted, &key).await?;
    let (last, head) = store::ends(db).await?;
    let mut walk = Walk::new(db, &seal, &checkpoints)?;
    let mut position = 0;
    while position < last.min(head) {
        let rows = reader::rows_after(db, position, BATCH).await?;
        let Some(end) = rows.last().map(|row| row.position) else { break };
        for row in rows.iter().take_while(|row| row.position <= head) {
            walk.take(row).await?;
        }
        position = end;
        progress(position.min(head), head);
    }
    let events = walk.finish(last, head).await?;
    let sealed = checkpoints.iter().map(|one| one.signed.size).max().unwrap_or_default();
    Ok(Verified { events, sealed, key })
}

/// The key that checkpoints have to be signed with.
async fn trusted_key(db: &Db, trusted: &Trusted) -> Result<String, VerifyError> {
    let own = store::public_key(db).await?;
    match (&trusted.key, own) {
        (None, None) => Err(fault(None, "the key that signs checkpoints is gone").into()),
        (Some(trusted), Some(own)) if *trusted != own => {
            Err(fault(None, format!("the key was replaced: it is {own}, not {trusted}")).into())
        }
        (Some(trusted), _) => Ok(trusted.clone()),
        (None, Some(own)) => Ok(own),
    }
}

/// A checkpoint, and where it is kept.
struct Kept {
    place: String,
    signed: Signed,
}

/// The checkpoints, each signed with the key.
async fn checkpoints(db: &Db, trusted: &Trusted, key: &str) -> Result<Vec<Kept>, VerifyError> {
    let path = trusted.outside.path().display().to_string();
    let open = |place: &str, text: &str| match note::open(text, key) {
        Ok(signed) => Ok(Kept { place: place.to_owned(), signed }),
        Err(wrong) => Err(fault(None, format!("the checkpoint in {place} is wrong: {wrong}"))),
    };
    let mut looks = 0;
    loop {
        looks += 1;
        let stored = store::find(db).await?.and_then(|seal| seal.checkpoint);
        let outside = trusted.outside.read();
        let outside = outside.map_err(|error| VerifyError::File(path.clone(), error))?;
        let (stored, outside) = match (stored, outside) {
            (Some(stored), Some(outside)) => {
                (open("the database", &stored)?, open(&path, &outside)?)
            }
            (Some(_), None) => return Err(fault(None, format!("{path} is missing")).into()),
            (None, Some(_)) => {
                return Err(fault(None, "the checkpoint in the database is gone").into());
            }
            (None, None) => return Err(fault(None, "no checkpoint was signed yet").into()),
        };
        let (of_db, of_file) = (stored.signed.size, outside.signed.size);
        if of_db > of_file {
            let what = format!(
                "the checkpoint in {path} is an old one: it seals {of_file} events, and the one in \
                 the database {of_db}"
            );
            return Err(fault(None, what).into());
        }
        if of_db < of_file && looks < MAX_LOOKS {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        if of_db < of_file {
            let what = format!(
                "the checkpoint in the database is an old one: it seals {of_db} events, and the one \
                 in {path} {of_file}"
            );
            return Err(fault(None, what).into());
        }
        let mut all = vec![stored, outside];
        if let Some((place, text)) = &trusted.kept {
            all.push(open(place, text)?);
        }
        all.sort_by_key(|one| one.signed.size);
        return Ok(all);
    }
}

/// What is known of the events that were read.
struct Walk<'a> {
    db: &'a Db,
    log_id: Uuid,
    /// The smallest first.
    checkpoints: &'a [Kept],
    edge: Edge,
    /// The tile with the leaf of the next event.
    tile: Vec<u8>,
    sequences: HashMap<(String, String), i64>,
    serials: HashMap<String, i64>,
    /// The first event whose leaf is not the one in the tiles. Which of both was changed, the next
    /// checkpoint tells.
    suspect: Option<Position>,
}

impl<'a> Walk<'a> {
    fn new(db: &'a Db, seal: &Seal, checkpoints: &'a [Kept]) -> Result<Self, VerifyError> {
        Ok(Self {
            db,
            log_id: seal.log_id()?,
            checkpoints,
            edge: Edge::default(),
            tile: Vec::new(),
            sequences: HashMap::new(),
            serials: HashMap::new(),
            suspect: None,
        })
    }

    fn sealed(&self) -> u64 {
        self.checkpoints.last().map_or(0, |last| last.signed.size)
    }

    /// What was found first: an event that is not the one in the tiles comes before what follows.
    fn first(&self, found: Fault) -> Fault {
        match self.suspect {
            Some(suspect) => fault(Some(suspect), changed(suspect)),
            None => found,
        }
    }

    async fn take(&mut self, row: &Row) -> Result<(), VerifyError> {
        let at = row.position;
        let expected = i64::try_from(self.edge.size()).unwrap_or(i64::MAX) + 1;
        if at != expected {
            let what = format!("event {expected} is missing");
            return Err(self.first(fault(Some(expected), what)).into());
        }
        let index = self.edge.size();
        if index.is_multiple_of(WIDTH) {
            self.tile = store::tile(self.db, 0, index / WIDTH).await?.unwrap_or_default();
        }
        let leaf = leaf::hash(self.log_id, row);
        let start = usize::try_from(index % WIDTH).unwrap_or_default() * HASH_SIZE;
        match self.tile.get(start..start + HASH_SIZE) {
            Some(sealed) if sealed == leaf.0 => {}
            Some(_) => self.suspect = self.suspect.or(Some(at)),
            None if index >= self.sealed() => {}
            None => {
                let what = format!("the hash of event {at} is gone from log_tiles");
                return Err(self.first(fault(Some(at), what)).into());
            }
        }
        // What was sealed is what was recorded, so that is told first.
        if let Some(wrong) = self.out_of_order(row) {
            return Err(self.first(fault(Some(at), wrong)).into());
        }
        for full in self.edge.push(leaf) {
            let stored = store::tile(self.db, full.level, full.n).await?;
            if full.level > 0 && stored.is_none_or(|stored| stored != full.hashes) {
                let what = format!("the tile {}/{} is not that of the events", full.level, full.n);
                return Err(self.first(fault(None, what)).into());
            }
        }
        self.compare_roots()
    }

    /// What is wrong with the numbers and names of an event, whether or not it is sealed.
    fn out_of_order(&mut self, row: &Row) -> Option<String> {
        let Row { position, aggregate_type, aggregate_id, sequence, .. } = row;
        let is_id = Uuid::parse_str(aggregate_id).is_ok_and(|id| id.to_string() == *aggregate_id);
        if !is_id {
            return Some(format!("event {position} is of {aggregate_id:?}, which is no id"));
        }
        let key = (aggregate_type.clone(), aggregate_id.clone());
        let last = self.sequences.entry(key).or_default();
        *last += 1;
        if sequence != last {
            return Some(format!(
                "event {position} is number {sequence} of its {aggregate_type}, not {last}"
            ));
        }
        if let Some(serial) = row.serial {
            let last = self.serials.entry(aggregate_type.clone()).or_default();
            *last += 1;
            if serial != *last {
                return Some(format!(
                    "event {position} begins {aggregate_type} {serial}, not {last}"
                ));
            }
        }
        None
    }

    /// Compares the tree with the checkpoints of its size.
    fn compare_roots(&self) -> Result<(), VerifyError> {
        let size = self.edge.size();
        for one in self.checkpoints.iter().filter(|one| one.signed.size == size) {
            let is_root = self.edge.root() == Some(one.signed.root);
            let found = match (is_root, self.suspect) {
                (true, None) => continue,
                (true, Some(at)) => {
                    fault(Some(at), format!("the hash of event {at} in log_tiles was changed"))
                }
                (false, Some(at)) => fault(Some(at), changed(at)),
                (false, None) => fault(
                    None,
                    format!(
                        "the first {size} events are not those that the checkpoint in {} seals, and \
                         the tree was changed to fit them",
                        one.place
                    ),
                ),
            };
            return Err(found.into());
        }
        Ok(())
    }

    /// What can be said only when all events were read; gives how many there are.
    async fn finish(self, last: Position, head: Position) -> Result<u64, VerifyError> {
        let events = self.edge.size();
        let next = i64::try_from(events).unwrap_or(i64::MAX) + 1;
        let found = if self.suspect.is_some() {
            Some(String::new())
        } else if events < self.sealed() {
            Some(format!("the log ends before event {next}, and {} were sealed", self.sealed()))
        } else if last < head {
            Some(format!("the log ends before event {next}, and {head} were recorded"))
        } else if last > head {
            Some(format!("event {next} was not recorded by the service"))
        } else {
            None
        };
        if let Some(what) = found {
            return Err(self.first(fault(Some(next), what)).into());
        }
        for tile in self.edge.partial() {
            let stored = store::tile(self.db, tile.level, tile.n).await?.unwrap_or_default();
            let is_same = tile.hashes.starts_with(&stored) || stored.starts_with(&tile.hashes);
            if !is_same {
                let what = format!("the tile {}/{} is not that of the events", tile.level, tile.n);
                return Err(fault(None, what).into());
            }
        }
        Ok(events)
    }
}

fn changed(position: Position) -> String {
    format!("event {position} is not the one that was sealed")
}
