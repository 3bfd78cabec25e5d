//! What could not be done is parked, and tried again with longer and longer pauses, or when an
//! operator says so. What comes later under the same key waits for it.

use chrono::TimeDelta;
use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::parking::{self as stored, ParkedKey, ParkedReaction, Parking};
use servicedesk_eventlog::{DbError, Position, Tx};

use super::step::{self, Parked};
use super::table::{self, REACTIONS};
use crate::desk::Desk;
use crate::reaction::ReactionError;

/// The pause before the second attempt; each one after it is twice as long.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(1);
const MAX_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// How many keys are tried again before new events are looked at.
const MAX_KEYS: i64 = 50;
/// How many reactions of a key are done before that is stored.
const BATCH: i64 = 200;

/// The moment of the next attempt, after so many.
fn next_attempt(attempts: i64, now: Moment) -> Moment {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(20);
    let pause = FIRST_PAUSE.checked_mul(1 << doublings).unwrap_or(MAX_PAUSE).min(MAX_PAUSE);
    now.checked_add_signed(pause).unwrap_or(Moment::MAX_UTC)
}

/// Stores what a step could not do.
pub(super) async fn park(tx: &mut Tx, parked: &Parked, now: Moment) -> Result<(), DbError> {
    let key = parked.key.as_str();
    if let Some(fault) = &parked.fault {
        let waiting = parked.reactions.len();
        tracing::error!(key, fault, waiting, "a reaction is parked");
        metrics::counter!("servicedesk_reaction_failures").increment(1);
        let parking = Parking { fault, at: now, next_attempt_at: next_attempt(1, now) };
        stored::park(tx, key, parking).await?;
    }
    for reaction in &parked.reactions {
        stored::wait_behind(tx, key, reaction).await?;
    }
    Ok(())
}

/// Tries again what is due, and gives how many keys that were.
///
/// # Errors
/// [`ReactionError`], where the database fails. A reaction that fails again is stored as such.
pub async fn retry_due(desk: &Desk) -> Result<usize, ReactionError> {
    let now = desk.now();
    let latest = now.checked_add_signed(MAX_PAUSE).unwrap_or(Moment::MAX_UTC);
    let due = stored::due(desk.log.db(), now, latest, MAX_KEYS).await?;
    for key in &due {
        // One after the other, so that none makes another's commands fail.
        retry(desk, key).await?;
    }
    Ok(due.len())
}

async fn retry(desk: &Desk, parked: &ParkedKey) -> Result<(), ReactionError> {
    let (db, key) = (desk.log.db(), &parked.ordering_key);
    loop {
        let mut waiting = stored::waiting(db, key, BATCH).await?;
        waiting.sort_by_key(|one| (one.position, table::place(&one.reaction)));
        let mut done = Vec::new();
        let mut fault = None;
        for reaction in &waiting {
            if let Err(error) = repeat(desk, reaction).await {
                fault = Some(error.to_string());
                break;
            }
            done.push(reaction);
        }
        let mut tx = db.begin_projection().await?;
        for reaction in &done {
            stored::forget(&mut tx, key, reaction).await?;
        }
        match &fault {
            Some(fault) => {
                let attempts = if done.is_empty() { parked.attempts + 1 } else { 1 };
                let next = next_attempt(attempts, desk.now());
                tracing::warn!(key, fault, attempts, "a parked reaction failed again");
                stored::record_attempt(&mut tx, key, fault, attempts, next).await?;
            }
            None => stored::release(&mut tx, key).await?,
        }
        tx.commit().await?;
        if fault.is_some() || waiting.is_empty() {
            return Ok(());
        }
        tracing::info!(key, done = done.len(), "parked reactions are done");
    }
}

/// Does one reaction that waits. Where it was done before, its commands do nothing.
async fn repeat(desk: &Desk, parked: &ParkedReaction) -> Result<(), ReactionError> {
    let place = table::place(&parked.reaction).ok_or_else(|| {
        ReactionError::Permanent(format!("no reaction is called {:?}", parked.reaction))
    })?;
    let before: Position = parked.position - 1;
    let events = desk.log.read_after(before, 1).await?;
    let events = desk.log.db().open_events(events, step::is_read).await?;
    let missing = || ReactionError::Permanent(format!("event {} cannot be found", parked.position));
    let event = events.first().ok_or_else(missing)?;
    match (REACTIONS[place].plan)(desk, event) {
        Some(planned) => planned.work.await,
        // This version of the program no longer reacts to it.
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_become_longer_up_to_a_limit() {
        let now = Moment::UNIX_EPOCH;
        let seconds = |attempts| (next_attempt(attempts, now) - now).num_seconds();
        assert_eq!([1, 2, 3, 4, 10, 11, 1_000].map(seconds), [1, 2, 4, 8, 512, 600, 600]);
        assert_eq!(next_attempt(1, Moment::MAX_UTC), Moment::MAX_UTC);
    }
}
