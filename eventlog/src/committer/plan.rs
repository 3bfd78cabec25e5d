//! What one transaction will record, worked out from the batch and what the database knows. Pure,
//! but for the moment that is handed in.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rand::Rng;
use servicedesk_domain::kernel::Moment;
use uuid::Uuid;

use super::{Answer, Append, AppendError, Outcome};
use crate::failure::DbError;
use crate::recorded::{Metadata, Position, Recorded, Salt};
use crate::sealing;

/// What the database knows, read under the lock.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The position of the last event.
    pub(super) head: Position,
    /// The last sequence number of each append's aggregate, in the order of the appends.
    pub(super) sequences: Vec<i64>,
    /// The last serial given out, per aggregate type.
    pub(super) serials: HashMap<String, i64>,
    /// The commands that were answered before.
    pub(super) known: Vec<KnownCommand>,
}

/// A command that was answered before.
#[derive(Debug, serde::Deserialize)]
pub(super) struct KnownCommand {
    pub(super) command_id: Uuid,
    pub(super) fingerprint: i64,
    pub(super) aggregate_id: Uuid,
    pub(super) first_position: Position,
    pub(super) last_position: Position,
    pub(super) refusal: Option<String>,
}

/// One row of `events`, beside what [`Recorded`] says.
#[derive(Debug)]
pub(super) struct EventRow {
    /// Which of the batch's commands it belongs to.
    pub(super) append: usize,
    /// Which of that command's events it is.
    pub(super) event: usize,
    pub(super) metadata: String,
}

/// What is written, and what each caller is told once it is.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Where the log ends before it.
    pub(super) before: Position,
    /// Where the log ends with it.
    pub(super) head: Position,
    pub(super) recorded: Vec<Arc<Recorded>>,
    pub(super) rows: Vec<EventRow>,
    pub(super) commands: Vec<KnownCommand>,
    /// The last serial given out with it, per aggregate type.
    pub(super) serials: HashMap<String, i64>,
    /// The aggregate types of which it gives out serials.
    pub(super) numbered: BTreeSet<&'static str>,
    pub(super) answers: Vec<Answer>,
}

impl Plan {
    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Takes the appends in order. Each sees the ones before it, so two commands of one batch on
    /// one aggregate are treated as if each had a transaction of its own.
    pub(super) fn make(appends: &[Append], facts: Facts, now: Moment) -> Result<Self, DbError> {
        let mut sequences: HashMap<(&str, Uuid), i64> = appends
            .iter()
            .map(|append| (append.aggregate_type, append.aggregate_id))
            .zip(facts.sequences)
            .collect();
        let mut known: HashMap<Uuid, (i64, Outcome)> =
            facts.known.into_iter().map(KnownCommand::answered).collect();
        let Facts { head: before, serials, .. } = facts;
        let mut plan = Self { before, head: before, serials, ..Self::default() };
        for (index, append) in appends.iter().enumerate() {
            let sequence =
                sequences.entry((append.aggregate_type, append.aggregate_id)).or_default();
            let answer = match known.get(&append.command_id.id) {
                Some((fingerprint, outcome)) if *fingerprint == append.fingerprint => {
                    Ok(Outcome { is_repeat: true, ..outcome.clone() })
                }
                Some(_) => Err(AppendError::IdReused),
                None if (append.refusal.is_none() || append.is_refusal_checked)
                    && *sequence != append.expected_sequence =>
                {
                    Err(AppendError::Conflict { actual: *sequence })
                }
                // What this plan records is no repeat.
                None if append.builds_on.is_some_and(|id| {
                    known.get(&id).is_none_or(|(_, outcome)| outcome.is_repeat)
                }) =>
                {
                    Err(AppendError::Conflict { actual: *sequence })
                }
                None => Ok(plan.accept(index, append, sequence, now)?),
            };
            if let Ok(outcome) = &answer {
                let entry = (append.fingerprint, outcome.clone());
                known.entry(append.command_id.id).or_insert(entry);
            }
            plan.answers.push(answer);
        }
        Ok(plan)
    }

    fn accept(
        &mut self,
        index: usize,
        append: &Append,
        sequence: &mut i64,
        now: Moment,
    ) -> Result<Outcome, DbError> {
        let first = self.head + 1;
        for (event, new) in append.events.iter().enumerate() {
            self.head += 1;
            *sequence += 1;
            let serial = (append.is_numbered && *sequence == 1)
                .then(|| self.next_serial(append.aggregate_type));
            let metadata = Metadata {
                actor: append.actor,
                occurred_at: append.occurred_at,
                recorded_at: now,
                correlation_id: append.correlation_id,
                causation_id: append.command_id.id,
                salt: Some(Salt::new(rand::rng().random())),
            };
            self.rows.push(EventRow {
                append: index,
                event,
                metadata: serde_json::to_string(&metadata)
                    .map_err(|error| DbError::Damaged(error.to_string()))?,
            });
            self.recorded.push(Arc::new(Recorded {
                position: self.head,
                aggregate_id: append.aggregate_id,
                sequence: *sequence,
                serial,
                event: new.event.clone(),
                metadata,
            }));
        }
        let is_silent = append.events.is_empty();
        let outcome = Outcome {
            aggregate_id: append.aggregate_id,
            first_position: if is_silent { 0 } else { first },
            last_position: if is_silent { 0 } else { self.head },
            refusal: append.refusal.clone(),
            is_repeat: false,
        };
        self.commands.push(KnownCommand {
            command_id: append.command_id.id,
            fingerprint: append.fingerprint,
            aggregate_id: outcome.aggregate_id,
            first_position: outcome.first_position,
            last_position: outcome.last_position,
            refusal: outcome.refusal.clone(),
        });
        Ok(outcome)
    }

    /// Whom it erases.
    pub(super) fn erased(&self) -> BTreeSet<Uuid> {
        sealing::erased_by_all(self.recorded.iter().map(Arc::as_ref))
    }

    fn next_serial(&mut self, aggregate_type: &'static str) -> i64 {
        self.numbered.insert(aggregate_type);
        let last = self.serials.entry(aggregate_type.to_owned()).or_default();
        *last += 1;
        *last
    }

    /// The serials that it moves: the aggregate type and the last one given out.
    pub(super) fn moved_serials(&self) -> impl Iterator<Item = (&'static str, i64)> {
        self.numbered.iter().filter_map(|name| Some((*name, *self.serials.get(*name)?)))
    }

    /// Whether it says of a command that it came too late. Only the database knows then whether it
    /// is the repeat of one that came in time.
    pub(super) fn has_conflicts(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, Err(AppendError::Conflict { .. })))
    }

    /// Whether a command in it was answered before.
    pub(super) fn has_repeats(&self) -> bool {
        self.answers.iter().any(|answer| match answer {
            Ok(outcome) => outcome.is_repeat,
            Err(error) => *error == AppendError::IdReused,
        })
    }
}

impl KnownCommand {
    fn answered(self) -> (Uuid, (i64, Outcome)) {
        let outcome = Outcome {
            aggregate_id: self.aggregate_id,
            first_position: self.first_position,
            last_position: self.last_position,
            refusal: self.refusal,
            is_repeat: true,
        };
        (self.command_id, (self.fingerprint, outcome))
    }
}
