//! Terms of support and their versions.

use chrono::TimeDelta;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::decide::{MAX_CENTS, MAX_DAYS_AHEAD, MAX_MINUTES};
use super::*;
use crate::kernel::{AmountProblem, Currency, Moment, Money};

fn day(number: i64) -> Moment {
    let first: Moment = "2026-03-02T09:00:00Z".parse().expect("a moment");
    first + TimeDelta::days(number)
}

fn dollars(cents: i64) -> Money {
    Money { cents, currency: Currency::USD }
}

fn proposal() -> Proposal {
    Proposal {
        hourly_price: Ok(dollars(500)),
        package_minutes: 300,
        warning_percent: 80,
        needs_agreement: true,
        time_zone: Some(chrono_tz::Europe::Moscow),
    }
}

fn terms(cents: i64) -> Terms {
    Terms {
        hourly_price: dollars(cents),
        package_minutes: 300,
        warning_percent: 80,
        needs_agreement: true,
        time_zone: chrono_tz::Europe::Moscow,
    }
}

fn defined(version: u32, in_force_from: Moment, cents: i64) -> TermsEvent {
    TermsEvent::Defined { version, in_force_from, terms: terms(cents) }
}

fn given(events: Vec<TermsEvent>) -> AggregateTestExecutor<SupportTerms> {
    TestFramework::<SupportTerms>::with(()).given(events)
}

fn define(proposal: Proposal, in_force_from: Option<Moment>) -> Command {
    Command::Define { proposal, in_force_from, ledgers: Ledgers::InUse, at: day(0) }
}

fn at_price(cents: i64) -> Proposal {
    Proposal { hourly_price: Ok(dollars(cents)), ..proposal() }
}

#[test]
fn versions_are_counted_and_hold_from_now_or_later() {
    given(vec![]).when(define(proposal(), None)).then_expect_events(vec![defined(1, day(0), 500)]);
    let later = Some(day(30));
    given(vec![defined(1, day(-5), 500)])
        .when(define(at_price(600), later))
        .then_expect_events(vec![defined(2, day(30), 600)]);
}

#[test]
fn what_is_in_force_already_is_no_news() {
    given(vec![defined(1, day(-5), 500)]).when(define(proposal(), None)).then_expect_events(vec![]);
}

/// What was done before is settled by what held then.
#[test]
fn terms_hold_neither_for_the_past_nor_only_in_years() {
    let second = TimeDelta::seconds(1);
    given(vec![defined(1, day(-5), 500)])
        .when(define(at_price(600), Some(day(0) - second)))
        .then_expect_error(Rejection::InForceTooEarly { earliest: day(0) });
    let latest = day(MAX_DAYS_AHEAD);
    given(vec![])
        .when(define(proposal(), Some(latest + second)))
        .then_expect_error(Rejection::InForceTooFar { latest });
}

/// A mistake that was announced can be mended before it begins.
#[test]
fn announced_terms_are_replaced_by_those_that_begin_before_them() {
    let announced = || vec![defined(1, day(-5), 500), defined(2, day(9), 60_000)];
    for from in [day(0), day(8), day(9)] {
        given(announced())
            .when(define(at_price(600), Some(from)))
            .then_expect_events(vec![defined(3, from, 600)]);
    }
    let mut history = SupportTerms::default();
    for event in [defined(1, day(-5), 500), defined(2, day(9), 60_000), defined(3, day(8), 600)] {
        history.evolve(&event);
    }
    let in_force = |moment| history.in_force_at(moment).map(|version| version.version);
    assert_eq!(
        [in_force(day(7)), in_force(day(8)), in_force(day(30))],
        [Some(1), Some(3), Some(3)]
    );
}

#[test]
fn absurd_terms_are_refused_by_name() {
    let refused = |proposal, rejection| {
        given(vec![]).when(define(proposal, None)).then_expect_error(rejection);
    };
    let none = AmountProblem::NotAnAmount;
    refused(Proposal { hourly_price: Err(none), ..proposal() }, Rejection::BadAmount(none));
    for price in [dollars(-1), dollars(MAX_CENTS + 1)] {
        let max_cents = MAX_CENTS;
        let proposal = Proposal { hourly_price: Ok(price), ..proposal() };
        refused(proposal, Rejection::PriceOutOfRange { max_cents });
    }
    for package_minutes in [-1, i64::from(MAX_MINUTES) + 1, i64::MAX] {
        let max = MAX_MINUTES;
        let proposal = Proposal { package_minutes, ..proposal() };
        refused(proposal, Rejection::PackageOutOfRange { max });
    }
    for warning_percent in [0, 100, -1, 256 + 80] {
        refused(Proposal { warning_percent, ..proposal() }, Rejection::WarningOutOfRange);
    }
    refused(Proposal { time_zone: None, ..proposal() }, Rejection::TimeZoneUnknown);
}

#[test]
fn the_currency_is_chosen_until_there_are_amounts() {
    let euros = Money { cents: 500, currency: "EUR".to_owned().try_into().expect("a currency") };
    let in_euros = Proposal { hourly_price: Ok(euros), ..proposal() };
    let define = |ledgers| {
        given(vec![defined(1, day(-5), 500)]).when(Command::Define {
            proposal: in_euros,
            in_force_from: None,
            ledgers,
            at: day(0),
        })
    };
    define(Ledgers::InUse).then_expect_error(Rejection::CurrencyFixed);
    let terms = Terms { hourly_price: euros, ..terms(500) };
    let changed = TermsEvent::Defined { version: 2, in_force_from: day(0), terms };
    define(Ledgers::Empty).then_expect_events(vec![changed.clone()]);
    // Work of before is settled in the new currency as well.
    let mut history = SupportTerms::default();
    for event in [defined(1, day(-5), 500), changed] {
        history.evolve(&event);
    }
    for moment in [day(-9), day(-1), day(0)] {
        assert_eq!(history.in_force_at(moment).map(|version| version.version), Some(2));
    }
}

#[test]
fn the_version_in_force_is_the_last_that_has_begun_and_the_first_before_all() {
    let mut history = SupportTerms::default();
    assert_eq!(history.in_force_at(day(0)), None);
    for event in [defined(1, day(0), 500), defined(2, day(9), 600), defined(3, day(9), 700)] {
        history.evolve(&event);
    }
    let in_force = |moment| history.in_force_at(moment).map(|version| version.version);
    assert_eq!(in_force(day(-400)), Some(1));
    assert_eq!(in_force(day(9) - TimeDelta::seconds(1)), Some(1));
    assert_eq!(in_force(day(9)), Some(3));
    assert_eq!(in_force(Moment::MAX_UTC), Some(3));
}
