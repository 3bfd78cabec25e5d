//! Given facts, what is measured (S1, S2, S4), for any kind of request.

use std::sync::Arc;

use chrono::{TimeDelta, Weekday};
use proptest::prelude::*;

use super::events::LineCrossed;
use super::measure::{self, Fact};
use super::{Book, ClockEvent, ClockKind, Measurement, RequestKind, State, Target, TargetResult};
use crate::catalogue::events::{CatalogueEvent, Opening};
use crate::catalogue::{CalendarId, Catalogue};
use crate::kernel::{Moment, Title};

const OPENED: Fact = Fact::Opened(RequestKind::Ticket);
const REOPENED: Fact = Fact::Reopened(RequestKind::Ticket);

/// In UTC, so that local times can be read as they stand. 2 March 2026 is a Monday.
fn at(text: &str) -> Moment {
    format!("2026-03-{}:00Z", text.replace(' ', "T")).parse().expect("a moment")
}

/// Open from Monday to Friday, 09:00 to 18:00.
fn calendar(until_hour: u32, in_force_from: Option<Moment>) -> CatalogueEvent {
    let time = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
    let days = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let open = |day| Opening { day, from: time(9), until: time(until_hour) };
    CatalogueEvent::CalendarDefined {
        calendar_id: CalendarId::named("office"),
        code: "office".to_owned(),
        title: Title { ru: "Время".to_owned(), en: "Hours".to_owned() },
        time_zone: chrono_tz::UTC,
        openings: days.into_iter().map(open).collect(),
        holidays: Vec::new(),
        special_days: Vec::new(),
        in_force_from,
    }
}

/// Four hours of opening time, and one for the first response.
fn level(processing_minutes: u32, in_force_from: Moment) -> CatalogueEvent {
    CatalogueEvent::ServiceLevelDefined {
        request: RequestKind::Ticket,
        clock: ClockKind::WorkingHours,
        calendar_id: CalendarId::named("office"),
        processing_minutes,
        first_response_minutes: Some(60),
        typical_minutes: None,
        at_risk_percent: 25,
        in_force_from,
    }
}

fn book(definitions: Vec<CatalogueEvent>) -> Book {
    let mut catalogue = Catalogue::default();
    for event in definitions {
        catalogue.evolve(event);
    }
    Book::new(&catalogue)
}

/// For requests of other modules' tests: every hour counts, without nights and weekends.
pub(crate) fn every_hour(
    request: RequestKind,
    processing_minutes: u32,
    first_response_minutes: Option<u32>,
) -> Arc<Book> {
    let level = CatalogueEvent::ServiceLevelDefined {
        request,
        clock: ClockKind::Calendar,
        calendar_id: CalendarId::named("office"),
        processing_minutes,
        first_response_minutes,
        typical_minutes: None,
        at_risk_percent: 25,
        in_force_from: Moment::UNIX_EPOCH,
    };
    Arc::new(book(vec![calendar(18, None), level]))
}

fn usual() -> Book {
    book(vec![calendar(18, None), level(240, Moment::UNIX_EPOCH)])
}

/// What is measured of this history, and every fact that was recorded.
fn measured(history: &[(Fact, &str)], book: &Book) -> (Measurement, Vec<ClockEvent>) {
    let mut measurement = Measurement::default();
    let record =
        |(fact, when): &(Fact, &str)| measure::record(&mut measurement, *fact, at(when), book);
    let events: Vec<_> = history.iter().flat_map(record).collect();
    let mut folded = Measurement::default();
    for event in &events {
        folded.evolve(event);
    }
    assert_eq!(folded, measurement, "what is recorded gives what is known");
    (measurement, events)
}

/// Which lines were recorded, and when they were crossed.
fn lines(events: &[ClockEvent]) -> Vec<(&'static str, Target, Moment)> {
    let line = |event: &ClockEvent| match event {
        ClockEvent::AtRisk(LineCrossed { target, at, .. }) => Some(("at risk", *target, *at)),
        ClockEvent::Breached(LineCrossed { target, at, .. }) => Some(("breached", *target, *at)),
        _ => None,
    };
    events.iter().filter_map(line).collect()
}

