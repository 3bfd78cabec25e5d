//! One step of the follower: the next events, and every reaction to them, side by side where their
//! keys differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use servicedesk_domain::event::is_decided_on_personal_data;
use servicedesk_domain::kernel::Moment;
use servicedesk_eventlog::parking::{self as stored, ParkedReaction};
use servicedesk_eventlog::{DbError, Position, Recorded};

use super::MAX_TRANSIENT;
use super::table::REACTIONS;
use crate::desk::Desk;
use crate::reaction::{KeySource, OrderingKey, Planned, ReactionError};

/// How many events are followed before the checkpoint is moved.
const BATCH: usize = 500;
/// How many keys are worked on side by side.
const MAX_CONCURRENT: usize = 32;

/// What one step came to.
pub(super) struct Step {
    /// The position of the last event that was followed.
    pub(super) position: Position,
    /// Whether there was anything to do.
    pub(super) has_acted: bool,
    /// Whether nothing more was recorded.
    pub(super) is_at_head: bool,
    /// What could not be done, to be stored with the checkpoint.
    pub(super) parked: Vec<Parked>,
}

/// Reactions of one key that could not be done yet.
pub(super) struct Parked {
    pub(super) key: OrderingKey,
    /// Why the first could not be done; `None` if the key was parked before.
    pub(super) fault: Option<String>,
    pub(super) reactions: Vec<ParkedReaction>,
}

/// Since when something has been failing in a way that may pass. A step that succeeds ends it.
#[derive(Debug, Default)]
pub(super) struct Patience {
    keys: BTreeMap<OrderingKey, Moment>,
    everything: Option<Moment>,
}

impl Patience {
    /// Whether a key that fails now has been failing for too long.
    fn is_over(&mut self, key: &OrderingKey, now: Moment) -> bool {
        let since = self.keys.entry(key.clone()).or_insert(now);
        // If the clock was set back, time is counted from there on.
        *since = now.min(*since);
        now - *since >= MAX_TRANSIENT
    }

    /// Since when no step has succeeded.
    pub(super) fn failing_since(&mut self, now: Moment) -> Moment {
        let since = self.everything.get_or_insert(now);
        *since = now.min(*since);
        *since
    }
}

/// A reaction to one event.
struct Due<'a> {
    position: Position,
    reaction: &'static str,
    work: BoxFuture<'a, Result<(), ReactionError>>,
}

/// How the reactions of one key ended: all done where nothing is left.
struct Outcome {
    key: OrderingKey,
    error: Option<ReactionError>,
    left: Vec<ParkedReaction>,
}

/// Takes the next step after a position.
pub(super) fn take<'a>(
    desk: &'a Desk,
    done: Position,
    patience: &'a mut Patience,
) -> BoxFuture<'a, Result<Step, ReactionError>> {
    take_next(desk, done, patience).boxed()
}

async fn take_next(
    desk: &Desk,
    done: Position,
    patience: &mut Patience,
) -> Result<Step, ReactionError> {
    let events = next_events(desk, done).await?;
    let events = desk.log.db().open_events(events, is_read).await?;
    let mut outcomes = Vec::new();
    let mut due_by_key: BTreeMap<OrderingKey, Vec<Due<'_>>> = BTreeMap::new();
    for event in &events {
        for reaction in REACTIONS {
            let Some(Planned { key, work }) = (reaction.plan)(desk, event) else { continue };
            let due = Due { position: event.position, reaction: reaction.name, work };
            match find_key(key).await {
                Ok(Some(key)) => due_by_key.entry(key).or_default().push(due),
                Ok(None) => {}
                // It is ordered by its event's own aggregate then.
                Err(error) => outcomes.push(Outcome {
                    key: OrderingKey::of(event.aggregate_type(), event.aggregate_id),
                    error: Some(error),
                    left: vec![due.parked()],
                }),
            }
        }
    }
    let has_acted = !due_by_key.is_empty() || !outcomes.is_empty();
    // Another process or an operator may have parked and released keys since the last step.
    let parked_keys: BTreeSet<String> = if has_acted {
        stored::keys(desk.log.db()).await?.into_iter().collect()
    } else {
        BTreeSet::new()
    };
    let mut work: Vec<BoxFuture<'_, Outcome>> = Vec::with_capacity(due_by_key.len());
    for (key, due) in due_by_key {
        work.push(work_on(key, due, &parked_keys).boxed());
    }
    let worked = stream::iter(work).buffer_unordered(MAX_CONCURRENT).collect::<Vec<Outcome>>();
    outcomes.extend(worked.await);
    let parked = park_failed(outcomes, patience, desk.now())?;
    *patience = Patience::default();
    let position = events.last().map_or(done, |event| event.position);
    Ok(Step { position, has_acted, is_at_head: events.is_empty(), parked })
}

