//! Sealing: the tree grows with the log, and its root is signed. One process at a time does it. Two
//! that believe they have the turn write the same tiles, and only one of them puts its checkpoint into
//! the file outside the database.

use std::time::Duration;

use tlog_tiles::{check_tree, prove_tree};

use super::leaf;
use super::note::{self, SealKey, Signed};
use super::outside::Outside;
use super::store::{self, Seal};
use super::tree::Edge;
use crate::db::Db;
use crate::failure::DbError;
use crate::reader;
use crate::turn::TurnTo;

/// How often the log is looked at.
const PAUSE: Duration = Duration::from_millis(500);
/// How many events are read at a time.
const BATCH: i64 = 2_048;

/// What to do about a log that contradicts what was signed.
const ADVICE: &str = "after a backup was put back on purpose, begin a new series with \
     `servicedesk audit new-origin`; else somebody has changed the log, see docs/audit.md";

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The file outside the database cannot be used.
    #[error("the file {0} of the last checkpoint cannot be used: {1}")]
    File(String, #[source] std::io::Error),
    /// The log, its tree or its key contradict what was signed before.
    #[error("the log is not sealed any further: {0}")]
    Refused(String),
}

/// Seals a log, step by step.
#[derive(Debug)]
pub struct Sealer {
    db: Db,
    outside: Outside,
    /// The tree as it is stored; `None` where that has to be read.
    edge: Option<Edge>,
}

impl Sealer {
    /// A sealer of this log, which keeps the last checkpoint in this file.
    pub const fn new(db: Db, outside: Outside) -> Self {
        Self { db, outside, edge: None }
    }

