//! The first signing key, and those after it.

use cqrs_es::test::TestFramework;

use super::*;

fn public_key(of: u8) -> PublicKey {
    SigningKey::from_bytes(&[of; 32]).verifying_key().into()
}

fn at() -> Moment {
    "2026-03-02T09:00:00Z".parse().expect("a moment")
}

fn introduced(number: u16, of: u8) -> SigningKeysEvent {
    SigningKeysEvent::Introduced { number, public_key: public_key(of), introduced_at: at() }
}

fn given(events: Vec<SigningKeysEvent>) -> cqrs_es::test::AggregateTestExecutor<SigningKeys> {
    TestFramework::<SigningKeys>::with(()).given(events)
}

#[test]
fn the_first_key_is_begun_with_once() {
    let begin = |of| Command::Begin { public_key: public_key(of), at: at() };
    given(vec![]).when(begin(1)).then_expect_events(vec![introduced(1, 1)]);
    given(vec![introduced(1, 1)]).when(begin(2)).then_expect_events(vec![]);
}

#[test]
fn a_new_key_signs_and_the_old_ones_can_be_checked() {
    let rotate = |of| Command::Rotate { public_key: public_key(of), at: at() };
    given(vec![introduced(1, 1)]).when(rotate(2)).then_expect_events(vec![introduced(2, 2)]);
    given(vec![introduced(1, 1), introduced(2, 2)])
        .when(rotate(1))
        .then_expect_error(Rejection::KeyKnown);
    given(vec![introduced(u16::MAX, 1)]).when(rotate(2)).then_expect_error(Rejection::TooMany);
    let mut keys = SigningKeys::default();
    keys.evolve(&introduced(1, 1));
    keys.evolve(&introduced(2, 2));
    assert_eq!(keys.current(), Some((2, public_key(2))));
    assert_eq!(keys.verifying(1), public_key(1).verifying());
    assert_eq!(keys.verifying(3), None);
}

#[test]
fn bytes_that_are_no_public_key_are_refused() {
    // Not every number is the place of a point on the curve.
    let text = format!("02{}", "00".repeat(31));
    let public_key = PublicKey::try_from(text).expect("64 digits");
    given(vec![])
        .when(Command::Rotate { public_key, at: at() })
        .then_expect_error(Rejection::NoKey);
    for text in ["", "00", &"zz".repeat(32), &"é".repeat(32)] {
        assert!(PublicKey::try_from(text.to_owned()).is_err(), "{text}");
    }
}
