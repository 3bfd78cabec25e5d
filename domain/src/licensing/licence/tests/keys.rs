//! Keys: issued, bound again, checked (F6).

use ed25519_dalek::SigningKey;

use super::super::decide::{Check, MAX_CHECKS_A_DAY, Rebind, Signer};
use super::*;
use crate::licensing::key::{KeyFacts, ProductTag, product_tag};

fn signer() -> Signer {
    Signer { number: 3, secret: SigningKey::from_bytes(&[7; 32]) }
}

fn licence_id() -> LicenceId {
    LicenceId::named("licence")
}

fn issue() -> Command {
    Command::IssueKey { licence_id: licence_id(), signer: signer() }
}

fn account(text: &str) -> AccountNumber {
    AccountNumber::parse(text).expect("a number")
}

/// A licence for a month, bound to these accounts.
fn bound(accounts: &[&str]) -> LicenceEvent {
    let (customer_id, product_id) = (customer(), ProductId::named("robot"));
    LicenceEvent::Granted {
        customer_id,
        product_id,
        kind: LicenceKind::Rental,
        valid_from: day(0),
        valid_until: Some(day(31)),
        account_numbers: Personal::new(
            customer_id,
            accounts.iter().map(|one| account(one)).collect(),
        ),
        application_id: None,
        time_zone: None,
    }
}

fn facts(number: u16, accounts: &[&str], until: i64) -> KeyFacts {
    let seconds = |moment: Moment| u32::try_from(moment.timestamp()).expect("of this century");
    KeyFacts {
        signing_key: 3,
        licence_id: licence_id(),
        number,
        product: product_tag(ProductId::named("robot")),
        kind: LicenceKind::Rental,
        valid_from: seconds(day(0)),
        valid_until: Some(seconds(day(until))),
        account_numbers: accounts.iter().map(|one| account(one)).collect(),
    }
}

fn issued(facts: &KeyFacts) -> LicenceEvent {
    let key = Personal::new(customer(), facts.sign(&signer().secret));
    let (customer_id, number) = (customer(), facts.number);
    LicenceEvent::KeyIssued { customer_id, number, signing_key: 3, key }
}

fn rebind(accounts: &[&str]) -> Rebind {
    Rebind {
        account_numbers: Ok(accounts.iter().map(|one| account(one)).collect()),
        reason: "Moved".to_owned(),
        max_characters: 10,
        at: day(1),
    }
}

fn rebound(accounts: &[&str]) -> LicenceEvent {
    LicenceEvent::Rebound {
        customer_id: customer(),
        account_numbers: Personal::new(
            customer(),
            accounts.iter().map(|one| account(one)).collect(),
        ),
        reason: Personal::new(customer(), "Moved".to_owned()),
        rebound_at: day(1),
    }
}

fn renewed(until: i64) -> LicenceEvent {
    let (customer_id, valid_until, renewed_at) = (customer(), day(until), day(2));
    LicenceEvent::Renewed { customer_id, months: 1, valid_until, renewed_at }
}

#[test]
fn a_key_says_what_the_licence_says_and_is_issued_once() {
    let first = issued(&facts(1, &["12", "7"], 31));
    given(vec![bound(&["12", "7"])]).when(issue()).then_expect_events(vec![first.clone()]);
    given(vec![bound(&["12", "7"]), first]).when(issue()).then_expect_events(vec![]);
    given(vec![]).when(issue()).then_expect_error(Rejection::LicenceNotFound);
}

#[test]
fn a_licence_without_accounts_or_revoked_gets_no_key() {
    given(vec![bound(&[])]).when(issue()).then_expect_events(vec![]);
    given(vec![bound(&["7"]), revoked()]).when(issue()).then_expect_events(vec![]);
}

#[test]
fn binding_anew_and_renewing_make_the_next_key() {
    let first = issued(&facts(1, &["7"], 31));
    given(vec![bound(&["7"]), first.clone(), rebound(&["8"])])
        .when(issue())
        .then_expect_events(vec![issued(&facts(2, &["8"], 31))]);
    given(vec![bound(&["7"]), first, renewed(59)])
        .when(issue())
        .then_expect_events(vec![issued(&facts(2, &["7"], 59))]);
    // Bound again twice before the key was made, it is the last that counts.
    given(vec![bound(&[]), rebound(&["8"]), rebound(&["9"])])
        .when(issue())
        .then_expect_events(vec![issued(&facts(2, &["9"], 31))]);
}