fn minutes(track: &super::Track) -> i64 {
    TimeDelta::microseconds(track.elapsed_micros).num_minutes()
}

#[test]
fn an_answer_and_a_resolution_in_time_are_met() {
    let history =
        [(OPENED, "02 10:00"), (Fact::Answered, "02 10:30"), (Fact::Resolved, "02 14:00")];
    let (measurement, events) = measured(&history, &usual());
    assert_eq!(lines(&events), [("at risk", Target::Processing, at("02 13:00"))]);
    let cycle = &measurement.cycles[0];
    let first = cycle.first_response.as_ref().expect("it is measured");
    assert_eq!((minutes(first), first.state(at("02 14:00"))), (30, State::Met));
    // Four hours are within a target of four hours.
    assert_eq!(
        (minutes(&cycle.processing), cycle.processing.state(at("02 14:00"))),
        (240, State::Met)
    );
    assert_eq!(measurement.next_line_at(), None);
}

#[test]
fn the_first_answer_counts_and_no_later_one() {
    let history =
        [(OPENED, "02 10:00"), (Fact::Answered, "02 10:30"), (Fact::Answered, "02 12:00")];
    let (measurement, _) = measured(&history, &usual());
    assert_eq!(measurement.cycles[0].first_response.as_ref().map(minutes), Some(30));
}

/// Waiting over a weekend takes the clock time of the wait away, and not the days of it.
#[test]
fn waiting_on_the_customer_is_taken_off_in_clock_time() {
    let history = [
        (OPENED, "06 15:00"),
        (Fact::Answered, "06 15:10"),
        (Fact::WaitingStarted, "06 16:00"),
        (Fact::WaitingEnded, "09 10:00"),
    ];
    let (mut measurement, _) = measured(&history, &usual());
    let lines = measurement.cycles[0].processing.lines;
    assert_eq!(lines.due_at, Some(at("09 13:00")), "three hours are left on Monday at ten");
    assert_eq!(lines.at_risk_at, Some(at("09 12:00")));
    measure::record(&mut measurement, Fact::Resolved, at("09 11:30"), &usual());
    let processing = &measurement.cycles[0].processing;
    assert_eq!((minutes(processing), processing.state(at("09 11:30"))), (150, State::Met));
    assert_eq!(measurement.cycles[0].pauses.len(), 1);
}

/// What was due before a wait was due then, also after the wait.
#[test]
fn a_line_crossed_before_a_wait_stays_where_it_was_crossed() {
    let every_hour = every_hour(RequestKind::Ticket, 60, None);
    let history = [
        (OPENED, "02 00:00"),
        (Fact::WaitingStarted, "02 05:00"),
        (Fact::WaitingEnded, "02 10:00"),
        (Fact::WaitingStarted, "02 11:00"),
        (Fact::WaitingEnded, "02 12:00"),
    ];
    for waits in [2, 3, 5] {
        let (measurement, events) = measured(&history[..waits], &every_hour);
        let lines = measurement.cycles[0].processing.lines;
        assert_eq!(lines.at_risk_at, Some(at("02 00:45")));
        assert_eq!(lines.due_at, Some(at("02 01:00")));
        assert_eq!(lines.breaches_at, Some(at("02 01:00") + TimeDelta::microseconds(1)));
        if let Some(ClockEvent::Resumed(resumed)) = events.last() {
            assert_eq!(resumed.processing, lines);
        }
    }
    // At risk before the wait, due after it: ten minutes are left.
    let history = [(OPENED, "02 00:00"), (Fact::WaitingStarted, "02 00:50")];
    let (mut measurement, _) = measured(&history, &every_hour);
    measure::record(&mut measurement, Fact::WaitingEnded, at("02 10:00"), &every_hour);
    let lines = measurement.cycles[0].processing.lines;
    assert_eq!((lines.at_risk_at, lines.due_at), (Some(at("02 00:45")), Some(at("02 10:10"))));
}

