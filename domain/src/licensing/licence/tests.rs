//! Granting and revoking licences.

mod keys;
mod life;
mod links;

use chrono::TimeDelta;
use cqrs_es::test::TestFramework;

use super::decide::{GrantLicence, MAX_DAYS, Revoke};
use super::*;
use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::example::customer;
use crate::kernel::{Moment, Personal, TextProblem};
use crate::licensing::{AccountNumber, AccountNumberProblem};

fn now() -> Moment {
    "2026-03-02T09:00:00Z".parse().expect("a moment")
}

fn day(number: i64) -> Moment {
    now() + TimeDelta::days(number)
}

fn grant(kind: LicenceKind, valid_from: Moment, valid_until: Option<Moment>) -> GrantLicence {
    let (customer_id, product_id) = (Ok(customer()), Ok(ProductId::named("robot")));
    GrantLicence {
        customer_id,
        product_id,
        kind,
        valid_from,
        valid_until,
        account_numbers: Ok(Vec::new()),
        application_id: None,
        time_zone: chrono_tz::Europe::Moscow,
        at: now(),
    }
}

fn granted(kind: LicenceKind, valid_from: Moment, valid_until: Option<Moment>) -> LicenceEvent {
    let (customer_id, product_id) = (customer(), ProductId::named("robot"));
    LicenceEvent::Granted {
        customer_id,
        product_id,
        kind,
        valid_from,
        valid_until,
        account_numbers: Personal::new(customer_id, Vec::new()),
        application_id: None,
        time_zone: Some(chrono_tz::Europe::Moscow),
    }
}

fn revoke(reason: &str) -> Command {
    Command::Revoke(Revoke { reason: reason.to_owned(), max_characters: 10, at: day(1) })
}

fn revoked() -> LicenceEvent {
    let reason = Personal::new(customer(), "Refunded".to_owned());
    LicenceEvent::Revoked { customer_id: customer(), revoked_at: day(1), reason }
}

fn given(events: Vec<LicenceEvent>) -> cqrs_es::test::AggregateTestExecutor<Licence> {
    TestFramework::<Licence>::with(()).given(events)
}

#[test]
fn each_kind_is_granted_for_its_time() {
    for (kind, until) in [
        (LicenceKind::Rental, Some(day(30))),
        (LicenceKind::Unlimited, None),
        (LicenceKind::Affiliate, None),
        (LicenceKind::Affiliate, Some(day(90))),
    ] {
        given(vec![])
            .when(Command::Grant(grant(kind, day(0), until)))
            .then_expect_events(vec![granted(kind, day(0), until)]);
    }
}

#[test]
fn a_rental_ends_and_an_unlimited_licence_does_not() {
    let refused = |kind, until, rejection| {
        given(vec![]).when(Command::Grant(grant(kind, day(0), until))).then_expect_error(rejection);
    };
    refused(LicenceKind::Rental, None, Rejection::EndMissing);
    refused(LicenceKind::Unlimited, Some(day(30)), Rejection::EndNotAllowed);
    refused(LicenceKind::Rental, Some(day(0)), Rejection::EndNotAfterStart);
    refused(LicenceKind::Rental, Some(day(-1)), Rejection::EndNotAfterStart);
}

#[test]
fn absurd_dates_are_refused() {
    let rejection = Rejection::TooFar { earliest: day(-MAX_DAYS), latest: day(MAX_DAYS) };
    let second = TimeDelta::seconds(1);
    for (from, until) in [
        (day(-MAX_DAYS) - second, None),
        (day(MAX_DAYS) + second, None),
        (day(0), Some(day(MAX_DAYS) + second)),
        (Moment::MIN_UTC, Some(Moment::MAX_UTC)),
    ] {
        given(vec![])
            .when(Command::Grant(grant(LicenceKind::Affiliate, from, until)))
            .then_expect_error(rejection);
    }
    for (from, until) in [(day(-MAX_DAYS), None), (day(0), Some(day(MAX_DAYS)))] {
        given(vec![])
            .when(Command::Grant(grant(LicenceKind::Affiliate, from, until)))
            .then_expect_events(vec![granted(LicenceKind::Affiliate, from, until)]);
    }
}

#[test]
fn a_licence_is_of_a_customer_for_a_product() {
    let usual = || grant(LicenceKind::Unlimited, day(0), None);
    let of_nobody = GrantLicence { customer_id: Err(Rejection::CustomerNotFound), ..usual() };
    given(vec![]).when(Command::Grant(of_nobody)).then_expect_error(Rejection::CustomerNotFound);
    let for_nothing = GrantLicence { product_id: Err(Rejection::ProductNotFound), ..usual() };
    given(vec![]).when(Command::Grant(for_nothing)).then_expect_error(Rejection::ProductNotFound);
}

#[test]
fn a_licence_is_granted_once_and_revoked_once_with_a_reason() {
    let there = || vec![granted(LicenceKind::Unlimited, day(0), None)];
    given(there())
        .when(Command::Grant(grant(LicenceKind::Unlimited, day(0), None)))
        .then_expect_error(Rejection::AlreadyGranted);
    given(there()).when(revoke(" Refunded ")).then_expect_events(vec![revoked()]);
    given(there()).when(revoke(" ")).then_expect_error(Rejection::BadReason(TextProblem::Empty));
    given(there())
        .when(revoke("eleven char"))
        .then_expect_error(Rejection::BadReason(TextProblem::TooLong { max: 10 }));
    given(vec![]).when(revoke("Refunded")).then_expect_error(Rejection::LicenceNotFound);
    given([there(), vec![revoked()]].concat())
        .when(revoke("Refunded"))
        .then_expect_error(Rejection::LicenceRevoked);
}

#[test]
fn a_key_is_bound_to_accounts_in_order_and_each_once() {
    let numbers = |texts: &[&str]| -> Vec<AccountNumber> {
        texts.iter().map(|one| AccountNumber::parse(one).expect("a number")).collect()
    };
    let usual = || grant(LicenceKind::Unlimited, day(0), None);
    let LicenceEvent::Granted { customer_id, product_id, kind, valid_from, valid_until, .. } =
        granted(LicenceKind::Unlimited, day(0), None)
    else {
        unreachable!("a licence is granted")
    };
    given(vec![])
        .when(Command::Grant(GrantLicence {
            account_numbers: Ok(numbers(&["7", "12", "7"])),
            ..usual()
        }))
        .then_expect_events(vec![LicenceEvent::Granted {
            customer_id,
            product_id,
            kind,
            valid_from,
            valid_until,
            account_numbers: Personal::new(customer_id, numbers(&["12", "7"])),
            application_id: None,
            time_zone: Some(chrono_tz::Europe::Moscow),
        }]);
    let bad = Rejection::BadAccountNumber(AccountNumberProblem::Empty);
    given(vec![])
        .when(Command::Grant(GrantLicence { account_numbers: Err(bad), ..usual() }))
        .then_expect_error(bad);
    let eleven: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    let eleven = eleven.iter().map(String::as_str).collect::<Vec<_>>();
    given(vec![])
        .when(Command::Grant(GrantLicence { account_numbers: Ok(numbers(&eleven)), ..usual() }))
        .then_expect_error(Rejection::TooManyAccounts { most: 10 });
}
