//! What the committer remembers of the log as it left it, so that a batch need not ask for it. It
//! is never believed unseen: the statement that writes also checks that the log still ends where it
//! was left, and writes nothing where it does not.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use quick_cache::unsync::Cache;
use uuid::Uuid;

use super::Append;
use super::plan::{Facts, Plan};
use crate::recorded::Position;

/// How many aggregates' sequence numbers are remembered.
const CAPACITY: usize = 100_000;
/// For how many batches at most the database is asked after it was not as remembered.
const LONGEST_DOUBT: u32 = 64;

/// An aggregate: its type and id.
pub(super) type Key = (&'static str, Uuid);

/// What the committer remembers.
pub(super) struct Memory {
    /// Where this process left the log, and the last serials given out there.
    left: Option<(Position, HashMap<String, i64>)>,
    sequences: Cache<Key, i64>,
    doubt: Doubt,
}

/// Where others write, too, or commands are repeats, it is cheaper to ask at once than to find out.
#[derive(Default)]
struct Doubt {
    /// For how many batches to come the database is asked.
    batches: u32,
    /// For how many it was, the last time.
    last: u32,
}

/// What a batch is planned on without asking the database.
pub(super) struct Assumed {
    /// What the plan needs. No command is known in it.
    pub(super) facts: Facts,
    /// The aggregates that are not remembered: their sequence numbers are what the commands
    /// expect, and are checked where the batch is written.
    pub(super) unchecked: Vec<(Key, i64)>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { left: None, sequences: Cache::new(CAPACITY), doubt: Doubt::default() }
    }

    /// What can be assumed of the log for these commands, where it is worth trying.
    pub(super) fn assume(&mut self, appends: &[Append]) -> Option<Assumed> {
        if self.doubt.batches > 0 {
            self.doubt.batches -= 1;
            return None;
        }
        let (head, serials) = self.left.clone()?;
        let mut unchecked = Vec::new();
        let mut met = HashMap::with_capacity(appends.len());
        let mut sequences = Vec::with_capacity(appends.len());
        for append in appends {
            let key = (append.aggregate_type, append.aggregate_id);
            let sequence = match met.entry(key) {
                Entry::Occupied(met) => *met.get(),
                Entry::Vacant(new) => *new.insert(match self.sequences.get(&key) {
                    Some(sequence) => *sequence,
                    // A refusal expects nothing of its aggregate, and a stale one what never is.
                    None if append.refusal.is_some() || append.expected_sequence < 0 => {
                        return None;
                    }
                    None => {
                        unchecked.push((key, append.expected_sequence));
                        append.expected_sequence
                    }
                }),
            };
            sequences.push(sequence);
        }
        Some(Assumed { facts: Facts { head, sequences, serials, known: Vec::new() }, unchecked })
    }

    /// Remembers how a plan leaves the log.
    pub(super) fn keep(&mut self, plan: &Plan) {
        if self.left.as_ref().is_none_or(|(head, _)| *head != plan.before) {
            // Others have written since, to any aggregate.
            self.sequences.clear();
        }
        for event in &plan.recorded {
            self.sequences.insert((event.aggregate_type(), event.aggregate_id), event.sequence);
        }
        if plan.has_repeats() {
            self.doubt.batches = self.doubt.batches.max(1);
        }
        self.left = Some((plan.head, plan.serials.clone()));
    }

    /// A batch was written on what was remembered.
    pub(super) fn was_right(&mut self) {
        self.doubt = Doubt::default();
    }

    /// A batch could not be written on what was remembered, so that nothing is known any more.
    pub(super) fn was_wrong(&mut self) {
        self.left = None;
        self.sequences.clear();
        self.doubt.last = (self.doubt.last * 2).clamp(1, LONGEST_DOUBT);
        self.doubt.batches = self.doubt.last;
    }
}
