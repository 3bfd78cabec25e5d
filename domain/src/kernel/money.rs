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

impl Currency {
    /// A currency in which amounts can be named: one of ISO 4217 that has two decimals at most,
    /// since amounts are kept in hundredths. What was stored before is read all the same.
    ///
    /// # Errors
    /// [`AmountProblem::UnknownCurrency`].
    pub fn of_amounts(code: &str) -> Result<Self, AmountProblem> {
        let is_known = iso_currency::Currency::from_code(code)
            .and_then(iso_currency::Currency::exponent)
            .is_some_and(|decimals| u32::from(decimals) <= MAX_DECIMALS);
        let currency = Self::try_from(code.to_owned()).ok().filter(|_| is_known);
        currency.ok_or(AmountProblem::UnknownCurrency)
    }

    /// How many decimals its amounts have; two, where that is not known.
    pub fn decimals(self) -> u32 {
        let iso = iso_currency::Currency::from_code(&self.to_string());
        let decimals = iso.and_then(iso_currency::Currency::exponent).map(u32::from);
        decimals.map_or(MAX_DECIMALS, |decimals| decimals.min(MAX_DECIMALS))
    }

    /// Its smallest amount, in hundredths of the unit: 1 for dollars, 100 for yen.
    fn smallest(self) -> i64 {
        10_i64.pow(MAX_DECIMALS - self.decimals())
    }
}

/// Hundredths of a unit as a decimal, for example `12.50`, for messages about any currency.
pub fn in_units(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, (cents % 100).abs())
}

/// Amounts are kept in hundredths.
const MAX_DECIMALS: u32 = 2;

