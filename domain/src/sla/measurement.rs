//! What is measured of one request: its cycles of processing, each with its targets. Folding a fact
//! in never fails. Read models keep the same state, so that there is one fold of these facts.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::events::{ClockEvent, LineCrossed, Lines, Target, TargetResult, Terms};
use crate::kernel::Moment;

/// Everything measured of one request; no cycle where it is of a time before anything was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measurement {
    /// In order; the last is the one under way, or the last there was.
    pub cycles: Vec<Cycle>,
}

/// From an opening or reopening to a resolution (S1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycle {
    /// From 1.
    pub cycle: u32,
    /// By what it is measured.
    pub terms: Terms,
    /// When its clock started.
    pub started_at: Moment,
    /// The first response, where it is measured in this cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response: Option<Track>,
    /// The processing.
    pub processing: Track,
    /// When the customer was waited on.
    pub pauses: Vec<Pause>,
}

/// A wait on the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// From when.
    pub from: Moment,
    /// Until when; none while it lasts.
    pub until: Option<Moment>,
}

/// How far it is with one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// The target, in minutes.
    pub target_minutes: u32,
    /// When lines are crossed, as they stood when the clock last ran.
    pub lines: Lines,
    /// Clock time until `running_since`, or in all where the clock does not run.
    pub elapsed_micros: i64,
    /// Since when the clock runs, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_since: Option<Moment>,
    /// When it became at risk, if that was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_risk_since: Option<Moment>,
    /// When it was breached, if that was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_since: Option<Moment>,
    /// How it ended, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// How it ended with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// When.
    pub at: Moment,
    /// How.
    pub result: TargetResult,
}

/// Where a target stands at some moment (S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is time.
    OnTrack,
    /// The last part of the target's time runs.
    AtRisk,
    /// More time has passed than the target allows, or had passed when it ended.
    Breached,
    /// It ended in time.
    Met,
    /// The clock stands still until the customer answers.
    Paused,
    /// It came to nothing, and has no figure.
    Lapsed,
}

impl Measurement {
    /// The cycle under way, or the last there was.
    pub fn current(&self) -> Option<&Cycle> {
        self.cycles.last()
    }

    /// When a line that is not recorded yet is crossed next, if nothing happens before.
    pub fn next_line_at(&self) -> Option<Moment> {
        let tracks = self.current().into_iter().flat_map(Cycle::tracks);
        tracks.filter_map(|(_, track)| track.next_line_at()).min()
    }

    /// Folds one fact in.
    pub fn evolve(&mut self, event: &ClockEvent) {
        match event {
            ClockEvent::Started(started) => {
                let terms = started.terms;
                let track = |minutes, lines| Track::started(minutes, lines, started.at);
                let first = started.first_response.zip(terms.first_response_minutes);
                self.cycles.push(Cycle {
                    cycle: started.cycle,
                    terms,
                    started_at: started.at,
                    first_response: first.map(|(lines, minutes)| track(minutes, lines)),
                    processing: track(terms.processing_minutes, started.processing),
                    pauses: Vec::new(),
                });
            }
            ClockEvent::Paused(paused) => {
                let Some(cycle) = self.cycles.last_mut() else { return };
                cycle.processing.elapsed_micros = paused.elapsed_micros;
                cycle.processing.running_since = None;
                cycle.pauses.push(Pause { from: paused.at, until: None });
            }
            ClockEvent::Resumed(resumed) => {
                let Some(cycle) = self.cycles.last_mut() else { return };
                cycle.processing.running_since = Some(resumed.at);
                let mut lines = resumed.processing;
                if let Some(pause) = cycle.pauses.last_mut() {
                    pause.until = Some(resumed.at);
                    lines = cycle.processing.lines.after_wait(lines, pause.from);
                }
                cycle.processing.lines = lines;
            }
            ClockEvent::AtRisk(LineCrossed { target, at, .. }) => {
                if let Some(track) = self.track_mut(*target) {
                    track.at_risk_since = Some(*at);
                }
            }
            ClockEvent::Breached(LineCrossed { target, at, .. }) => {
                if let Some(track) = self.track_mut(*target) {
                    track.breached_since = Some(*at);
                }
            }
            ClockEvent::Ended(ended) => {
                if let Some(track) = self.track_mut(ended.target) {
                    track.elapsed_micros = ended.elapsed_micros;
                    track.running_since = None;
                    track.ended = Some(Ended { at: ended.at, result: ended.result });
                }
            }
            ClockEvent::Remeasured(remeasured) => self.cycles.clone_from(&remeasured.cycles),
        }
    }

    fn track_mut(&mut self, target: Target) -> Option<&mut Track> {
        let cycle = self.cycles.last_mut()?;
        match target {
            Target::FirstResponse => cycle.first_response.as_mut(),
            Target::Processing => Some(&mut cycle.processing),
        }
    }
}

impl Cycle {
    /// Its targets.
    pub fn tracks(&self) -> impl Iterator<Item = (Target, &Track)> {
        let first = self.first_response.as_ref().map(|track| (Target::FirstResponse, track));
        first.into_iter().chain([(Target::Processing, &self.processing)])
    }

    /// The targets that are still to be met.
    pub fn open_tracks(&self) -> impl Iterator<Item = (Target, &Track)> {
        self.tracks().filter(|(_, track)| track.ended.is_none())
    }
}

impl Track {
    fn started(target_minutes: u32, lines: Lines, at: Moment) -> Self {
        Self {
            target_minutes,
            lines,
            elapsed_micros: 0,
            running_since: Some(at),
            at_risk_since: None,
            breached_since: None,
            ended: None,
        }
    }

    /// The target.
    pub fn target(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.target_minutes))
    }

    /// How much clock time it has taken until a moment that lies after everything recorded.
    pub fn elapsed(&self, clock: &Clock, at: Moment) -> TimeDelta {
        let until_now = self.running_since.map(|since| clock.elapsed(since, at));
        let passed = until_now.unwrap_or_default().max(TimeDelta::zero());
        TimeDelta::microseconds(self.elapsed_micros) + passed
    }

    /// Where it stands at a moment that lies after everything recorded. It hangs on the moments
    /// of its lines alone, so that it is right whether or not a timer has recorded them yet.
    pub fn state(&self, at: Moment) -> State {
        let is_past = |line: Option<Moment>| line.is_some_and(|line| line <= at);
        let runs = self.running_since.is_some();
        let breached = self.breached_since.is_some();
        match self.ended.map(|ended| ended.result) {
            Some(TargetResult::Met) => State::Met,
            Some(TargetResult::Lapsed) if !breached => State::Lapsed,
            Some(_) => State::Breached,
            None if breached || (runs && is_past(self.lines.breaches_at)) => State::Breached,
            None if !runs => State::Paused,
            None if self.at_risk_since.is_some() || is_past(self.lines.at_risk_at) => State::AtRisk,
            None => State::OnTrack,
        }
    }

    /// When its next line that is not recorded yet is crossed.
    pub fn next_line_at(&self) -> Option<Moment> {
        if self.ended.is_some() || self.running_since.is_none() || self.breached_since.is_some() {
            return None;
        }
        match self.at_risk_since {
            None => self.lines.at_risk_at.or(self.lines.breaches_at),
            Some(_) => self.lines.breaches_at,
        }
    }
}

impl ClockEvent {
    /// The line that was crossed, if one was, and what its target is since.
    pub const fn as_crossed(&self) -> Option<(LineCrossed, State)> {
        match self {
            Self::AtRisk(line) => Some((*line, State::AtRisk)),
            Self::Breached(line) => Some((*line, State::Breached)),
            _ => None,
        }
    }
}
