//! How a request's facts move its clocks on (S1, S2). Pure: the same measurement, facts and book
//! always give the same events.

use chrono::TimeDelta;

use super::book::Book;
use super::clock::Clock;
use super::events::{
    ClockEvent, ClockPaused, ClockResumed, ClockStarted, LineCrossed, Lines, RequestKind, Target,
    TargetEnded, TargetResult, Terms,
};
use super::measurement::{Cycle, Measurement, Track};
use crate::kernel::Moment;

/// What happened to a request, as far as its clocks are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// It was opened.
    Opened(RequestKind),
    /// Staff answered in public.
    Answered,
    /// Work stopped until the customer answers.
    WaitingStarted,
    /// Work goes on.
    WaitingEnded,
    /// It was resolved.
    Resolved,
    /// It ended without a resolution.
    Withdrawn,
    /// It came back.
    Reopened(RequestKind),
}

/// What a fact at a moment means for the clocks, lines that were crossed before it first.
pub fn record(
    measurement: &mut Measurement,
    fact: Fact,
    at: Moment,
    book: &Book,
) -> Vec<ClockEvent> {
    let mut events = cross_lines(measurement, at);
    let following = match fact {
        Fact::Opened(request) | Fact::Reopened(request) => start(measurement, request, at, book),
        Fact::Answered => answer(measurement, at, book),
        Fact::WaitingStarted => pause(measurement, at, book),
        Fact::WaitingEnded => resume(measurement, at, book),
        Fact::Resolved => end(measurement, at, book, result),
        Fact::Withdrawn => end(measurement, at, book, |_, _| TargetResult::Lapsed),
    };
    for event in &following {
        measurement.evolve(event);
    }
    events.extend(following);
    events
}

/// The lines that were crossed until a moment and are not recorded yet, in order (S2). Each is
/// recorded once, by the first to notice it.
pub fn cross_lines(measurement: &mut Measurement, at: Moment) -> Vec<ClockEvent> {
    let mut events = Vec::new();
    while let Some(event) = next_line(measurement, at) {
        measurement.evolve(&event);
        events.push(event);
    }
    events
}

fn next_line(measurement: &Measurement, at: Moment) -> Option<ClockEvent> {
    let cycle = measurement.current()?;
    let due =
        cycle.tracks().filter_map(|(target, track)| Some((track.next_line_at()?, target, track)));
    let (moment, target, track) =
        due.filter(|(line, ..)| *line <= at).min_by_key(|(line, ..)| *line)?;
    let crossed = LineCrossed { cycle: cycle.cycle, target, at: moment };
    let is_risk = track.at_risk_since.is_none() && track.lines.at_risk_at.is_some();
    Some(if is_risk { ClockEvent::AtRisk(crossed) } else { ClockEvent::Breached(crossed) })
}

/// What a command records, `own`, with what it means for the clocks of the request that it is about.
/// Lines that were crossed before it and that no timer has recorded yet come before what it records,
/// whatever that is: a line belongs to those who were responsible when it was crossed.
pub fn with_clock_events<E: From<ClockEvent>>(
    measurement: &Measurement,
    own: Vec<E>,
    fact: impl Fn(&E) -> Option<Fact>,
    at: Moment,
    book: &Book,
) -> Vec<E> {
    if own.is_empty() {
        return own;
    }
    let facts: Vec<Fact> = own.iter().filter_map(fact).collect();
    let mut measurement = measurement.clone();
    let crossed = cross_lines(&mut measurement, at);
    let following: Vec<ClockEvent> =
        facts.into_iter().flat_map(|fact| record(&mut measurement, fact, at, book)).collect();
    let crossed = crossed.into_iter().map(E::from);
    crossed.chain(own).chain(following.into_iter().map(E::from)).collect()
}

/// The lines of a request that were crossed and are not recorded yet, as its own events.
pub fn due_lines<E: From<ClockEvent>>(measurement: &Measurement, at: Moment) -> Vec<E> {
    cross_lines(&mut measurement.clone(), at).into_iter().map(E::from).collect()
}

/// What takes the place of everything that is measured of a request, by the terms in force at `at`
/// (S4); none if it is measured so already.
pub fn remeasure(
    measurement: &Measurement,
    history: &[(Fact, Moment)],
    at: Moment,
    book: &Book,
) -> Option<Vec<Cycle>> {
    let mut fresh = measured(history, at, book);
    cross_lines(&mut fresh, at);
    (fresh != *measurement).then_some(fresh.cycles)
}

/// Measures a whole history again, by the terms that hold for its kind at `by_terms_of` (S4).
pub fn measured(history: &[(Fact, Moment)], by_terms_of: Moment, book: &Book) -> Measurement {
    let mut measurement = Measurement::default();
    for (fact, at) in history {
        match fact {
            Fact::Opened(request) | Fact::Reopened(request) => {
                cross_lines(&mut measurement, *at);
                let terms = book.terms(*request, by_terms_of);
                for event in started(&measurement, terms, *at, book) {
                    measurement.evolve(&event);
                }
            }
            _ => drop(record(&mut measurement, *fact, *at, book)),
        }
    }
    measurement
}

