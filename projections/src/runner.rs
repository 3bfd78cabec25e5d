//! Keeps every projection at the head of the log.
//!
//! Any process may run the projections; in each batch it proves again that it may, by holding the
//! checkpoints' locks. A fault stops the projection at fault: it is recorded, shown by `status`,
//! health and metrics, and stays until an operator rebuilds the projection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use servicedesk_eventlog::checkpoint::{self, Checkpoint};
use servicedesk_eventlog::{Db, DbError, Log, Position, TurnTo};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::fold::{Fault, Projection};

/// How many events one transaction projects.
const BATCH: usize = 2_000;
/// How often the checkpoints are looked at when nothing is heard.
const POLL: Duration = Duration::from_secs(1);
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);
/// How long a step may take.
const MAX_STEP: Duration = Duration::from_mins(1);
/// How often a waiting reader looks at what another process has projected.
const READER_POLL: Duration = Duration::from_millis(10);
/// For how long catching up waits for somebody else who holds a checkpoint.
const LONGEST_CATCH_UP: Duration = Duration::from_secs(30);

/// Drives the projections of one process.
pub struct Runner {
    log: Log,
    projections: Vec<Box<dyn Projection>>,
    /// Where this process left each projection; rows in memory are good only there.
    left_at: BTreeMap<&'static str, Position>,
    positions: Positions,
    batch: usize,
}

/// Tells readers how far the projections are.
#[derive(Debug, Clone)]
pub struct Positions {
    db: Db,
    /// The projections of this version; those of another hold nobody back.
    names: Arc<[&'static str]>,
    /// The least position that every projection has reached, as far as this process knows.
    reached: Arc<watch::Sender<Position>>,
    /// When this process last looked at what others have done, so that its many readers look once.
    looked_at: Arc<Mutex<Option<Instant>>>,
}

/// A reader waited in vain: the projections did not come as far in the time allowed.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// They are behind.
    #[error("the read models are at {reached} and not yet at {asked}")]
    Behind {
        /// Where they are.
        reached: Position,
        /// Where they were to be.
        asked: Position,
    },
    /// It cannot be known.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Positions {
    /// Tells how far those followers of the log are, by their checkpoints' names.
    pub fn of(db: Db, names: Arc<[&'static str]>) -> Self {
        Self { db, names, reached: Arc::default(), looked_at: Arc::default() }
    }

    /// Waits until every projection has reached `position`, at most for `patience`.
    ///
    /// # Errors
    /// [`WaitError::Behind`] when the time is over.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> Result<(), WaitError> {
        let mut reached = self.reached.subscribe();
        let deadline = Instant::now() + patience;
        loop {
            if *reached.borrow_and_update() >= position {
                return Ok(());
            }
            tokio::select! {
                // The sender lives as long as `self`, so this only fails with nothing to wait for.
                changed = reached.changed() => if changed.is_err() { return Ok(()) },
                () = tokio::time::sleep(READER_POLL) => {
                    if self.is_time_to_look() {
                        self.look().await?;
                    }
                }
                () = tokio::time::sleep_until(deadline) => {
                    let reached = *reached.borrow();
                    return Err(WaitError::Behind { reached, asked: position });
                }
            }
        }
    }

    /// The least position that every projection has reached, as far as this process knows.
    pub fn reached(&self) -> Position {
        *self.reached.borrow()
    }

    /// Follows that position.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.reached.subscribe()
    }

    /// Whether no reader of this process has looked in the last moments.
    fn is_time_to_look(&self) -> bool {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = looked_at.is_none_or(|last| last.elapsed() >= READER_POLL);
        if is_time {
            *looked_at = Some(Instant::now());
        }
        is_time
    }

    /// Looks at what this or another process has projected.
    async fn look(&self) -> Result<(), DbError> {
        let mut checkpoints = checkpoint::all(&self.db).await?;
        checkpoints.retain(|found| self.names.contains(&found.name.as_str()));
        self.reach(least(&checkpoints));
        Ok(())
    }

    /// Tells readers that they have all come to a position.
    pub fn reach(&self, position: Position) {
        self.reached.send_if_modified(|known| {
            let is_news = position > *known;
            if is_news {
                *known = position;
            }
            is_news
        });
    }
}

