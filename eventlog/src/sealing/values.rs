//! Personal values in a text of JSON, as this program writes it: compact, and each value's members
//! in the order of their names. A text that a person has written cannot look like one, because
//! every quote in it is escaped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::cipher;
use super::keyring::{Keys, PersonKey};
use super::place;
use crate::failure::DbError;

const BEGINNING: &str = r#"{"of":""#;
const UUID_LENGTH: usize = 36;
const PLAIN: &str = r#"","plain":"#;
const PLACE: &str = r#"","place":""#;
const SEALED: &str = r#"","sealed":""#;
const SEALED_END: &str = r#""}"#;
/// Begins what a value is bound to.
const LABEL: &[u8] = b"servicedesk personal v1\0";

/// A personal value in a text.
pub(super) struct Value<'a> {
    /// Where its object begins and ends.
    range: std::ops::Range<usize>,
    /// The name of the field that holds it; empty where none does.
    pub(super) field: &'a str,
    person: Uuid,
    pub(super) form: Form<'a>,
}

/// The form that a value has.
pub(super) enum Form<'a> {
    /// The value's JSON.
    Plain(&'a str),
    Sealed {
        place: &'a str,
        text: &'a str,
    },
}

/// The personal values of a text that can be read, or could be with a key.
pub(super) fn find(json: &str) -> impl Iterator<Item = Value<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + json.get(from..)?.find(BEGINNING)?;
            from = start + BEGINNING.len();
            if let Some(value) = read(json, start) {
                from = value.range.end;
                return Some(value);
            }
        }
    })
}

/// The value whose object begins here, if it is one.
fn read(json: &str, start: usize) -> Option<Value<'_>> {
    let (person, rest) = json.get(start + BEGINNING.len()..)?.split_at_checked(UUID_LENGTH)?;
    let person = person.parse().ok()?;
    let (form, rest) = if let Some(rest) = rest.strip_prefix(PLAIN) {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        let (plain, rest) = rest.split_at_checked(values.byte_offset())?;
        (Form::Plain(plain), rest.strip_prefix('}')?)
    } else {
        let (place, rest) = rest.strip_prefix(PLACE)?.split_once(SEALED)?;
        let (text, rest) = rest.split_once(SEALED_END)?;
        (Form::Sealed { place, text }, rest)
    };
    let range = start..json.len() - rest.len();
    Some(Value { range, field: field_before(&json[..start]), person, form })
}

/// The name of the member whose value begins where this text ends.
fn field_before(text: &str) -> &str {
    let name = text.strip_suffix("\":").and_then(|text| text.rsplit_once('"'));
    name.map_or("", |(_, name)| name)
}

/// Whose values the text has.
pub(super) fn persons(json: &str) -> impl Iterator<Item = Uuid> + '_ {
    find(json).map(|value| value.person)
}

/// Whose values the text has that are sealed.
pub(super) fn sealed_persons(json: &str) -> impl Iterator<Item = Uuid> + '_ {
    let sealed = find(json).filter(|value| matches!(value.form, Form::Sealed { .. }));
    sealed.map(|value| value.person)
}

/// The payload of an event with every readable value encrypted; those of an erased person are
/// erased.
pub(super) fn seal(payload: &str, event_type: &str, keys: &Keys) -> String {
    replace(payload, |value| {
        let Form::Plain(plain) = value.form else { return Ok(None) };
        let Value { person, field, .. } = value;
        Ok(match keys.get(person) {
            Some(PersonKey::Known(key)) => {
                let place = place(event_type, field);
                let sealed = cipher::seal(key, &context(*person, &place), plain.as_bytes());
                let text = BASE64.encode(sealed);
                Some(format!("{BEGINNING}{person}{PLACE}{place}{SEALED}{text}{SEALED_END}"))
            }
            Some(PersonKey::Erased) | None => Some(erased(*person)),
        })
    })
    .unwrap_or_else(|never: std::convert::Infallible| match never {})
}

/// A text with every encrypted value opened, or erased where its person was.
///
/// # Errors
/// `Damaged`, where a value is not what was encrypted for this person and place.
pub(super) fn open(json: &str, keys: &Keys) -> Result<String, DbError> {
    replace(json, |value| {
        let person = value.person;
        let is_erased = keys.get(&person) == Some(&PersonKey::Erased);
        let Form::Sealed { place, text } = value.form else {
            return Ok(is_erased.then(|| erased(person)));
        };
        let damaged = |what| DbError::Damaged(format!("the value {place} of {person} {what}"));
        match keys.get(&person) {
            Some(PersonKey::Known(key)) => {
                let sealed = BASE64.decode(text).ok();
                let opened =
                    sealed.and_then(|sealed| cipher::open(key, &context(person, place), &sealed));
                let plain = opened.and_then(|opened| String::from_utf8(opened).ok());
                let plain = plain.ok_or_else(|| damaged("cannot be decrypted"))?;
                Ok(Some(format!("{BEGINNING}{person}{PLAIN}{plain}}}")))
            }
            Some(PersonKey::Erased) => Ok(Some(erased(person))),
            None => Err(damaged("has no key")),
        }
    })
}