/// Why a text is no amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AmountProblem {
    /// The currency is none of ISO 4217, or has more decimals than are kept.
    #[error("the currency is not one of ISO 4217 with two decimals at most")]
    UnknownCurrency,
    /// It has more decimals than its currency.
    #[error("amounts in this currency have {decimals} decimals at most")]
    TooManyDecimals {
        /// How many its currency has.
        decimals: u32,
    },
    /// It is not written as an amount.
    #[error("an amount is written in digits with a point before its decimals, like 12.50")]
    NotAnAmount,
    /// It is beyond all amounts.
    #[error("the amount is too large")]
    TooLarge,
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
    /// The amount as a decimal text with the decimals of its currency and without its code, for
    /// example `12.50`. Hundredths of a currency that has none are shown where there are any.
    pub fn decimal(self) -> String {
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        let (units, hundredths) = (cents / 100, cents % 100);
        if self.currency.decimals() == 0 && hundredths == 0 {
            return format!("{sign}{units}");
        }
        format!("{sign}{units}.{hundredths:02}")
    }

    /// Whether it is at least as much as another amount of the same currency.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.currency == other.currency && self.cents >= other.cents
    }

    /// Reads a decimal text with at most the decimals of its currency and an ISO 4217 code, for
    /// example `12.50` and `USD`.
    ///
    /// # Errors
    /// The [`AmountProblem`].
    pub fn parse(amount: &str, currency: &str) -> Result<Self, AmountProblem> {
        let currency = Currency::of_amounts(currency)?;
        let (sign, digits) = match amount.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, amount),
        };
        let (units, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(units) || !are_digits(decimals) {
            return Err(AmountProblem::NotAnAmount);
        }
        let most = currency.decimals();
        // Zeros say nothing new: 400.00 yen are 400.
        let named = decimals.trim_end_matches('0').len();
        if named > most as usize || decimals.len() > MAX_DECIMALS as usize {
            return Err(AmountProblem::TooManyDecimals { decimals: most });
        }
        let hundredths = format!("{decimals:0<2}").parse::<i64>();
        let hundredths = hundredths.map_err(|_| AmountProblem::NotAnAmount)?;
        let units = units.parse::<i64>().ok().and_then(|units| units.checked_mul(100));
        let cents = units.and_then(|units| units.checked_add(hundredths));
        let cents = cents.ok_or(AmountProblem::TooLarge)?;
        Ok(Self { cents: sign * cents, currency })
    }

    /// What so many minutes cost at this price an hour: pro rata by the minute, exact, and rounded
    /// to the currency's smallest amount, the cent for most, half up (B2). `carried` is the remainder of the lines before, in sixtieths of a
    /// cent, so that the lines add up to their exact sum rounded once.
    ///
    /// Gives the price, and by how much the exact price of these minutes alone exceeds it, in
    /// sixtieths of a cent. Remainders take no price below zero; what is left waits for the next
    /// line.
    #[must_use]
    pub fn of_minutes(self, minutes: u32, carried: i64) -> (Self, i64) {
        // In `i128` this cannot overflow.
        let exact = i128::from(self.cents) * i128::from(minutes);
        let smallest = i128::from(self.currency.smallest());
        let whole = (exact + i128::from(carried) + 30 * smallest).div_euclid(60 * smallest);
        let rounded = if exact > 0 { whole.max(0) * smallest } else { 0 };
        let cents = i64::try_from(rounded).unwrap_or(i64::MAX);
        let remainder = i64::try_from(exact - i128::from(cents) * 60).unwrap_or_default();
        (Self { cents, currency: self.currency }, remainder)
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
    fn an_amount_is_a_decimal_text_with_at_most_two_places() {
        let cents = |text: &str| Money::parse(text, "USD").ok().map(|money| money.cents);
        for (text, expected) in [
            ("12.50", 1250),
            ("12.5", 1250),
            ("12", 1200),
            ("0.05", 5),
            ("-0.05", -5),
            ("007", 700),
        ] {
            assert_eq!(cents(text), Some(expected), "{text}");
        }
        for bad in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1.234",
            "1,5",
            "+1",
            "1e3",
            " 1",
            "--1",
            "1.-5",
            "92233720368547758.08",
            "١",
        ] {
            assert_eq!(cents(bad), None, "{bad:?}");
        }
        assert_eq!(Money::parse("1", "dollars"), Err(AmountProblem::UnknownCurrency));
    }

    /// Decimals are those of the currency, and a currency that nobody has is none.
    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        let parse = |amount, currency| Money::parse(amount, currency).map(Money::decimal);
        for (amount, currency, expected) in [
            ("400", "JPY", Ok("400")),
            ("400.00", "JPY", Ok("400")),
            ("400", "RUB", Ok("400.00")),
            ("400.5", "RUB", Ok("400.50")),
            ("400.5", "JPY", Err(AmountProblem::TooManyDecimals { decimals: 0 })),
            ("1.234", "USD", Err(AmountProblem::TooManyDecimals { decimals: 2 })),
            ("1.2", "KWD", Err(AmountProblem::UnknownCurrency)),
            ("1", "XAU", Err(AmountProblem::UnknownCurrency)),
            ("1", "ZZZ", Err(AmountProblem::UnknownCurrency)),
            ("1", "usd", Err(AmountProblem::UnknownCurrency)),
            ("1,5", "USD", Err(AmountProblem::NotAnAmount)),
            ("92233720368547758.08", "USD", Err(AmountProblem::TooLarge)),
        ] {
            assert_eq!(parse(amount, currency), expected.map(str::to_owned), "{amount} {currency}");
        }
        // What was stored in such a currency before is read all the same.
        assert!(Currency::try_from("ZZZ".to_owned()).is_ok());
        let yen = Money::parse("500", "JPY").expect("an amount");
        assert_eq!(yen.of_minutes(1, 0), (Money { cents: 800, ..yen }, 2_000));
        assert_eq!(yen.of_minutes(2, 2_000).0.cents, 1_700, "three minutes are 25 yen");
    }

    /// $5 an hour is eight cents and a third a minute.
    #[test]
    fn minutes_cost_their_share_of_the_hour_rounded_half_up() {
        let five_dollars = Money { cents: 500, currency: Currency::USD };
        for (minutes, cents) in
            [(0, 0), (1, 8), (2, 17), (3, 25), (6, 50), (7, 58), (29, 242), (60, 500), (61, 508)]
        {
            assert_eq!(five_dollars.of_minutes(minutes, 0).0.cents, cents, "{minutes} minutes");
        }
        let half_a_cent_a_minute = Money { cents: 30, currency: Currency::USD };
        assert_eq!(half_a_cent_a_minute.of_minutes(1, 0).0.cents, 1, "half a cent is rounded up");
        assert_eq!(half_a_cent_a_minute.of_minutes(3, 0).0.cents, 2);
        let dearest = Money { cents: i64::MAX, currency: Currency::USD };
        assert_eq!(dearest.of_minutes(u32::MAX, 0).0.cents, i64::MAX);
    }

    /// Two single minutes are 17 cents: 8 and 9.
    #[test]
    fn a_line_takes_the_remainder_of_those_before_along() {
        let five_dollars = Money { cents: 500, currency: Currency::USD };
        let price = |minutes, carried| {
            let (price, remainder) = five_dollars.of_minutes(minutes, carried);
            (price.cents, remainder)
        };
        assert_eq!(price(1, 0), (8, 20));
        assert_eq!(price(1, 20), (9, -40));
        assert_eq!(price(0, 40), (0, 0), "no minutes cost nothing");
        assert_eq!(price(1, -600), (0, 500), "no price is below zero");
    }

    #[test]
    fn only_three_capital_letters_are_a_currency() {
        for bad in ["usd", "US", "USDT", "", "ру"] {
            assert!(Currency::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
