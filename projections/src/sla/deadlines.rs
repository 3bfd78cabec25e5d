//! What a queue keeps of a ticket's clocks: when its lines are crossed. Where it stands follows from
//! these and the moment of asking, so nothing has to be rewritten when a line is crossed.

use serde::{Deserialize, Serialize};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::sla::events::ClockEvent;
use servicedesk_domain::sla::{Cycle, Lines, Target};

/// When lines of the targets under way are crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeadlineRow {
    /// Of the first response, until it is there.
    pub first_response: Option<Lines>,
    /// Of the processing, until it is done.
    pub processing: Option<Lines>,
    /// Since when the processing's clock stands still, if it does.
    pub paused_at: Option<Moment>,
    /// When the processing was breached, if it was: a wait does not undo that.
    pub breached_at: Option<Moment>,
}

impl DeadlineRow {
    /// Folds one fact in.
    pub fn change(&mut self, event: &ClockEvent) {
        match event {
            ClockEvent::Started(started) => {
                *self = Self {
                    first_response: started.first_response,
                    processing: Some(started.processing),
                    ..Self::default()
                };
            }
            ClockEvent::Paused(paused) => self.paused_at = Some(paused.at),
            ClockEvent::Resumed(resumed) => {
                let lines = match (self.processing, self.paused_at.take()) {
                    (Some(before), Some(from)) => before.after_wait(resumed.processing, from),
                    _ => resumed.processing,
                };
                self.processing = Some(lines);
            }
            ClockEvent::Breached(line) if line.target == Target::Processing => {
                self.breached_at = Some(line.at);
            }
            ClockEvent::AtRisk(_) | ClockEvent::Breached(_) => {}
            ClockEvent::Ended(ended) => match ended.target {
                Target::FirstResponse => self.first_response = None,
                Target::Processing => *self = Self::default(),
            },
            ClockEvent::Remeasured(remeasured) => {
                let cycle = remeasured.cycles.last();
                let open = cycle.filter(|cycle| cycle.processing.ended.is_none());
                let first = open.and_then(|cycle| cycle.first_response.as_ref());
                *self = Self {
                    first_response: first.filter(|one| one.ended.is_none()).map(|one| one.lines),
                    processing: open.map(|cycle| cycle.processing.lines),
                    paused_at: open.and_then(paused_at),
                    breached_at: open.and_then(|cycle| cycle.processing.breached_since),
                };
            }
        }
    }

    /// Whether the processing's clock stands still.
    pub const fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// The lines that will be crossed, as things stand.
    fn running(&self) -> impl Iterator<Item = Lines> {
        let processing = self.processing.filter(|_| !self.is_paused());
        self.first_response.into_iter().chain(processing)
    }

    /// When the next target is due; none while nothing runs.
    pub fn due_at(&self) -> Option<Moment> {
        self.running().filter_map(|lines| lines.due_at).min()
    }

    /// From when on a target is at risk.
    pub fn at_risk_at(&self) -> Option<Moment> {
        self.running().filter_map(|lines| lines.at_risk_at).min()
    }

    /// From when on a target is breached, or since when it is.
    pub fn breaches_at(&self) -> Option<Moment> {
        let lines = self.running().filter_map(|lines| lines.breaches_at);
        lines.chain(self.breached_at).min()
    }

    /// Orders by the next due moment; what has none comes last.
    pub fn due_rank(&self) -> i64 {
        self.due_at().map_or(i64::MAX, |at| at.timestamp_micros())
    }
}

fn paused_at(cycle: &Cycle) -> Option<Moment> {
    let pause = cycle.pauses.last().filter(|_| cycle.processing.running_since.is_none());
    pause.map(|pause| pause.from)
}