    /// Seals what is new, again and again, for as long as the process lives, whenever it is this
    /// process's turn.
    pub async fn run(mut self) {
        let mut said = None;
        loop {
            if let Err(error) = self.take_turn(&mut said).await {
                tracing::error!(%error, "sealing waits for its turn");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn take_turn(&mut self, said: &mut Option<String>) -> Result<(), DbError> {
        let _turn = self.db.turn(TurnTo::Seal).await?;
        loop {
            match self.step().await {
                Ok(_) => *said = None,
                // A connection that failed may have been the one with the turn.
                Err(SealError::Db(error)) if error.is_unavailable() => return Err(error),
                Err(error) => {
                    let message = error.to_string();
                    if said.as_ref() != Some(&message) {
                        tracing::error!(%error, "the log is not sealed");
                        metrics::counter!("servicedesk_seal_failures").increment(1);
                        *said = Some(message);
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Seals what is new, and gives how many events are sealed. What is refused is also kept in the
    /// database, for all to see.
    ///
    /// # Errors
    /// [`SealError`]; then nothing was signed.
    pub async fn step(&mut self) -> Result<u64, SealError> {
        let sealed = self.seal().await;
        if let Err(error) = &sealed {
            self.edge = None;
            let is_away = matches!(error, SealError::Db(error) if error.is_unavailable());
            if !is_away && let Err(unkept) = self.keep_fault(&error.to_string()).await {
                tracing::error!(error = %unkept, "why the log is not sealed cannot be kept");
            }
        }
        sealed
    }

    async fn keep_fault(&self, fault: &str) -> Result<(), DbError> {
        let known = store::find(&self.db).await?.and_then(|seal| seal.fault);
        if known.as_deref() != Some(fault) {
            store::keep_fault(&self.db, Some(fault)).await?;
        }
        Ok(())
    }

    async fn seal(&mut self) -> Result<u64, SealError> {
        let seal = store::begin(&self.db).await?;
        let key = store::key(&self.db, &seal.origin).await?;
        let mut edge = match self.edge.take() {
            Some(edge) => edge,
            None => store::edge(&self.db).await?,
        };
        self.grow(&seal, &mut edge).await?;
        let kept = self.read_outside().await?;
        let last = self.last_signed(&seal, &key, kept.as_deref())?;
        let size = edge.size();
        if let Some(last) = last.filter(|last| last.size > size) {
            // Another process may have sealed what was recorded since this one looked.
            if reader::head(&self.db).await?.unsigned_abs() < last.size {
                return Err(shorter(size, last.size));
            }
            self.edge = Some(edge);
            return Ok(size);
        }
        let Some(root) = edge.root() else { return self.sealed(edge, &seal, None).await };
        let tree = Signed { size, root };
        if let Some(last) = last {
            self.prove(last, tree).await?;
            if last.size == size {
                return self.sealed(edge, &seal, kept).await;
            }
        }
        let checkpoint = key.sign(size, root)?;
        if self.swap_outside(kept, checkpoint.clone()).await? {
            return self.sealed(edge, &seal, Some(checkpoint)).await;
        }
        // Another process was faster; the next step goes on from what it signed.
        Ok(size)
    }

    /// Keeps in the database what is kept outside of it, and what is known of the tree.
    async fn sealed(
        &mut self,
        edge: Edge,
        seal: &Seal,
        checkpoint: Option<String>,
    ) -> Result<u64, SealError> {
        match checkpoint {
            Some(checkpoint) if seal.checkpoint.as_ref() != Some(&checkpoint) => {
                store::keep_checkpoint(&self.db, &checkpoint).await?;
            }
            _ if seal.fault.is_some() => store::keep_fault(&self.db, None).await?,
            _ => {}
        }
        let size = edge.size();
        self.edge = Some(edge);
        Ok(size)
    }

    /// Adds the events that are new to the tree.
    async fn grow(&self, seal: &Seal, edge: &mut Edge) -> Result<(), SealError> {
        let log_id = seal.log_id()?;
        let head = reader::head(&self.db).await?;
        if head.unsigned_abs() < edge.size() {
            return Err(shorter(head.unsigned_abs(), edge.size()));
        }
        while edge.size() < head.unsigned_abs() {
            let before = i64::try_from(edge.size()).unwrap_or(i64::MAX);
            let rows = reader::rows_after(&self.db, before, BATCH.min(head - before)).await?;
            if rows.is_empty() {
                return Err(DbError::Damaged(format!("event {} is missing", before + 1)).into());
            }
            let mut tiles = Vec::new();
            for (expected, row) in (before + 1..).zip(&rows) {
                if row.position != expected {
                    return Err(DbError::Damaged(format!("event {expected} is missing")).into());
                }
                tiles.extend(edge.push(leaf::hash(log_id, row)));
            }
            tiles.extend(edge.partial());
            store::keep_tiles(&self.db, &tiles).await?;
        }
        Ok(())
    }

    /// The last checkpoint, as it is kept outside the database; `None` before the first.
    fn last_signed(
        &self,
        seal: &Seal,
        key: &SealKey,
        kept: Option<&str>,
    ) -> Result<Option<Signed>, SealError> {
        let path = self.outside.path().display();
        let Some(kept) = kept else {
            return match seal.checkpoint {
                None => Ok(None),
                Some(_) => Err(SealError::Refused(format!(
                    "{path} is missing, which keeps the last checkpoint outside the database; put \
                     it back"
                ))),
            };
        };
        let public = key.public();
        let last = note::open(kept, &public).map_err(|wrong| {
            SealError::Refused(format!(
                "the checkpoint in {path} is not of this log and its key: {wrong}; {ADVICE}"
            ))
        })?;
        if let Some(stored) = &seal.checkpoint {
            let stored = note::open(stored, &public).map_err(|wrong| {
                SealError::Refused(format!("the checkpoint in the database is wrong: {wrong}"))
            })?;
            if stored.size > last.size || (stored.size == last.size && stored.root != last.root) {
                return Err(SealError::Refused(format!(
                    "the checkpoint in {path} is not the last one: it seals {} events, and the one \
                     in the database {}; {ADVICE}",
                    last.size, stored.size
                )));
            }
        }
        Ok(Some(last))
    }

    /// Proves that the tree contains the one that was signed last.
    async fn prove(&self, last: Signed, tree: Signed) -> Result<(), SealError> {
        let is_consistent = if tree.size == last.size {
            tree.root == last.root
        } else {
            let prove = |tiles: &store::Tiles| prove_tree(tree.size, last.size, tiles);
            let proof = store::ask(&self.db, prove).await?;
            check_tree(&proof, tree.size, tree.root, last.size, last.root).is_ok()
        };
        if is_consistent {
            return Ok(());
        }
        Err(SealError::Refused(format!(
            "the first {} events are not those that were sealed; {ADVICE}",
            last.size
        )))
    }

    async fn read_outside(&self) -> Result<Option<String>, SealError> {
        let outside = self.outside.clone();
        self.on_file(move || outside.read()).await
    }

    async fn swap_outside(&self, from: Option<String>, to: String) -> Result<bool, SealError> {
        let outside = self.outside.clone();
        self.on_file(move || outside.swap(from.as_deref(), &to)).await
    }

    async fn on_file<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, SealError> {
        let done = tokio::task::spawn_blocking(work).await;
        let done = done.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        done.map_err(|error| SealError::File(self.outside.path().display().to_string(), error))
    }

    /// Begins a new series of checkpoints under another name, as after a backup was put back. The
    /// last checkpoint of the old one is kept beside the file, under the old name.
    ///
    /// # Errors
    /// [`SealError`], if the name is none, is the old one, or nothing can be written.
    pub async fn begin_again(&mut self, origin: &str) -> Result<(), SealError> {
        let seal = store::begin(&self.db).await?;
        if !signed_note::is_key_name_valid(origin) || origin.chars().any(char::is_control) {
            let message = format!("{origin:?} is no name of a log: no spaces, no plus sign");
            return Err(SealError::Refused(message));
        }
        if seal.origin == origin {
            return Err(SealError::Refused(format!("the log is called {origin} already")));
        }
        let (outside, suffix) = (self.outside.clone(), seal.origin.replace(['/', '\\'], "-"));
        self.on_file(move || outside.put_aside(&suffix)).await?;
        store::rename(&self.db, origin).await?;
        self.edge = None;
        Ok(())
    }
}

fn shorter(events: u64, sealed: u64) -> SealError {
    SealError::Refused(format!("the log has {events} events, and {sealed} were sealed; {ADVICE}"))
}
