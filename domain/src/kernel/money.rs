//! Money is whole cents with a currency; nothing here or elsewhere uses floating point for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code, for example `USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// A text that is not three capital Latin letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code: {0:?}")]
pub struct NotACurrency(pub String);

impl Currency {
    /// United States dollars, in which the vendor's published prices are.
    pub const USD: Self = Self(*b"USD");
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(NotACurrency(text)),
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

/// An amount in hundredths of a currency's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Hundredths of the unit; may be negative.
    pub cents: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// The amount as a decimal text with two places and no currency, for example `12.50`.
    pub fn decimal(self) -> String {
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_is_exact_for_every_sign() {
        let money = |cents| Money { cents, currency: Currency::USD }.decimal();
        assert_eq!(money(1250), "12.50");
        assert_eq!(money(-5), "-0.05");
        assert_eq!(money(0), "0.00");
        assert_eq!(money(i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn only_three_capital_letters_are_a_currency() {
        for bad in ["usd", "US", "USDT", "", "ру"] {
            assert!(Currency::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
