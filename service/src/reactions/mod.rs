//! Reactions: what happens in one aggregate because of an event in another. A licence granted opens
//! a package, time logged draws on it, an application approved is granted its licences.
//!
//! One process at a time follows the log from a stored checkpoint and sends commands. A command's
//! id is derived from the event's position, so whatever was sent before a crash, or by another
//! process that believes to have the turn, does nothing when it is sent again. What has the same
//! ordering key is done in the order of recording. What cannot be done is parked (see `parking`),
//! with what comes later under its key, and everything else goes on.

pub mod parking;
mod step;
pub mod table;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use servicedesk_eventlog::checkpoint::Checkpoint;
use servicedesk_eventlog::db::MAX_WRITE;
use servicedesk_eventlog::{Db, DbError, Position, TurnTo, checkpoint, reader};
use servicedesk_projections::Positions;
use tokio::time::Instant;

use crate::desk::Desk;
pub use crate::reaction::NAME;
use crate::reaction::ReactionError;
use step::{Parked, Patience};

const VERSION: i64 = 1;
/// How often the log is looked at when nothing is heard, and what is parked when it is due.
const POLL: Duration = Duration::from_secs(1);
/// For how long the checkpoint may be behind when nothing was done.
const CHECKPOINT_DELAY: Duration = Duration::from_millis(50);
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(500);
/// A transient failure that lasts for longer is reported and treated like a permanent one.
pub const MAX_TRANSIENT: TimeDelta = TimeDelta::minutes(2);

/// Where readers learn how far the reactions are. What is parked counts as passed.
pub fn positions(desk_db: &Db) -> Positions {
    Positions::of(desk_db.clone(), Arc::new([NAME]))
}

/// Follows the log for as long as the process lives, whenever it is this process's turn. What
/// concerns one key is parked when it fails. A failure that concerns everything (the log cannot be
/// read) is recorded in the checkpoint, where `status` and `/readyz` show it.
pub async fn run(desk: Desk) {
    let mut patience = Patience::default();
    loop {
        if let Err(error) = take_turn(&desk, &mut patience).await {
            let now = desk.now();
            let since = patience.failing_since(now);
            let is_permanent = matches!(error, ReactionError::Permanent(_));
            tracing::error!(%error, %since, "reactions have stopped and will be tried again");
            if is_permanent || now - since >= MAX_TRANSIENT {
                metrics::counter!("servicedesk_reaction_failures").increment(1);
                let message = format!("{error} (since {since})");
                let recorded = checkpoint::record_fault(desk.log.db(), NAME, &message).await;
                if let Err(error) = recorded {
                    tracing::error!(%error, "the fault cannot be recorded");
                }
            }
        }
        tokio::time::sleep(PAUSE_AFTER_FAULT).await;
    }
}

async fn take_turn(desk: &Desk, patience: &mut Patience) -> Result<(), ReactionError> {
    let _turn = desk.log.db().turn(TurnTo::React).await?;
    let mut head = desk.log.watch();
    let stored = stored_position(desk).await?;
    let mut kept = stored.position;
    let mut done = kept;
    let mut kept_at = Instant::now();
    let mut retried_at: Option<Instant> = None;
    // A fault that was recorded is over as soon as a step succeeds, even one that finds nothing.
    let mut has_fault = stored.has_fault;
    loop {
        // Before reading, so that what arrives meanwhile is noticed.
        head.borrow_and_update();
        if retried_at.is_none_or(|at| at.elapsed() >= POLL) {
            parking::retry_due(desk).await?;
            retried_at = Some(Instant::now());
        }
        let step = match step::take(desk, done, patience).await {
            Ok(step) => step,
            Err(error) => {
                // What is reported stopped here, and not where the checkpoint was last moved.
                if done > kept {
                    keep(desk, done, &[]).await?;
                }
                return Err(error);
            }
        };
        let is_safe = step.parked.is_empty();
        done = step.position;
        if is_safe {
            desk.reactions.reach(done);
        }
        let is_worth_keeping = step.has_acted || kept_at.elapsed() >= CHECKPOINT_DELAY;
        if has_fault || !is_safe || (done > kept && is_worth_keeping) {
            keep(desk, done, &step.parked).await?;
            desk.reactions.reach(done);
            (kept, kept_at, has_fault) = (done, Instant::now(), false);
        }
        if step.is_at_head {
            let wait = if done > kept { CHECKPOINT_DELAY } else { POLL };
            // Both ways of waking lead to the same next step.
            drop(tokio::time::timeout(wait, head.changed()).await);
        }
    }
}

/// Does every reaction to what was recorded, by whichever process, and to what these record, until
/// none is left that can be done.
///
/// # Errors
/// [`ReactionError`], where the log cannot be read or the database fails.
pub async fn catch_up(desk: &Desk) -> Result<(), ReactionError> {
    let mut head = desk.log.watch();
    let mut done = stored_position(desk).await?.position;
    let mut patience = Patience::default();
    loop {
        // Before reading, so that what arrives meanwhile is noticed.
        head.borrow_and_update();
        parking::retry_due(desk).await?;
        let step = step::take(desk, done, &mut patience).await?;
        if step.position > done {
            done = step.position;
            keep(desk, done, &step.parked).await?;
            desk.reactions.reach(done);
        } else if done >= reader::head(desk.log.db()).await? {
            return Ok(());
        } else {
            // What another process recorded has not been heard of here, and hides what was recorded
            // here after it.
            desk.log.look_for_news();
            drop(tokio::time::timeout(POLL, head.changed()).await);
        }
    }
}

/// What the database says of the checkpoint.
struct Stored {
    position: Position,
    has_fault: bool,
}

async fn stored_position(desk: &Desk) -> Result<Stored, DbError> {
    let db = desk.log.db();
    let found = db.answered(MAX_WRITE, stored_checkpoint(db)).await?;
    Ok(found.map_or(Stored { position: 0, has_fault: false }, |found| Stored {
        position: found.position,
        has_fault: found.fault.is_some(),
    }))
}

/// The checkpoint; `None` if there was none, which is made then.
async fn stored_checkpoint(db: &Db) -> Result<Option<Checkpoint>, DbError> {
    let mut tx = db.begin_projection().await?;
    let found = checkpoint::lock(&mut tx, NAME).await?;
    if found.is_none() {
        checkpoint::raise(&mut tx, NAME, VERSION, 0).await?;
    }
    tx.commit().await?;
    Ok(found)
}

/// Moves the checkpoint, and parks what could not be done, in one transaction.
async fn keep(desk: &Desk, position: Position, parked: &[Parked]) -> Result<(), DbError> {
    let write = async {
        let mut tx = desk.log.db().begin_projection().await?;
        for parked in parked {
            parking::park(&mut tx, parked, desk.now()).await?;
        }
        checkpoint::raise(&mut tx, NAME, VERSION, position).await?;
        tx.commit().await
    };
    desk.log.db().answered(MAX_WRITE, write).await
}