#[test]
fn a_licence_is_bound_anew_to_other_accounts_with_a_reason() {
    let there = || vec![bound(&["7"])];
    let refused = |given_events: Vec<LicenceEvent>, rebind: Rebind, rejection| {
        given(given_events).when(Command::Rebind(rebind)).then_expect_error(rejection);
    };
    given(there())
        .when(Command::Rebind(rebind(&["9", "8", "9"])))
        .then_expect_events(vec![rebound(&["8", "9"])]);
    refused(vec![], rebind(&["8"]), Rejection::LicenceNotFound);
    refused(vec![bound(&["7"]), revoked()], rebind(&["8"]), Rejection::LicenceRevoked);
    refused(there(), Rebind { at: day(31), ..rebind(&["8"]) }, Rejection::LicenceExpired);
    refused(there(), rebind(&[]), Rejection::AccountsMissing);
    refused(there(), rebind(&["7"]), Rejection::AccountsUnchanged);
    let unreasoned = Rebind { reason: " ".to_owned(), ..rebind(&["8"]) };
    refused(there(), unreasoned, Rejection::BadReason(TextProblem::Empty));
}

fn check(facts: KeyFacts, account_text: &str, product: Option<ProductTag>, at: Moment) -> Check {
    Check { facts, account_number: account(account_text), product, at }
}

fn checked(check: &Check, verdict: KeyVerdict) -> LicenceEvent {
    let (customer_id, number) = (customer(), check.facts.number);
    let account_number = Personal::new(customer_id, check.account_number.clone());
    LicenceEvent::KeyChecked { customer_id, number, account_number, verdict, checked_at: check.at }
}

#[test]
fn each_verdict_has_its_ground() {
    let there = || vec![bound(&["7"]), issued(&facts(1, &["7"], 31))];
    let also = |event: LicenceEvent| [there(), vec![event]].concat();
    let (first, robot) = (facts(1, &["7"], 31), product_tag(ProductId::named("robot")));
    let other = Some(product_tag(ProductId::named("indicator")));
    let second = TimeDelta::seconds(1);
    for (given_events, check, verdict) in [
        (there(), check(first.clone(), "7", None, day(0)), KeyVerdict::Valid),
        (there(), check(first.clone(), "7", Some(robot), day(31) - second), KeyVerdict::Valid),
        (there(), check(first.clone(), "8", None, day(1)), KeyVerdict::BoundElsewhere),
        (there(), check(first.clone(), "7", other, day(1)), KeyVerdict::OtherProduct),
        (there(), check(first.clone(), "7", None, day(0) - second), KeyVerdict::NotYetValid),
        (there(), check(first.clone(), "7", None, day(31)), KeyVerdict::Expired),
        (also(revoked()), check(first.clone(), "7", None, day(2)), KeyVerdict::Revoked),
        (also(rebound(&["8"])), check(first.clone(), "7", None, day(2)), KeyVerdict::Replaced),
        // Nothing but that is said to somebody with another account.
        (also(revoked()), check(first.clone(), "8", None, day(2)), KeyVerdict::BoundElsewhere),
        // Renewed, the key before stays good until it ends itself.
        (also(renewed(59)), check(first.clone(), "7", None, day(2)), KeyVerdict::Valid),
        (also(renewed(59)), check(first, "7", None, day(40)), KeyVerdict::Expired),
        (also(renewed(59)), check(facts(2, &["7"], 59), "7", None, day(40)), KeyVerdict::Valid),
    ] {
        given(given_events)
            .when(Command::CheckKey(check.clone()))
            .then_expect_events(vec![checked(&check, verdict)]);
    }
}

#[test]
fn the_same_check_is_recorded_once_a_day_and_so_many_in_all() {
    let asked = |number: usize, at| check(facts(1, &["7"], 31), &number.to_string(), None, at);
    let one = asked(1, day(1));
    let mut history = vec![bound(&["7"]), checked(&one, KeyVerdict::BoundElsewhere)];
    given(history.clone()).when(Command::CheckKey(one)).then_expect_events(vec![]);
    let next = asked(1, day(2));
    given(history.clone())
        .when(Command::CheckKey(next.clone()))
        .then_expect_events(vec![checked(&next, KeyVerdict::BoundElsewhere)]);
    for number in 100..99 + MAX_CHECKS_A_DAY {
        history.push(checked(&asked(number, day(1)), KeyVerdict::BoundElsewhere));
    }
    given(history).when(Command::CheckKey(asked(1_000, day(1)))).then_expect_events(vec![]);
}
