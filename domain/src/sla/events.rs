//! What is stored of a request's clocks, for ever. Storage format and nothing else: the stream of
//! each kind of request holds these as events of its own.

use serde::{Deserialize, Serialize};

use super::clock::ClockKind;
use super::measurement::Cycle;
use crate::catalogue::CalendarId;
use crate::kernel::{Moment, Personal};
use crate::staff::StaffMemberId;

/// The kinds of request that have a service level (S).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RequestKind {
    /// A support ticket.
    Ticket,
    /// An application for a free advisor.
    FreeAdvisorApplication,
    /// An application for a rental's download link.
    RentalApplication,
    /// An application for an official licence's update link.
    UpdateApplication,
}

/// What is measured against a target (S1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// From the opening to the first public answer of staff.
    FirstResponse,
    /// From the opening, or the reopening, to the resolution.
    Processing,
}

/// By what a request is measured: which versions, and what they say (S4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The kind of request.
    pub request: RequestKind,
    /// The version of the kind's service level.
    pub service_level_version: u32,
    /// The calendar.
    pub calendar_id: CalendarId,
    /// The version of the calendar.
    pub calendar_version: u32,
    /// In which the calendar's hours are meant, and days begin.
    pub time_zone: chrono_tz::Tz,
    /// Which hours count.
    pub clock: ClockKind,
    /// The target of processing.
    pub processing_minutes: u32,
    /// The target of the first response, where that is measured.
    pub first_response_minutes: Option<u32>,
    /// The last so many hundredths of a target are at risk.
    pub at_risk_percent: u8,
}

/// The moments at which lines are crossed as long as nothing happens; `None` if the calendar
/// never opens so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// From when on it is at risk.
    pub at_risk_at: Option<Moment>,
    /// When the target's time will have passed.
    pub due_at: Option<Moment>,
    /// From when on more time has passed than that: at the next opening, where it passes at the
    /// end of one.
    pub breaches_at: Option<Moment>,
}

impl Lines {
    /// The lines of a clock that goes on after a wait: those crossed before it stay where they were
    /// crossed, since no wait undoes that.
    #[must_use]
    pub fn after_wait(self, resumed: Self, waited_from: Moment) -> Self {
        let line = |before: Option<Moment>, after| {
            before.filter(|crossed_at| *crossed_at <= waited_from).or(after)
        };
        Self {
            at_risk_at: line(self.at_risk_at, resumed.at_risk_at),
            due_at: line(self.due_at, resumed.due_at),
            breaches_at: line(self.breaches_at, resumed.breaches_at),
        }
    }
}

/// A clock was started: at the opening, or at a reopening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockStarted {
    /// The cycle of processing, from 1.
    pub cycle: u32,
    /// When.
    pub at: Moment,
    /// By what it is measured from now on.
    pub terms: Terms,
    /// The first response's lines, where it is measured in this cycle.
    pub first_response: Option<Lines>,
    /// The processing's lines.
    pub processing: Lines,
}

/// Processing waits on the customer, and its clock stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockPaused {
    /// In which cycle.
    pub cycle: u32,
    /// When.
    pub at: Moment,
    /// How much clock time the processing has taken so far, in microseconds.
    pub elapsed_micros: i64,
}

/// Processing goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockResumed {
    /// In which cycle.
    pub cycle: u32,
    /// When.
    pub at: Moment,
    /// The processing's lines from now on.
    pub processing: Lines,
}

/// A line was crossed (S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineCrossed {
    /// In which cycle.
    pub cycle: u32,
    /// Of which target.
    pub target: Target,
    /// When, which may be before it was recorded.
    pub at: Moment,
}

/// How it ended with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetResult {
    /// In time.
    Met,
    /// Too late.
    Breached,
    /// It came to nothing: closed unresolved, or resolved without an answer. It has no figure.
    Lapsed,
}

/// What a target is about has come: an answer, a resolution, or the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetEnded {
    /// In which cycle.
    pub cycle: u32,
    /// Which target.
    pub target: Target,
    /// When.
    pub at: Moment,
    /// How much clock time it took, in microseconds.
    pub elapsed_micros: i64,
    /// Whether that was in time.
    pub result: TargetResult,
}

/// A manager had the whole request measured again (S4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remeasured {
    /// Who.
    pub staff_member_id: StaffMemberId,
    /// Why.
    pub reason: Personal<String>,
    /// When.
    pub at: Moment,
    /// What was measured, in the place of everything before.
    pub cycles: Vec<Cycle>,
}

/// A fact about a request's clocks, whatever kind of request it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClockEvent {
    /// See [`ClockStarted`].
    Started(ClockStarted),
    /// See [`ClockPaused`].
    Paused(ClockPaused),
    /// See [`ClockResumed`].
    Resumed(ClockResumed),
    /// A target is at risk.
    AtRisk(LineCrossed),
    /// A target is breached.
    Breached(LineCrossed),
    /// See [`TargetEnded`].
    Ended(TargetEnded),
    /// See [`Remeasured`].
    Remeasured(Remeasured),
}