fn erased(person: Uuid) -> String {
    format!(r#"{{"erased":true,"of":"{person}"}}"#)
}

/// What an encrypted value is bound to: a label, the person's 16 bytes, and the place in UTF-8.
fn context(person: Uuid, place: &str) -> Vec<u8> {
    [LABEL, person.as_bytes(), place.as_bytes()].concat()
}

/// The text with those values replaced for which there is something else.
fn replace<E>(
    json: &str,
    mut other: impl FnMut(&Value<'_>) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let mut replaced = String::with_capacity(json.len() + json.len() / 2);
    let mut done = 0;
    for value in find(json) {
        if let Some(new) = other(&value)? {
            replaced.push_str(&json[done..value.range.start]);
            replaced.push_str(&new);
            done = value.range.end;
        }
    }
    replaced.push_str(&json[done..]);
    Ok(replaced)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ANNA: Uuid = Uuid::from_u128(1);
    const BORIS: Uuid = Uuid::from_u128(2);

    fn keys() -> Keys {
        Keys::from([(ANNA, PersonKey::Known([7; 32])), (BORIS, PersonKey::Known([8; 32]))])
    }

    /// Everything that could mislead who looks for values in a text.
    fn payload() -> String {
        let text = r#"quotes "}, {"of":"00000000-0000-0000-0000-000000000001","plain":1} \ end {"#;
        json!({
            "ticket.opened": {
                "subject": { "of": ANNA, "plain": text },
                "text": { "of": BORIS, "plain": "Здравствуйте" },
                "numbers": { "of": ANNA, "plain": ["12", "7"] },
                "of": "not a value",
                "inner": { "reason": { "of": ANNA, "plain": "" } },
            }
        })
        .to_string()
    }

    #[test]
    fn what_is_sealed_hides_every_value_and_opens_to_the_same() {
        let sealed = seal(&payload(), "ticket.opened", &keys());
        for hidden in ["quotes", "Здравствуйте", "12", "plain\""] {
            assert!(!sealed.contains(hidden), "{hidden} is in {sealed}");
        }
        assert!(sealed.contains("not a value"));
        assert!(sealed.contains("ticket.opened/reason"));
        assert_eq!(open(&sealed, &keys()).expect("it opens"), payload());
        assert_eq!(persons(&sealed).count(), 4);
        assert_eq!(super::super::check_places("ticket.opened", &sealed), Ok(()));
    }

    #[test]
    fn a_value_opens_for_its_own_person_and_in_its_own_place_alone() {
        let one = json!({ "e": { "name": { "of": ANNA, "plain": "Anna" } } }).to_string();
        let sealed = seal(&one, "customer.registered", &keys());
        let other_person = sealed.replace(&ANNA.to_string(), &BORIS.to_string());
        let other_field = sealed.replace("registered/name", "registered/note");
        let other_event = sealed.replace("customer.registered", "customer.noted");
        for wrong in [&other_person, &other_field, &other_event] {
            assert!(matches!(open(wrong, &keys()), Err(DbError::Damaged(_))), "{wrong}");
        }
        // Moved as a whole, it says where it belongs.
        let moved = sealed.replace(r#""name":"#, r#""note":"#);
        let check = super::super::check_places;
        assert!(check("customer.registered", &moved).is_err());
        assert!(check("customer.noted", &sealed).is_err());
        assert_eq!(check("customer.registered", &sealed), Ok(()));
        let other_keys = Keys::from([(ANNA, PersonKey::Known([9; 32]))]);
        assert!(open(&sealed, &other_keys).is_err());
        assert!(open(&sealed, &Keys::new()).is_err(), "a lost key is no erasure");
    }

    #[test]
    fn an_erased_persons_values_are_erased_in_either_direction() {
        let sealed = seal(&payload(), "ticket.opened", &keys());
        let mut keys = keys();
        keys.insert(ANNA, PersonKey::Erased);
        let opened = open(&sealed, &keys).expect("reading goes on");
        assert!(!opened.contains("quotes"));
        assert!(opened.contains("Здравствуйте"));
        assert_eq!(opened.matches(&erased(ANNA)).count(), 3);
        assert!(!seal(&payload(), "ticket.opened", &keys).contains("quotes"));
    }
}
