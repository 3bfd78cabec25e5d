//! Work that crosses the end of a licence or of a month is split there (B3).

use proptest::prelude::*;

use super::*;
use crate::billing::account::decide::decide;
use crate::billing::account::events::{Totals, WarningLevel};
use crate::billing::terms::{SupportTerms, TermsEvent};

fn moment(text: &str) -> Moment {
    text.parse().expect("a moment")
}

/// The package of a rental of the robot.
fn rental(name: &str, from: Moment, until: Moment) -> AccountEvent {
    AccountEvent::PackageOpened {
        licence_id: licence(name),
        product_id: robot(),
        valid_from: from,
        valid_until: Some(until),
    }
}

/// Work between two moments, for as many whole minutes.
fn between(name: &str, started_at: Moment, worked_at: Moment) -> Work {
    let minutes = u32::try_from((worked_at - started_at).num_minutes()).expect("minutes");
    Work { started_at, worked_at, ..work(name, minutes) }
}

fn decided(before: &[AccountEvent], command: Command) -> Vec<AccountEvent> {
    let mut account = SupportAccount::default();
    before.iter().cloned().for_each(|event| account.evolve(event));
    decide(&account, command).expect("allowed")
}

fn parts_of(events: &[AccountEvent]) -> Vec<(&Settlement, Month)> {
    let part = |event| match event {
        &AccountEvent::WorkSettled { ref settlement, billed_in } => Some((settlement, billed_in)),
        _ => None,
    };
    events.iter().filter_map(part).collect()
}

/// In Moscow March ends at 21:00 UTC of its last day; the licence ends 20 minutes before.
#[test]
fn work_is_split_at_the_end_of_a_licence_and_of_a_month() {
    let end = moment("2026-03-31T20:40:00Z");
    let before = vec![rental("one", day(-10), end)];
    let work = between("a", moment("2026-03-31T20:30:00Z"), moment("2026-03-31T22:00:00Z"));
    let (march, april) = (month("2026-03"), month("2026-04"));
    let part = |number, worked_at, worked_in, of: Settlement| {
        let settlement = Settlement { part: number, worked_at, worked_in, ..of };
        AccountEvent::WorkSettled { settlement, billed_in: worked_in }
    };
    let midnight = moment("2026-03-31T21:00:00Z");
    given(before).when(Command::Settle(work.clone())).then_expect_events(vec![
        part(0, end, march, settlement("a", &[("one", 10)], 0, None)),
        part(1, midnight, march, settlement("a", &[], 20, None)),
        part(2, work.worked_at, april, settlement("a", &[], 60, None)),
    ]);
}

/// A licence that begins during the work gives its minutes from then on, and no earlier one.
#[test]
fn work_is_split_where_a_licence_begins() {
    let before = vec![rental("one", day(0), day(30))];
    let hour = TimeDelta::hours(1);
    let events = decided(&before, Command::Settle(between("a", day(0) - hour, day(0) + hour)));
    let free: Vec<u32> = parts_of(&events).iter().map(|(part, _)| part.free_minutes()).collect();
    assert_eq!(free, [0, 60]);
    // What only touches a boundary is not split.
    for (from, until, free) in [(day(0) - hour, day(0), 0), (day(0), day(0) + hour, 60)] {
        let events = decided(&before, Command::Settle(between("a", from, until)));
        let [(only, _)] = parts_of(&events)[..] else { panic!("it was split: {events:?}") };
        assert_eq!((only.free_minutes(), only.part), (free, 0));
    }
}

/// Each part is settled by the terms of its time.
#[test]
fn work_is_split_where_other_terms_come_into_force() {
    let mut terms = SupportTerms::default();
    let mut cheap = version().terms;
    cheap.hourly_price = dollars(500);
    for (version, in_force_from, cents) in [(1, day(-400), 500), (2, day(0), 1_200)] {
        cheap.hourly_price = dollars(cents);
        terms.evolve(&TermsEvent::Defined { version, in_force_from, terms: cheap });
    }
    let hour = TimeDelta::hours(1);
    let work = between("a", day(0) - hour, day(0) + hour);
    let terms = terms.in_force_during(work.started_at, work.worked_at).expect("terms");
    let events = decided(&[], Command::Settle(Work { terms, ..work }));
    let prices: Vec<_> = parts_of(&events)
        .iter()
        .map(|(part, _)| (part.terms_version, part.price.cents, part.minutes))
        .collect();
    assert_eq!(prices, [(1, 500, 60), (2, 1_200, 60)]);
}

/// Boundaries within a minute: a part gets the whole minutes that were over by then, and one of
/// none is no part.
#[test]
fn parts_have_whole_minutes_and_add_up() {
    let seconds = |number| day(0) + TimeDelta::seconds(number);
    for (end, expected) in [
        (30, vec![(2, 0)]),
        (59, vec![(2, 0)]),
        (60, vec![(1, 1), (1, 0)]),
        (90, vec![(1, 1), (1, 0)]),
        (119, vec![(1, 1), (1, 0)]),
    ] {
        let before = vec![rental("one", day(-10), seconds(end))];
        let events = decided(&before, Command::Settle(between("a", day(0), seconds(120))));
        let parts: Vec<(u32, u32)> =
            parts_of(&events).iter().map(|(part, _)| (part.minutes, part.free_minutes())).collect();
        assert_eq!(parts, expected, "an end after {end} seconds");
    }
}