/// The least position among those checkpoints; a projection at fault holds nobody else back.
fn least(checkpoints: &[Checkpoint]) -> Position {
    let sound = checkpoints.iter().filter(|checkpoint| checkpoint.fault.is_none());
    sound.map(|checkpoint| checkpoint.position).min().unwrap_or(0)
}

impl Runner {
    /// Creates what is missing, rebuilds what an older version built, and gives a runner.
    ///
    /// # Errors
    /// [`Fault`] if a table cannot be made or a rebuild fails.
    pub async fn prepare(log: Log, projections: Vec<Box<dyn Projection>>) -> Result<Self, Fault> {
        if !create_missing(log.db(), &projections).await?.is_empty() {
            let _turn = log.db().turn(TurnTo::Rebuild).await?;
            // Another process of this version may have rebuilt them while this one waited.
            let outdated = create_missing(log.db(), &projections).await?;
            if !outdated.is_empty() {
                tracing::info!(projections = ?outdated, "rebuilding for this version");
                crate::rebuild::build(&log, &outdated, &mut |_, _| {}).await?;
            }
        }
        let names = projections.iter().map(|one| one.name()).collect();
        let positions = Positions::of(log.db().clone(), names);
        positions.look().await?;
        Ok(Self { log, projections, left_at: BTreeMap::new(), positions, batch: BATCH })
    }

    /// Sets how many events one transaction projects, which tests vary.
    #[must_use]
    pub fn with_batch(mut self, batch: usize) -> Self {
        self.batch = batch.max(1);
        self
    }

    /// Where readers wait for the projections.
    pub fn positions(&self) -> Positions {
        self.positions.clone()
    }

    /// Projects for as long as the process lives.
    pub async fn run(mut self) {
        let mut head = self.log.watch();
        loop {
            match self.step().await {
                Ok(0) => {
                    // Both ways of waking lead to the same next step.
                    drop(tokio::time::timeout(POLL, head.changed()).await);
                }
                Ok(_) => {}
                Err(fault) => {
                    tracing::error!(%fault, "projecting failed");
                    metrics::counter!("servicedesk_projection_failures").increment(1);
                    tokio::time::sleep(PAUSE_AFTER_FAULT).await;
                }
            }
        }
    }

    /// Projects until every sound projection is at the head that the log has now.
    ///
    /// # Errors
    /// [`Fault`] if the database fails.
    pub async fn catch_up(&mut self) -> Result<(), Fault> {
        let head = self.log.head();
        let deadline = Instant::now() + LONGEST_CATCH_UP;
        loop {
            while self.step().await? > 0 {}
            // Another process that holds a checkpoint's lock is about to move it, or to give it back.
            let found = checkpoint::all(self.log.db()).await?;
            let is_behind = |one: &&Checkpoint| {
                one.fault.is_none() && one.position < head && self.is_one_of_ours(one)
            };
            if !found.iter().any(|one| is_behind(&one)) || Instant::now() > deadline {
                return Ok(());
            }
            tokio::time::sleep(READER_POLL).await;
        }
    }

    fn is_one_of_ours(&self, found: &Checkpoint) -> bool {
        let is_it =
            |one: &dyn Projection| one.name() == found.name && one.version() == found.version;
        self.projections.iter().map(AsRef::as_ref).any(is_it)
    }

    /// Projects one batch, and gives how many events it had.
    ///
    /// # Errors
    /// [`Fault`] of the database; a fault of one projection is recorded and stops only that one.
    pub async fn step(&mut self) -> Result<usize, Fault> {
        // The least common step is one transaction for all; where it fails, each goes alone, so
        // that the one at fault shows.
        let names: Vec<&'static str> = self.projections.iter().map(|one| one.name()).collect();
        let db = self.log.db().clone();
        match db.answered(MAX_STEP, Box::pin(self.project(&names))).await {
            Ok(count) => Ok(count),
            Err(fault) if fault.may_pass() => {
                self.forget();
                Err(fault)
            }
            Err(_) => {
                self.forget();
                self.project_each(&names).await
            }
        }
    }

