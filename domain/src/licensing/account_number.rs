//! The number of a trading account, as licences and keys name it (F6).

use serde::{Deserialize, Serialize};

use crate::kernel::text::is_unseen;

/// The most characters of an account number.
pub const MAX_CHARACTERS: usize = 20;

/// The number of a trading account: 1 to 20 digits and ASCII letters, capital ones. Brokers give
/// numbers, some with letters before them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountNumber(String);

/// Why a text is no account number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountNumberProblem {
    /// Nothing but white space.
    Empty,
    /// Longer than 20 characters.
    TooLong,
    /// Holds something that is neither a digit nor an ASCII letter.
    Characters,
}

impl AccountNumber {
    /// Checks `raw`: white space around it is dropped, and characters that nobody sees wherever pasting
    /// has put them; letters become capital.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, AccountNumberProblem> {
        let is_seen = |c: &char| c.is_whitespace() || !is_unseen(*c);
        let seen: String = raw.chars().filter(is_seen).collect();
        let trimmed = seen.trim();
        if trimmed.is_empty() {
            return Err(AccountNumberProblem::Empty);
        }
        if !trimmed.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(AccountNumberProblem::Characters);
        }
        if trimmed.len() > MAX_CHARACTERS {
            return Err(AccountNumberProblem::TooLong);
        }
        Ok(Self(trimmed.to_ascii_uppercase()))
    }

    /// Whether this is a number of the same account: zeros before it make it no other.
    pub fn is_same_account(&self, other: &Self) -> bool {
        self.without_zeros() == other.without_zeros()
    }

    /// The number without the zeros before it, which is the same for every way to write it.
    pub fn without_zeros(&self) -> &str {
        self.0.trim_start_matches('0')
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_trimmed_and_capital() {
        for (raw, number) in [
            (" 123456 ", "123456"),
            ("mt5ab", "MT5AB"),
            ("\u{feff}12\u{200b}34 \u{2060}", "1234"),
            ("00012345678901234567", "00012345678901234567"),
        ] {
            assert_eq!(AccountNumber::parse(raw).map(|one| one.to_string()), Ok(number.to_owned()));
        }
    }

    #[test]
    fn zeros_before_a_number_make_it_no_other_account() {
        let number = |raw| AccountNumber::parse(raw).expect("a number");
        for (one, other, is_same) in [
            ("0077", "77", true),
            ("77", "77", true),
            ("000", "0", true),
            ("770", "77", false),
            ("0a7", "A7", true),
        ] {
            assert_eq!(number(one).is_same_account(&number(other)), is_same, "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_by_name() {
        for (raw, problem) in [
            (" ", AccountNumberProblem::Empty),
            ("123456789012345678901", AccountNumberProblem::TooLong),
            ("12 34", AccountNumberProblem::Characters),
            ("12-34", AccountNumberProblem::Characters),
            ("١٢٣", AccountNumberProblem::Characters),
        ] {
            assert_eq!(AccountNumber::parse(raw), Err(problem), "{raw}");
        }
    }
}
