//! Building projections again from the log, beside the live ones, and putting them in their place
//! when they have caught up. The live ones serve until then.

use std::sync::Arc;

use servicedesk_eventlog::{
    Db, DbError, Log, Position, Recorded, TurnTo, bulk, checkpoint, reader,
};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::fold::{Fault, Projection};
use crate::table;

/// How many events are read at a time.
const BATCH: i64 = 5_000;
/// How many batches may wait for a projection.
const BATCHES_AHEAD: usize = 2;
/// How many projections write at once. Each takes a connection while it does, of which a process
/// has few, and waits for one not for ever.
const WRITING_AT_ONCE: usize = 3;
/// How many changed rows are kept before they are written.
const MAX_UNWRITTEN: usize = 60_000;

/// Events that several projections fold.
type Events = Arc<[Arc<Recorded>]>;

/// Rebuilds the named projections from the whole log, when no other rebuild is under way.
/// `progress` is told how many events are done, and how many there are.
///
/// # Errors
/// [`Fault`]; the live projections then stay as they were.
pub async fn rebuild(
    log: &Log,
    names: &[&str],
    progress: &mut (dyn FnMut(Position, Position) + Send),
) -> Result<Position, Fault> {
    let _turn = log.db().turn(TurnTo::Rebuild).await?;
    build(log, names, progress).await
}

/// The rebuild itself, by the process that has the turn.
pub(crate) async fn build(
    log: &Log,
    names: &[&str],
    progress: &mut (dyn FnMut(Position, Position) + Send),
) -> Result<Position, Fault> {
    let chosen: Vec<Box<dyn Projection>> =
        crate::all().into_iter().filter(|one| names.contains(&one.name())).collect();
    let db = log.db();
    let build = format!("{:x}", log.now().timestamp_micros());
    let mut tx = db.begin_projection().await?;
    for one in &chosen {
        let new = beside(one.as_ref());
        table::drop_if_there(&mut tx, &new).await?;
        one.create(&mut tx, &new).await?;
        bulk::hold_autovacuum(&mut tx, &new).await?;
    }
    tx.commit().await?;

    let (mut chosen, done) = fill(db, chosen, &build, progress).await?;
    swap(log, &mut chosen, done).await
}

/// Projects the whole log into the tables beside, each projection in a task of its own while the
/// next events are read, and gives the projections and how far they are.
async fn fill(
    db: &Db,
    chosen: Vec<Box<dyn Projection>>,
    build: &str,
    progress: &mut (dyn FnMut(Position, Position) + Send),
) -> Result<(Vec<Box<dyn Projection>>, Position), Fault> {
    let mut tasks = JoinSet::new();
    let mut inboxes = Vec::with_capacity(chosen.len());
    let turns = Arc::new(Semaphore::new(WRITING_AT_ONCE));
    for one in chosen {
        let (inbox, batches) = mpsc::channel(BATCHES_AHEAD);
        let build = format!("{}_{build}", one.name());
        tasks.spawn(fill_one(db.clone(), turns.clone(), one, build, batches));
        inboxes.push(inbox);
    }
    let mut done: Position = 0;
    'reading: loop {
        let (events, total) = next(db, done).await?;
        let Some(last) = events.last().map(|event| event.position) else { break };
        let events: Events = events.into();
        for inbox in &inboxes {
            if inbox.send(events.clone()).await.is_err() {
                // It has failed, and says why below.
                break 'reading;
            }
        }
        done = last;
        progress(done, total.max(done));
    }
    drop(inboxes);
    let mut filled = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        filled.push(ended.map_err(lost)??);
    }
    Ok((filled, done))
}

/// A fault of the program around the database, which ends the rebuild.
fn lost(error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    sqlx::Error::Io(std::io::Error::other(error)).into()
}

/// Projects batch after batch into one table, and then creates its indexes.
async fn fill_one(
    db: Db,
    turns: Arc<Semaphore>,
    mut one: Box<dyn Projection>,
    build: String,
    mut batches: mpsc::Receiver<Events>,
) -> Result<Box<dyn Projection>, Fault> {
    let new = beside(one.as_ref());
    while let Some(events) = batches.recv().await {
        let _turn = turns.acquire().await.map_err(lost)?;
        let mut tx = db.begin_projection().await?;
        one.fold(&db, &mut tx, &new, &events).await?;
        if one.unwritten() >= MAX_UNWRITTEN {
            one.flush(&db, &mut tx, &new).await?;
        }
        tx.commit().await?;
    }
    let _turn = turns.acquire().await.map_err(lost)?;
    let mut tx = db.begin_projection().await?;
    one.flush(&db, &mut tx, &new).await?;
    one.index(&mut tx, &new, &build).await?;
    tx.commit().await?;
    Ok(one)
}

/// Under the locks of the live checkpoints: projects what came meanwhile, and swaps. It ends where
/// the log ends, because a process that has left the projections there does not look at them again.
async fn swap(
    log: &Log,
    chosen: &mut [Box<dyn Projection>],
    mut done: Position,
) -> Result<Position, Fault> {
    let mut tx = log.db().begin_projection().await?;
    checkpoint::lock_all(&mut tx).await?;
    loop {
        let (events, _) = next(log.db(), done).await?;
        let Some(last) = events.last().map(|event| event.position) else { break };
        for one in &mut *chosen {
            let new = beside(one.as_ref());
            one.fold(log.db(), &mut tx, &new, &events).await?;
            if one.unwritten() >= MAX_UNWRITTEN {
                one.flush(log.db(), &mut tx, &new).await?;
            }
        }
        done = last;
    }
    for one in chosen {
        let new = beside(one.as_ref());
        one.flush(log.db(), &mut tx, &new).await?;
        table::swap(&mut tx, &new, one.name()).await?;
        checkpoint::set(&mut tx, one.name(), one.version(), done).await?;
    }
    tx.commit().await?;
    Ok(done)
}

/// The next events, and where the log ends. They come from the database and never from memory,
/// because this process may not have heard yet of what others recorded.
async fn next(db: &Db, done: Position) -> Result<(Vec<Arc<Recorded>>, Position), DbError> {
    let head = reader::head(db).await?;
    let events = reader::read_after(db, done, BATCH).await?;
    if events.is_empty() && head > done {
        return Err(DbError::Damaged(format!("event {} is missing", done + 1)));
    }
    Ok((events.into_iter().map(Arc::new).collect(), head))
}

fn beside(one: &dyn Projection) -> String {
    format!("{}__new", one.name())
}

/// Whether this name is of a projection.
pub fn is_known(name: &str) -> bool {
    crate::all().iter().any(|one| one.name() == name)
}

/// The names of all projections.
pub fn names() -> Vec<&'static str> {
    crate::all().iter().map(|one| one.name()).collect()
}

/// Removes what an unfinished rebuild left behind, when none is under way.
///
/// # Errors
/// [`DbError`], where the database fails.
pub async fn clean_up(log: &Log) -> Result<(), DbError> {
    let _turn = log.db().turn(TurnTo::Rebuild).await?;
    let mut tx = log.db().begin_projection().await?;
    for one in crate::all() {
        table::drop_if_there(&mut tx, &beside(one.as_ref())).await?;
    }
    tx.commit().await
}
