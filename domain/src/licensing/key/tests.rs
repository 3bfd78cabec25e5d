//! What is signed is read again, what was changed is refused, and the format stays.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::kernel::hex;

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn read(key: &str) -> Result<KeyFacts, KeyProblem> {
    KeyFacts::read(key, |number| (number == 3).then(|| signing_key().verifying_key()))
}

fn any_facts() -> impl Strategy<Value = KeyFacts> {
    let kind = prop_oneof![
        Just(LicenceKind::Rental),
        Just(LicenceKind::Unlimited),
        Just(LicenceKind::Affiliate)
    ];
    let accounts = prop::collection::vec("[0-9A-Z]{1,20}", 0..=10);
    let until = proptest::option::of(1..=u32::MAX);
    (any::<u128>(), any::<u16>(), any::<[u8; 8]>(), kind, any::<u32>(), until, accounts).prop_map(
        |(licence, number, product, kind, valid_from, valid_until, accounts)| KeyFacts {
            signing_key: 3,
            licence_id: LicenceId::new(Uuid::from_u128(licence)),
            number,
            product,
            kind,
            valid_from,
            valid_until,
            account_numbers: accounts
                .iter()
                .map(|one| AccountNumber::parse(one).expect("a number"))
                .collect(),
        },
    )
}

proptest! {
    #[test]
    fn any_key_reads_as_what_it_says(facts in any_facts()) {
        let key = facts.sign(&signing_key());
        prop_assert_eq!(read(&key), Ok(facts.clone()));
        let retyped = key.replace('-', " ").to_ascii_lowercase();
        prop_assert_eq!(read(&retyped), Ok(facts));
    }

    #[test]
    fn no_key_with_one_character_changed_is_read(
        facts in any_facts(),
        at in any::<prop::sample::Index>(),
        character in "[0-9A-Za-z!*+/]",
    ) {
        let key = facts.sign(&signing_key());
        let at = at.index(key.len());
        let mut changed: Vec<char> = key.chars().collect();
        changed[at] = character.chars().next().expect("a character");
        let changed: String = changed.into_iter().collect();
        prop_assume!(!changed.eq_ignore_ascii_case(&key));
        prop_assert!(read(&changed).is_err(), "{}", changed);
    }

    #[test]
    fn anything_can_be_asked(text in any::<String>()) {
        prop_assert_eq!(read(&text), Err(KeyProblem::Malformed));
    }

    #[test]
    fn any_bytes_are_written_and_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(text::decode(&text::encode(&bytes)), Some(bytes));
    }
}

/// Of the first byte changed, of the last, and of every one between.
#[test]
fn every_other_character_in_every_place_is_refused() {
    let vectors = vectors();
    let key = &vectors.keys[0].key;
    for at in (0..key.len()).filter(|at| key.as_bytes()[*at] != b'-') {
        for character in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars() {
            let changed = format!("{}{character}{}", &key[..at], &key[at + 1..]);
            if changed != *key {
                assert!(vectors.read(&changed).is_err(), "{changed}");
            }
        }
    }
}

#[test]
fn a_key_of_another_signer_is_refused() {
    let other = SigningKey::from_bytes(&[8; 32]);
    let vectors = vectors();
    let facts = vectors.read(&vectors.keys[0].key).expect("a key");
    assert_eq!(vectors.read(&facts.sign(&other)), Err(KeyProblem::Signature));
    let unknown = KeyFacts { signing_key: 9, ..facts };
    assert_eq!(vectors.read(&unknown.sign(&other)), Err(KeyProblem::Signature));
}

#[test]
fn a_key_begins_and_ends_in_the_seconds_in_which_its_licence_does() {
    let moment = |text: &str| text.parse::<Moment>().expect("a moment");
    for text in ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.999999Z"] {
        assert_eq!(second_of(moment(text)), 1_767_225_600, "{text}");
    }
    assert_eq!(second_of(Moment::MIN_UTC), 0);
    assert_eq!(second_of(Moment::MAX_UTC), u32::MAX);
}

/// `tests/licensing/vectors.json`, by which the check in `docs/licence-keys.md` is tested as well.
#[derive(Deserialize)]
struct Vectors {
    signing_key: u16,
    secret_key: String,
    public_key: String,
    keys: Vec<Vector>,
    refused: Vec<Refused>,
    pasted: Vec<String>,
}

#[derive(Deserialize)]
struct Refused {
    why: String,
    key: String,
}

#[derive(Deserialize)]
struct Vector {
    key: String,
    licence_id: LicenceId,
    number: u16,
    product: String,
    kind: LicenceKind,
    valid_from: u32,
    valid_until: Option<u32>,
    account_numbers: Vec<AccountNumber>,
}

impl Vectors {
    fn secret(&self) -> SigningKey {
        SigningKey::from_bytes(&bytes(&self.secret_key))
    }

    fn read(&self, key: &str) -> Result<KeyFacts, KeyProblem> {
        let public_key = self.secret().verifying_key();
        KeyFacts::read(key, |number| (number == self.signing_key).then_some(public_key))
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../../tests/licensing/vectors.json")).expect("vectors")
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).expect("hexadecimal digits")
}

#[test]
fn the_vectors_are_what_is_written_today() {
    let vectors = vectors();
    assert_eq!(bytes(&vectors.public_key), vectors.secret().verifying_key().to_bytes());
    for vector in &vectors.keys {
        let facts = KeyFacts {
            signing_key: vectors.signing_key,
            licence_id: vector.licence_id,
            number: vector.number,
            product: bytes(&vector.product),
            kind: vector.kind,
            valid_from: vector.valid_from,
            valid_until: vector.valid_until,
            account_numbers: vector.account_numbers.clone(),
        };
        assert_eq!(facts.sign(&vectors.secret()), vector.key);
        assert_eq!(vectors.read(&vector.key), Ok(facts));
    }
    for refused in &vectors.refused {
        assert!(vectors.read(&refused.key).is_err(), "{}", refused.why);
    }
}

/// Text programs change dashes and put spaces and invisible characters in.
#[test]
fn a_key_is_read_as_people_paste_it() {
    let vectors = vectors();
    let facts = vectors.read(&vectors.keys[0].key).expect("a key");
    for pasted in &vectors.pasted {
        assert_eq!(vectors.read(pasted), Ok(facts.clone()), "{pasted:?}");
    }
}