    async fn project_each(&mut self, names: &[&'static str]) -> Result<usize, Fault> {
        let mut most = 0;
        for name in names {
            match self.project(&[name]).await {
                Ok(count) => most = most.max(count),
                Err(fault) if fault.may_pass() => return Err(fault),
                Err(fault) => {
                    tracing::error!(projection = name, %fault, "a projection stopped");
                    checkpoint::record_fault(self.log.db(), name, &fault.to_string()).await?;
                    self.forget();
                }
            }
        }
        Ok(most)
    }

    /// Projects the next events onto those of the named projections that are furthest behind.
    async fn project(&mut self, names: &[&'static str]) -> Result<usize, Fault> {
        if self.is_idle(names) {
            return Ok(0);
        }
        let projection_count = self.projections.len();
        let db = self.log.db().clone();
        let mut tx = db.begin_projection().await?;
        let mut checkpoints = checkpoint::lock_free(&mut tx).await?;
        checkpoints.retain(|found| self.positions.names.contains(&found.name.as_str()));
        let mut ours: Vec<(&mut Box<dyn Projection>, Position)> = Vec::new();
        for one in &mut self.projections {
            let is_ours = |checkpoint: &&Checkpoint| {
                checkpoint.name == one.name()
                    && checkpoint.version == one.version()
                    && checkpoint.fault.is_none()
                    && names.contains(&one.name())
            };
            if let Some(position) = checkpoints.iter().find(is_ours).map(|found| found.position) {
                ours.push((one, position));
            }
        }
        let known = least(&checkpoints);
        // Checkpoints that another process holds are not among those seen here.
        let sees_all = checkpoints.len() >= projection_count;
        let Some(from) = ours.iter().map(|(_, position)| *position).min() else {
            tx.roll_back().await?;
            return Ok(0);
        };
        ours.retain(|(_, position)| *position == from);
        let events = self.log.read_after(from, self.batch).await?;
        let Some(last) = events.last().map(|event| event.position) else {
            for (one, position) in ours {
                // Another process may have come here since; what is in memory is older then.
                if self.left_at.insert(one.name(), position) != Some(position) {
                    one.forget();
                }
            }
            tx.roll_back().await?;
            if sees_all {
                self.positions.reach(known);
            }
            return Ok(0);
        };
        for (one, position) in &mut ours {
            // Until this step is done, what is in memory is good nowhere.
            if self.left_at.remove(one.name()) != Some(*position) {
                one.forget();
            }
            one.fold(&db, &mut tx, one.name(), &events).await?;
            let table = one.name();
            one.flush(&db, &mut tx, table).await?;
        }
        let moved: Vec<&'static str> = ours.iter().map(|(one, _)| one.name()).collect();
        checkpoint::advance(&mut tx, &moved, last).await?;
        tx.commit().await?;
        let others = checkpoints.iter().filter(|checkpoint| {
            checkpoint.fault.is_none() && !moved.contains(&checkpoint.name.as_str())
        });
        let reached = others.map(|checkpoint| checkpoint.position).chain([last]).min();
        for name in &moved {
            self.left_at.insert(name, last);
        }
        if sees_all {
            self.positions.reach(reached.unwrap_or(last));
        }
        metrics::counter!("servicedesk_events_projected").increment(events.len() as u64);
        Ok(events.len())
    }

    /// Whether all of them were left at the head by this process, which then need not ask.
    fn is_idle(&self, names: &[&'static str]) -> bool {
        let head = self.log.head();
        let is_there = |name: &&'static str| self.left_at.get(*name).is_some_and(|at| *at >= head);
        names.iter().all(is_there)
    }

    fn forget(&mut self) {
        self.left_at.clear();
        for one in &mut self.projections {
            one.forget();
        }
    }
}

/// Creates the tables and checkpoints of projections that are new, and names those that another
/// version built.
async fn create_missing(
    db: &Db,
    projections: &[Box<dyn Projection>],
) -> Result<Vec<&'static str>, Fault> {
    let mut tx = db.begin_projection().await?;
    checkpoint::lock_all(&mut tx).await?;
    let mut outdated = Vec::new();
    for one in projections {
        match checkpoint::lock(&mut tx, one.name()).await? {
            Some(found) if found.version == one.version() => {}
            Some(_) => outdated.push(one.name()),
            None => {
                one.create(&mut tx, one.name()).await?;
                let build = format!("{}_{}", one.name(), one.version());
                one.index(&mut tx, one.name(), &build).await?;
                checkpoint::set(&mut tx, one.name(), one.version(), 0).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(outdated)
}
