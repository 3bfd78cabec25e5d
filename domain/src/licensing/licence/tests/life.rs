//! Renewing, coming to the end, ending (R1).

use chrono_tz::Tz;

use super::super::decide::{MAX_DAYS, PassTime, Renew};
use super::*;

fn moment(text: &str) -> Moment {
    text.parse().expect("a moment")
}

fn rental(from: &str, until: &str) -> LicenceEvent {
    granted(LicenceKind::Rental, moment(from), Some(moment(until)))
}

fn renew(months: i64, at: &str) -> Renew {
    Renew { months, time_zone: Tz::Europe__Moscow, at: moment(at) }
}

fn renewed(months: u32, until: &str, at: &str) -> LicenceEvent {
    let (valid_until, renewed_at) = (moment(until), moment(at));
    LicenceEvent::Renewed { customer_id: customer(), months, valid_until, renewed_at }
}

#[test]
fn a_licence_is_over_when_it_was_revoked_or_has_ended_and_never_before_it_was_granted() {
    let at = moment("2026-02-15T09:00:00Z");
    let is_over = |events: &[LicenceEvent]| {
        let mut licence = Licence::default();
        for event in events {
            licence.evolve(event);
        }
        licence.is_over(at)
    };
    let begun = "2026-01-15T09:00:00Z";
    assert!(!is_over(&[]));
    assert!(!is_over(&[rental(begun, "2026-02-15T09:00:01Z")]));
    assert!(is_over(&[rental(begun, "2026-02-15T09:00:00Z")]));
    assert!(is_over(&[rental(begun, "2026-02-15T09:00:01Z"), revoked()]));
}

#[test]
fn a_rental_goes_on_for_whole_months_from_its_beginning() {
    let at = "2026-02-10T00:00:00Z";
    for (from, until, months, then) in [
        ("2026-01-15T09:00:00Z", "2026-02-15T09:00:00Z", 1, "2026-03-15T09:00:00Z"),
        // From the 31st to the 31st, though February came between.
        ("2026-01-31T09:00:00Z", "2026-02-28T09:00:00Z", 1, "2026-03-31T09:00:00Z"),
        // A term of odd days goes on from its end.
        ("2026-01-31T09:00:00Z", "2026-02-20T10:00:00Z", 2, "2026-04-20T10:00:00Z"),
    ] {
        given(vec![rental(from, until)])
            .when(Command::Renew(renew(months, at)))
            .then_expect_events(vec![renewed(u32::try_from(months).expect("few"), then, at)]);
    }
}

/// A licence keeps the zone in which it was granted: it ends at midnight in Moscow, wherever the
/// vendor has moved to. One granted before that was kept goes by the vendor's zone.
#[test]
fn a_vendor_that_moves_moves_no_last_day() {
    let (from, until) = ("2026-01-31T21:00:00Z", "2026-02-28T21:00:00Z");
    let at = "2026-02-10T00:00:00Z";
    let in_berlin = || Renew { time_zone: Tz::Europe__Berlin, ..renew(1, at) };
    let kept = renewed(1, "2026-03-31T21:00:00Z", at);
    given(vec![rental(from, until)])
        .when(Command::Renew(in_berlin()))
        .then_expect_events(vec![kept]);
    let mut old = rental(from, until);
    if let LicenceEvent::Granted { time_zone, .. } = &mut old {
        *time_zone = None;
    }
    let moved = renewed(1, "2026-03-31T20:00:00Z", at);
    given(vec![old]).when(Command::Renew(in_berlin())).then_expect_events(vec![moved]);
}

#[test]
fn only_a_rental_that_runs_is_renewed_and_not_absurdly_far() {
    let (from, until) = ("2026-01-15T09:00:00Z", "2026-03-15T09:00:00Z");
    let refused = |events: Vec<LicenceEvent>, renew: Renew, rejection| {
        given(events).when(Command::Renew(renew)).then_expect_error(rejection);
    };
    let soon = "2026-03-01T00:00:00Z";
    refused(vec![], renew(1, soon), Rejection::LicenceNotFound);
    let unlimited = granted(LicenceKind::Unlimited, day(0), None);
    refused(vec![unlimited], renew(1, soon), Rejection::NotARental);
    let there = || vec![rental(from, until)];
    refused([there(), vec![revoked()]].concat(), renew(1, soon), Rejection::LicenceRevoked);
    refused(there(), renew(1, until), Rejection::LicenceExpired);
    for months in [0, -1, 121, i64::MAX, i64::MIN] {
        refused(there(), renew(months, soon), Rejection::TermOutOfRange { most: 120 });
    }
    let (earliest, latest) = (moment(soon), moment(soon) + TimeDelta::days(MAX_DAYS));
    refused(there(), renew(120, soon), Rejection::TooFar { earliest, latest });
}

fn pass(at: Moment) -> Command {
    Command::PassTime(PassTime { warning_days: vec![7, 1], at })
}

fn expiring(days: u16, until: Moment) -> LicenceEvent {
    LicenceEvent::Expiring { customer_id: customer(), days, valid_until: until }
}

fn expired(until: Moment) -> LicenceEvent {
    LicenceEvent::Expired { customer_id: customer(), valid_until: until }
}

#[test]
fn the_end_is_said_ahead_and_when_it_comes_each_once() {
    let there = || granted(LicenceKind::Rental, day(0), Some(day(30)));
    let (second, end) = (TimeDelta::seconds(1), day(30));
    let (week, eve) = (expiring(7, end), expiring(1, end));
    let nothing = Vec::new;
    for (before, at, said) in [
        (vec![], day(23) - second, nothing()),
        (vec![], day(23), vec![week.clone()]),
        (vec![week.clone()], day(24), nothing()),
        (vec![week.clone()], day(29), vec![eve.clone()]),
        (vec![week.clone(), eve.clone()], end - second, nothing()),
        (vec![week.clone(), eve.clone()], end, vec![expired(end)]),
        (vec![week.clone(), eve, expired(end)], day(99), nothing()),
        // Of what was missed only the last is said.
        (vec![], day(29), vec![expiring(1, end)]),
        (vec![], day(99), vec![expired(end)]),
        (vec![week, revoked()], day(99), nothing()),
    ] {
        given([vec![there()], before].concat()).when(pass(at)).then_expect_events(said);
    }
    let unlimited = granted(LicenceKind::Unlimited, day(0), None);
    given(vec![unlimited]).when(pass(Moment::MAX_UTC)).then_expect_events(nothing());
    given(vec![]).when(pass(day(0))).then_expect_error(Rejection::LicenceNotFound);
}

#[test]
fn a_renewed_rental_is_warned_of_its_new_end() {
    let end = moment("2026-05-02T09:00:00Z");
    let history = vec![
        granted(LicenceKind::Rental, day(0), Some(day(30))),
        expiring(7, day(30)),
        renewed(1, "2026-05-02T09:00:00Z", "2026-03-26T09:00:00Z"),
    ];
    given(history.clone()).when(pass(day(31))).then_expect_events(vec![]);
    given(history).when(pass(end - TimeDelta::days(7))).then_expect_events(vec![expiring(7, end)]);
}