fn start(
    measurement: &Measurement,
    request: RequestKind,
    at: Moment,
    book: &Book,
) -> Vec<ClockEvent> {
    started(measurement, book.terms(request, at), at, book)
}

fn started(
    measurement: &Measurement,
    terms: Option<Terms>,
    at: Moment,
    book: &Book,
) -> Vec<ClockEvent> {
    let Some((terms, clock)) = terms.and_then(|terms| Some((terms, book.clock(&terms)?))) else {
        return Vec::new();
    };
    let cycle = u32::try_from(measurement.cycles.len()).unwrap_or(u32::MAX).saturating_add(1);
    let lines = |minutes| lines(clock, &terms, at, minutes, TimeDelta::zero());
    // The first response is from the opening on, so a later cycle has none (S1).
    let first_response = terms.first_response_minutes.filter(|_| cycle == 1).map(lines);
    let processing = lines(terms.processing_minutes);
    vec![ClockEvent::Started(ClockStarted { cycle, at, terms, first_response, processing })]
}

fn answer(measurement: &Measurement, at: Moment, book: &Book) -> Vec<ClockEvent> {
    let Some((cycle, clock)) = current(measurement, book) else { return Vec::new() };
    let open = cycle.open_tracks().filter(|(target, _)| *target == Target::FirstResponse);
    let ended = open.map(|(target, track)| {
        let elapsed = track.elapsed(clock, at);
        ended(cycle, target, at, elapsed, result(track, elapsed))
    });
    ended.collect()
}

fn pause(measurement: &Measurement, at: Moment, book: &Book) -> Vec<ClockEvent> {
    let Some((cycle, clock)) = current(measurement, book) else { return Vec::new() };
    let track = &cycle.processing;
    if track.ended.is_some() || track.running_since.is_none() {
        return Vec::new();
    }
    let elapsed_micros = micros(track.elapsed(clock, at));
    vec![ClockEvent::Paused(ClockPaused { cycle: cycle.cycle, at, elapsed_micros })]
}

fn resume(measurement: &Measurement, at: Moment, book: &Book) -> Vec<ClockEvent> {
    let Some((cycle, clock)) = current(measurement, book) else { return Vec::new() };
    let track = &cycle.processing;
    if track.ended.is_some() || track.running_since.is_some() {
        return Vec::new();
    }
    let elapsed = TimeDelta::microseconds(track.elapsed_micros);
    let resumed = lines(clock, &cycle.terms, at, track.target_minutes, elapsed);
    let waited_from = cycle.pauses.last().map_or(at, |pause| pause.from);
    let processing = track.lines.after_wait(resumed, waited_from);
    vec![ClockEvent::Resumed(ClockResumed { cycle: cycle.cycle, at, processing })]
}

/// Ends everything that is open: processing with a result, a first response that never came with
/// none.
fn end(
    measurement: &Measurement,
    at: Moment,
    book: &Book,
    result: impl Fn(&Track, TimeDelta) -> TargetResult,
) -> Vec<ClockEvent> {
    let Some((cycle, clock)) = current(measurement, book) else { return Vec::new() };
    let ended = cycle.open_tracks().map(|(target, track)| {
        let elapsed = track.elapsed(clock, at);
        let result = match target {
            Target::FirstResponse => TargetResult::Lapsed,
            Target::Processing => result(track, elapsed),
        };
        ended(cycle, target, at, elapsed, result)
    });
    ended.collect()
}

fn ended(
    cycle: &Cycle,
    target: Target,
    at: Moment,
    elapsed: TimeDelta,
    result: TargetResult,
) -> ClockEvent {
    let elapsed_micros = micros(elapsed);
    ClockEvent::Ended(TargetEnded { cycle: cycle.cycle, target, at, elapsed_micros, result })
}

/// The target's own time is still in time: a target of 24 hours is met by 24 hours.
fn result(track: &Track, elapsed: TimeDelta) -> TargetResult {
    if elapsed <= track.target() { TargetResult::Met } else { TargetResult::Breached }
}

fn current<'a>(measurement: &'a Measurement, book: &'a Book) -> Option<(&'a Cycle, &'a Clock)> {
    let cycle = measurement.current()?;
    Some((cycle, book.clock(&cycle.terms)?))
}

/// When lines are crossed by a clock that goes on from `at` with so much behind it.
fn lines(clock: &Clock, terms: &Terms, at: Moment, minutes: u32, elapsed: TimeDelta) -> Lines {
    let target = TimeDelta::minutes(i64::from(minutes));
    let safe = target * (100 - i32::from(terms.at_risk_percent)) / 100;
    Lines {
        at_risk_at: clock.after(at, safe - elapsed),
        due_at: clock.after(at, target - elapsed),
        breaches_at: clock.after(at, target - elapsed + TimeDelta::microseconds(1)),
    }
}

fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}