/// A later part finds what the parts before it have drawn, and warns of it.
#[test]
fn parts_are_settled_one_after_another() {
    let midnight = moment("2026-03-31T21:00:00Z");
    let before = vec![rental("one", day(-10), day(300))];
    let work = between("a", midnight - TimeDelta::minutes(240), midnight + TimeDelta::minutes(90));
    let events = decided(&before, Command::Settle(work));
    let parts: Vec<_> = parts_of(&events)
        .iter()
        .map(|(part, _)| (part.free_minutes(), part.chargeable_minutes))
        .collect();
    assert_eq!(parts, [(240, 0), (60, 30)]);
    let warned: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            AccountEvent::WarningRaised { level, used_minutes, .. } => {
                Some((*level, *used_minutes))
            }
            _ => None,
        })
        .collect();
    assert_eq!(warned, [(WarningLevel::NearlyUsed, 240), (WarningLevel::UsedUp, 300)]);
}

/// B4: each part comes back as it was, on its own month's statement or the next open one; also after
/// it has become a courtesy.
#[test]
fn every_part_is_given_back_once() {
    let midnight = moment("2026-03-31T21:00:00Z");
    let hour = TimeDelta::hours(1);
    let before = vec![rental("one", day(-10), midnight)];
    let work = Command::Settle(between("a", midnight - hour, midnight + hour));
    let settled = decided(&before, work);
    let after = [before, settled.clone()].concat();
    for (basis, closed, statements) in [
        (CreditBasis::Reversal, None, ["2026-03", "2026-04"]),
        (CreditBasis::Courtesy, None, ["2026-03", "2026-04"]),
        (CreditBasis::Reversal, Some("2026-03"), ["2026-04", "2026-04"]),
    ] {
        let closed = closed.map(|text| AccountEvent::StatementClosed {
            month: month(text),
            totals: Totals::default(),
        });
        let after = [after.clone(), closed.into_iter().collect()].concat();
        let command = || Command::Credit { entry_id: TimeEntryId::named("a"), basis };
        let credits = decided(&after, command());
        let expected: Vec<AccountEvent> = parts_of(&settled)
            .into_iter()
            .zip(statements)
            .map(|((part, _), billed_in)| AccountEvent::WorkCredited {
                settlement: part.clone(),
                basis,
                billed_in: month(billed_in),
            })
            .collect();
        assert_eq!(credits, expected);
        let after = [after, credits].concat();
        assert_eq!(decided(&after, command()), []);
        let reversed = decided(&after, credit("a"));
        let count = if basis == CreditBasis::Courtesy { 2 } else { 0 };
        assert_eq!(reversed.len(), count, "{reversed:?}");
    }
}

proptest! {
    /// Wherever the boundaries are, the parts have the entry's minutes, follow one another, and no
    /// boundary is within one; each is free exactly while a licence was valid.
    #[test]
    fn parts_cover_the_work(
        rentals in prop::collection::vec((-4_000..4_000_i64, 1..4_000_i64), 0..4),
        start in -3_000..3_000_i64,
        length in 1..4_000_i64,
        rounding in 0..2_u32,
    ) {
        let midnight = moment("2026-03-31T21:00:00Z");
        let at = |seconds| midnight + TimeDelta::seconds(seconds);
        let before: Vec<AccountEvent> = rentals
            .iter()
            .enumerate()
            .map(|(number, (from, length))| {
                rental(&number.to_string(), at(*from), at(from + length))
            })
            .collect();
        let minutes = u32::try_from(length / 60).expect("minutes") + rounding;
        prop_assume!(minutes > 0);
        let (started_at, worked_at) = (at(start), at(start + length));
        let work = Work { started_at, worked_at, ..work("a", minutes) };
        let events = decided(&before, Command::Settle(work));
        let parts = parts_of(&events);
        prop_assert_eq!(parts.iter().map(|(part, _)| part.minutes).sum::<u32>(), minutes);
        for (number, (part, billed_in)) in parts.iter().enumerate() {
            prop_assert_eq!(usize::try_from(part.part).ok(), Some(number));
            prop_assert!(part.minutes > 0);
            prop_assert_eq!(part.worked_in, *billed_in);
            // A moment before its end, since an end is no longer within.
            let last = part.worked_at - TimeDelta::seconds(1);
            prop_assert_eq!(Month::of(last, chrono_tz::Europe::Moscow), part.worked_in);
            let is_valid = rentals.iter().any(|(from, length)| {
                at(*from) <= last && last < at(from + length)
            });
            let expected = if is_valid { part.minutes } else { 0 };
            prop_assert_eq!(part.free_minutes(), expected, "{:?}", part);
        }
        prop_assert!(parts.windows(2).all(|two| two[0].0.worked_at < two[1].0.worked_at));
    }
}
