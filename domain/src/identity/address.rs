//! E-mail addresses as people log in with them.

use unicode_normalization::UnicodeNormalization;

use super::Rejection;

/// The most characters of an address that mail can be sent to (RFC 5321, 4.5.3.1.3).
const MAX_ADDRESS: usize = 254;
/// The most characters before the `@`.
const MAX_LOCAL: usize = 64;
/// The most characters between two dots of a domain.
const MAX_LABEL: usize = 63;
/// What may be before the `@` beside letters and digits (RFC 5322, `atext`).
const LOCAL_MARKS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// An e-mail address in the one spelling by which accounts are told apart: without white space
/// around it, in small letters. Mail systems that tell capitals apart before the `@` are not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address. Addresses outside of ASCII are not taken.
    ///
    /// # Errors
    /// [`Rejection::EmailInvalid`].
    pub fn parse(raw: &str) -> Result<Self, Rejection> {
        // What a keyboard writes as wide letters is meant as plain ones.
        let address: String = raw.trim().nfkc().collect::<String>().to_lowercase();
        let (local, domain) = address.split_once('@').ok_or(Rejection::EmailInvalid)?;
        let is_address = address.len() <= MAX_ADDRESS && is_local_part(local) && is_domain(domain);
        if is_address { Ok(Self(address)) } else { Err(Rejection::EmailInvalid) }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_local_part(local: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || LOCAL_MARKS.contains(c);
    local.len() <= MAX_LOCAL
        && local.chars().all(is_allowed)
        && local.split('.').all(|part| !part.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_spelling() {
        for spelling in ["a.b+c@example.com", " A.B+C@Example.COM\n", "ａ.b+c@example.com"] {
            let parsed = EmailAddress::parse(spelling).expect("an address");
            assert_eq!(parsed.as_str(), "a.b+c@example.com");
        }
    }

    #[test]
    fn what_mail_cannot_be_sent_to_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", ["b"; 126].join("."));
        for wrong in [
            "",
            "@",
            "a",
            "a@",
            "@b.com",
            "a@b",
            "a@b..com",
            "a@.com",
            "a@-b.com",
            "a@b-.com",
            "a@b@c.com",
            ".a@b.com",
            "a..b@c.com",
            "a b@c.com",
            "a\r\nbcc:x@c.com",
            "<a@b.com>",
            "\"a\"@b.com",
            "a,b@c.com",
            "a@b.com\u{0}",
            "имя@пример.рф",
            &long_local,
            &long,
        ] {
            assert_eq!(EmailAddress::parse(wrong), Err(Rejection::EmailInvalid), "{wrong:?}");
        }
    }
}