#[test]
fn while_it_waits_no_line_of_processing_is_crossed() {
    let history =
        [(OPENED, "02 10:00"), (Fact::Answered, "02 10:01"), (Fact::WaitingStarted, "02 11:00")];
    let (mut measurement, _) = measured(&history, &usual());
    assert_eq!(measurement.next_line_at(), None);
    assert_eq!(measurement.cycles[0].processing.state(at("20 10:00")), State::Paused);
    assert_eq!(measure::cross_lines(&mut measurement, at("20 10:00")), []);
}

#[test]
fn lines_are_recorded_once_at_their_moment_however_late() {
    let book = usual();
    let (mut measurement, _) = measured(&[(OPENED, "06 15:00")], &book);
    assert_eq!(measurement.next_line_at(), Some(at("06 15:45")));
    assert_eq!(measure::cross_lines(&mut measurement, at("06 15:44")), []);
    let late = measure::cross_lines(&mut measurement, at("20 10:00"));
    let micro = TimeDelta::microseconds(1);
    let expected = [
        ("at risk", Target::FirstResponse, at("06 15:45")),
        ("breached", Target::FirstResponse, at("06 16:00") + micro),
        ("at risk", Target::Processing, at("06 18:00")),
        ("breached", Target::Processing, at("09 10:00") + micro),
    ];
    assert_eq!(lines(&late), expected);
    assert_eq!(measure::cross_lines(&mut measurement, at("25 10:00")), []);
    // What nobody noticed before the resolution is noticed by it.
    let (_, events) = measured(&[(OPENED, "06 15:00"), (Fact::Resolved, "20 10:00")], &book);
    assert_eq!(lines(&events), expected);
}

/// The time is over at the end of an opening; it is too late when the next one begins.
#[test]
fn a_target_that_ends_with_the_day_is_met_until_the_next_morning() {
    let history = [(OPENED, "06 14:00"), (Fact::Resolved, "07 12:00")];
    let (measurement, events) = measured(&history, &usual());
    let processing = &measurement.cycles[0].processing;
    assert_eq!(processing.lines.due_at, Some(at("06 18:00")));
    assert_eq!(processing.state(at("07 12:00")), State::Met);
    let breaches = lines(&events).into_iter().filter(|line| line.0 == "breached");
    assert_eq!(breaches.map(|line| line.1).collect::<Vec<_>>(), [Target::FirstResponse]);
}

#[test]
fn reopening_starts_a_second_cycle_beside_the_first() {
    let history = [
        (OPENED, "02 10:00"),
        (Fact::Resolved, "02 11:00"),
        (REOPENED, "04 09:00"),
        (Fact::Answered, "04 09:10"),
        (Fact::Resolved, "04 14:00"),
    ];
    let (measurement, _) = measured(&history, &usual());
    let [first, second] = &measurement.cycles[..] else { panic!("two cycles") };
    assert_eq!((first.cycle, minutes(&first.processing)), (1, 60));
    assert_eq!((second.cycle, minutes(&second.processing)), (2, 300));
    let results: Vec<_> =
        [first, second].map(|cycle| cycle.processing.ended.map(|ended| ended.result)).to_vec();
    assert_eq!(results, [Some(TargetResult::Met), Some(TargetResult::Breached)]);
    assert_eq!(
        first.first_response.as_ref().map(|track| track.state(at("04 14:00"))),
        Some(State::Lapsed)
    );
    assert!(second.first_response.is_none(), "the first response is from the opening on");
}

#[test]
fn what_is_withdrawn_has_no_figure() {
    let (measurement, _) =
        measured(&[(OPENED, "02 10:00"), (Fact::Withdrawn, "02 11:00")], &usual());
    let cycle = &measurement.cycles[0];
    assert_eq!(cycle.processing.state(at("03 11:00")), State::Lapsed);
    // What was too late before stays so.
    let (measurement, _) =
        measured(&[(OPENED, "02 10:00"), (Fact::Withdrawn, "09 11:00")], &usual());
    assert_eq!(measurement.cycles[0].processing.state(at("09 11:00")), State::Breached);
}