/// The next events. Where one cannot be read, those before it are followed first.
async fn next_events(desk: &Desk, done: Position) -> Result<Vec<Arc<Recorded>>, DbError> {
    match desk.log.read_after(done, BATCH).await {
        Err(DbError::Damaged(_)) => desk.log.read_after(done, 1).await,
        read => read,
    }
}

/// Whether a reaction may read the personal data of an event.
pub(super) fn is_read(event: &Recorded) -> bool {
    is_decided_on_personal_data(event.aggregate_type())
}

async fn find_key(source: KeySource<'_>) -> Result<Option<OrderingKey>, ReactionError> {
    match source {
        KeySource::Known(key) => Ok(Some(key)),
        KeySource::LookUp(key) => key.await,
    }
}

impl Due<'_> {
    fn parked(&self) -> ParkedReaction {
        ParkedReaction { position: self.position, reaction: self.reaction.to_owned() }
    }
}

/// Does what is due under one key, in order, until something fails.
async fn work_on(key: OrderingKey, due: Vec<Due<'_>>, parked_keys: &BTreeSet<String>) -> Outcome {
    if parked_keys.contains(key.as_str()) {
        return Outcome { key, error: None, left: due.iter().map(Due::parked).collect() };
    }
    let mut rest = due.into_iter();
    while let Some(due) = rest.next() {
        let failed = due.parked();
        if let Err(error) = due.work.await {
            let mut left = vec![failed];
            left.extend(rest.map(|due| due.parked()));
            return Outcome { key, error: Some(error), left };
        }
    }
    Outcome { key, error: None, left: Vec::new() }
}

/// What is parked of those outcomes. Fails where something failed that may still pass: then the
/// step is taken again, in which what was done does nothing.
fn park_failed(
    outcomes: Vec<Outcome>,
    patience: &mut Patience,
    now: Moment,
) -> Result<Vec<Parked>, ReactionError> {
    let mut parked = Vec::new();
    let mut passing = None;
    for Outcome { key, error, left } in outcomes {
        let fault = match error {
            Some(ReactionError::Transient(fault)) if !patience.is_over(&key, now) => {
                passing = Some(ReactionError::Transient(format!("{key}: {fault}")));
                continue;
            }
            Some(ReactionError::Transient(fault) | ReactionError::Permanent(fault)) => Some(fault),
            None => None,
        };
        if !left.is_empty() {
            parked.push(Parked { key, fault, reactions: left });
        }
    }
    passing.map_or(Ok(parked), Err)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn failed(name: u128, error: ReactionError) -> Outcome {
        let key = OrderingKey::of("test", Uuid::from_u128(name));
        let left = vec![ParkedReaction { position: 7, reaction: "settle".to_owned() }];
        Outcome { key, error: Some(error), left }
    }

    fn transient() -> ReactionError {
        ReactionError::Transient("the database failed".to_owned())
    }

    #[test]
    fn what_may_pass_is_tried_for_minutes_and_parked_then() {
        let (mut patience, start) = (Patience::default(), Moment::UNIX_EPOCH);
        let mut park = |after: TimeDelta, name| {
            park_failed(vec![failed(name, transient())], &mut patience, start + after)
        };
        assert!(park(TimeDelta::zero(), 1).is_err());
        assert!(park(MAX_TRANSIENT - TimeDelta::microseconds(1), 1).is_err());
        let parked = park(MAX_TRANSIENT, 1).expect("it is parked");
        assert_eq!(parked[0].fault.as_deref(), Some("the database failed"));
        assert!(park(MAX_TRANSIENT, 2).is_err(), "each key has its own patience");
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_prolong_the_patience() {
        let (mut patience, start) = (Patience::default(), Moment::UNIX_EPOCH);
        let mut park = |at| park_failed(vec![failed(1, transient())], &mut patience, at);
        assert!(park(start + TimeDelta::hours(1)).is_err());
        assert!(park(start).is_err());
        assert!(park(start + MAX_TRANSIENT).is_ok());
        assert_eq!(
            patience.failing_since(start + TimeDelta::hours(1)),
            start + TimeDelta::hours(1)
        );
        assert_eq!(patience.failing_since(start), start);
    }

    #[test]
    fn what_is_refused_is_parked_at_once_and_what_waits_keeps_the_fault() {
        let refused = failed(1, ReactionError::Permanent("refused".to_owned()));
        let waiting = Outcome { error: None, ..failed(2, transient()) };
        let finished = Outcome { error: None, left: Vec::new(), ..failed(3, transient()) };
        let mut patience = Patience::default();
        let now = Moment::UNIX_EPOCH;
        let parked = park_failed(vec![refused, waiting, finished], &mut patience, now);
        let parked = parked.expect("nothing may pass");
        let faults: Vec<_> = parked.iter().map(|one| one.fault.as_deref()).collect();
        assert_eq!(faults, [Some("refused"), None]);
        assert!(parked.iter().all(|one| one.reactions.len() == 1));
    }
}
