//! Texts that people write: trimmed, not empty, not too long, printable.

use serde::{Deserialize, Serialize};

/// A text that has passed its checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextProblem {
    /// Nothing but white space.
    Empty,
    /// Longer than the policy allows.
    TooLong {
        /// The most characters (Unicode scalar values) allowed.
        max: usize,
    },
    /// Holds control characters other than line breaks and tabs.
    Unprintable,
}

impl Text {
    /// Checks `raw`: white space around it is dropped, and what remains must have 1 to `max`
    /// characters and no control character but line breaks and tabs.
    pub fn parse(raw: &str, max: usize) -> Result<Self, TextProblem> {
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            return Err(TextProblem::Empty);
        }
        if trimmed.chars().count() > max {
            return Err(TextProblem::TooLong { max });
        }
        if trimmed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(TextProblem::Unprintable);
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The text, for storing.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_counted_in_characters() {
        assert_eq!(Text::parse("  привет \n", 6).map(Text::into_string), Ok("привет".to_owned()));
        assert_eq!(Text::parse("привет", 5), Err(TextProblem::TooLong { max: 5 }));
        assert_eq!(Text::parse(" \n\t", 5), Err(TextProblem::Empty));
        assert_eq!(Text::parse("a\0b", 5), Err(TextProblem::Unprintable));
        assert!(Text::parse("a\tb\r\nc", 9).is_ok());
    }
}