/// S4: the version in force when the clock started measures, whatever is defined after.
#[test]
fn a_version_measures_what_begins_while_it_is_in_force() {
    let before = [calendar(18, None), level(240, Moment::UNIX_EPOCH)];
    let after = [calendar(12, Some(at("02 11:00"))), level(60, at("02 11:00"))];
    let both = book([before, after].concat());
    let history =
        [(OPENED, "02 10:00"), (Fact::Answered, "02 10:30"), (Fact::Resolved, "02 14:00")];
    let known = measured(&history, &usual());
    assert_eq!(measured(&history, &both), known, "nothing of it changes");
    let (later, _) = measured(&[(OPENED, "02 11:00"), (Fact::Resolved, "03 09:30")], &both);
    let terms = later.cycles[0].terms;
    assert_eq!((terms.service_level_version, terms.calendar_version), (2, 2));
    assert_eq!(minutes(&later.cycles[0].processing), 90, "it closes at noon");
    // Measured again, on request, the first goes by the new versions as well.
    let history = history.map(|(fact, when)| (fact, at(when)));
    let again = measure::measured(&history, at("05 10:00"), &both);
    assert_eq!(minutes(&again.cycles[0].processing), 120);
    assert_eq!(again.cycles[0].processing.state(at("05 10:00")), State::Breached);
}

/// Imported history is older than every version.
#[test]
fn what_is_older_than_every_version_is_measured_by_the_first() {
    let from = at("20 10:00");
    let book = book(vec![calendar(18, Some(from)), level(240, from), level(60, at("21 10:00"))]);
    let terms = book.terms(RequestKind::Ticket, at("02 10:00")).expect("it is measured");
    assert_eq!((terms.service_level_version, terms.processing_minutes), (1, 240));
    assert_eq!(book.terms(RequestKind::RentalApplication, from), None);
}

#[test]
fn nothing_is_measured_of_a_request_of_before() {
    let facts = [Fact::WaitingStarted, Fact::WaitingEnded, Fact::Answered, Fact::Resolved];
    let history = facts.map(|fact| (fact, "02 10:00"));
    assert_eq!(measured(&history, &usual()).1, []);
    // It is measured from its next reopening on.
    let (measurement, _) =
        measured(&[(Fact::Resolved, "02 10:00"), (REOPENED, "02 11:00")], &usual());
    assert_eq!(measurement.cycles.len(), 1);
}

proptest! {
    /// Processing takes what passes between opening and resolution without what passes in waits,
    /// and it is breached exactly where a line says so.
    #[test]
    fn waits_are_taken_off(gaps in prop::collection::vec(1..3_000_i64, 2..9)) {
        let book = usual();
        let terms = book.terms(RequestKind::Ticket, at("02 10:00")).expect("it is measured");
        let clock = book.clock(&terms).expect("there is a clock");
        let (mut measurement, mut now, mut expected) = (Measurement::default(), at("02 10:00"), 0);
        measure::record(&mut measurement, OPENED, now, &book);
        let last = gaps.len() - 1;
        let mut breaches = Vec::new();
        for (index, gap) in gaps.into_iter().enumerate() {
            let then = now + TimeDelta::minutes(gap);
            let runs = index % 2 == 0;
            expected += if runs { clock.elapsed(now, then).num_minutes() } else { 0 };
            let fact = match (index == last, runs) {
                (true, _) => Fact::Resolved,
                (false, true) => Fact::WaitingStarted,
                (false, false) => Fact::WaitingEnded,
            };
            now = then;
            let events = measure::record(&mut measurement, fact, now, &book);
            let crossed = lines(&events).into_iter();
            breaches.extend(crossed.filter(|line| (line.0, line.1) == ("breached", Target::Processing)));
        }
        let processing = &measurement.cycles[0].processing;
        prop_assert_eq!(minutes(processing), expected);
        let is_late = expected > 240;
        prop_assert_eq!(breaches.len(), usize::from(is_late));
        prop_assert_eq!(processing.state(now) == State::Breached, is_late);
    }
}
