//! Personal data in events has a type of its own, which names the person it belongs to.
//!
//! Erasing a person (A3) means making every `Personal` value of theirs unreadable while each stored
//! event keeps its bytes. So the log stores the values encrypted with a key per person (ADR 0073).
//! Nothing is encrypted or decrypted here: a rule that needs no text never opens one.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use uuid::Uuid;

use crate::customer::CustomerId;
use crate::licensing::TradingAccountId;
use crate::staff::StaffMemberId;

/// What is shown in the place of a text of an erased person.
pub const ERASED: &str = "[erased]";

/// The person whose data a value is: a customer, a member of staff, or the holder of a trading
/// account, who need not be known; then the account stands for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Uuid);

impl PersonId {
    /// The id as a key is stored under.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<CustomerId> for PersonId {
    fn from(id: CustomerId) -> Self {
        Self(id.uuid())
    }
}

impl From<StaffMemberId> for PersonId {
    fn from(id: StaffMemberId) -> Self {
        Self(id.uuid())
    }
}

impl From<TradingAccountId> for PersonId {
    fn from(id: TradingAccountId) -> Self {
        Self(id.uuid())
    }
}

/// A value that identifies or concerns a person: a name, an address, a text, an account number.
///
/// Its forms, as JSON:
/// - `{"of": person, "plain": value}`: readable;
/// - `{"of": person, "place": "event.type/field", "sealed": text}`: encrypted, with the place for
///   which it was; an event leaves the place out, because it is the place;
/// - `{"of": person, "erased": true}`: the person was erased, and the value with them.
///
/// It prints only whose it is, so that a log line or an error never carries the value itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Personal<T> {
    of: PersonId,
    value: Value<T>,
}

#[derive(Clone, PartialEq, Eq)]
enum Value<T> {
    Plain(T),
    Sealed(Box<Sealed>),
    Erased,
}

/// An encrypted value, and the place for which it was encrypted.
#[derive(Clone, PartialEq, Eq)]
struct Sealed {
    place: String,
    text: String,
}

impl<T> Personal<T> {
    /// Marks `value` as belonging to `person`.
    pub fn new(person: impl Into<PersonId>, value: T) -> Self {
        Self { of: person.into(), value: Value::Plain(value) }
    }

    /// A value of a person who was erased.
    pub fn erased(person: impl Into<PersonId>) -> Self {
        Self { of: person.into(), value: Value::Erased }
    }

    /// Whose the value is.
    pub const fn person(&self) -> PersonId {
        self.of
    }

    /// The value itself; `None` if its person was erased. A value must have been opened before.
    pub fn reveal(&self) -> Option<&T> {
        match &self.value {
            Value::Plain(value) => Some(value),
            Value::Erased => None,
            Value::Sealed(sealed) => {
                debug_assert!(false, "{} was not opened before it is read", sealed.place);
                None
            }
        }
    }
}

impl Personal<String> {
    /// The text as it is shown.
    pub fn shown(&self) -> &str {
        self.reveal().map_or(ERASED, String::as_str)
    }
}

/// How a value is stored. In the order of the names, which is the order in which any JSON map is
/// written: what seals and opens finds it in the text by that.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<T, S> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased: Option<bool>,
    of: PersonId,
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    place: Option<S>,
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    plain: Option<T>,
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    sealed: Option<S>,
}

const fn nothing<T>() -> Option<T> {
    None
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let of = self.of;
        let mut stored = Stored { erased: None, of, place: None, plain: None, sealed: None };
        match &self.value {
            Value::Plain(value) => stored.plain = Some(value),
            Value::Erased => stored.erased = Some(true),
            Value::Sealed(sealed) => {
                stored.place = Some(&sealed.place);
                stored.sealed = Some(&sealed.text);
            }
        }
        stored.serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let stored = Stored::<T, String>::deserialize(from)?;
        let value = match stored {
            Stored { plain: Some(value), sealed: None, place: None, erased: None, .. } => {
                Value::Plain(value)
            }
            Stored {
                sealed: Some(text), place: Some(place), plain: None, erased: None, ..
            } => Value::Sealed(Box::new(Sealed { place, text })),
            Stored { erased: Some(true), plain: None, sealed: None, place: None, .. } => {
                Value::Erased
            }
            _ => return Err(D::Error::custom("a personal value has none of its forms")),
        };
        Ok(Self { of: stored.of, value })
    }
}

impl<T> std::fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Personal(of {})", self.of.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: &str = "4b9dca5c-6b3c-5a60-9a38-0d1b2f4a7c11";

    fn read(form: &str) -> Result<Personal<String>, serde_json::Error> {
        serde_json::from_str(&form.replace("PERSON", PERSON))
    }

    #[test]
    fn each_form_is_written_as_it_was_read() {
        for form in [
            r#"{"of":"PERSON","plain":"Anna"}"#,
            r#"{"of":"PERSON","place":"customer.registered/name","sealed":"c2Vj"}"#,
            r#"{"erased":true,"of":"PERSON"}"#,
        ] {
            let value = read(form).expect("a form");
            let written = serde_json::to_string(&value).expect("JSON");
            assert_eq!(written, form.replace("PERSON", PERSON));
            assert!(!format!("{value:?}").contains("Anna"));
        }
    }

    #[test]
    fn what_has_no_form_or_two_is_no_value() {
        for form in [
            r#"{"of":"PERSON"}"#,
            r#"{"of":"PERSON","erased":false}"#,
            r#"{"of":"PERSON","sealed":"c2Vj"}"#,
            r#"{"of":"PERSON","plain":"Anna","erased":true}"#,
            r#"{"of":"PERSON","place":"a/b","plain":"Anna","sealed":"c2Vj"}"#,
            r#"{"of":"PERSON","plain":"Anna","other":1}"#,
        ] {
            assert!(read(form).is_err(), "{form}");
        }
    }

    #[test]
    fn an_erased_text_is_shown_as_erased() {
        assert_eq!(read(r#"{"of":"PERSON","erased":true}"#).expect("a form").shown(), ERASED);
        assert_eq!(read(r#"{"of":"PERSON","plain":"Anna"}"#).expect("a form").shown(), "Anna");
    }
}
