//! What a password must be. How it is kept is no rule of the desk's.

use unicode_normalization::UnicodeNormalization;

use super::Rejection;
use crate::kernel::{Entity, Id};

/// The fewest characters (Unicode scalar values).
pub const MIN_PASSWORD: usize = 8;
/// The most characters, so that hashing has a limit.
pub const MAX_PASSWORD: usize = 256;

/// A password that was set: what its hash is stored under, beside the log.
pub type PasswordId = Id<Password>;

/// A password in the one spelling that is hashed (NFKC), so that two keyboards that write one
/// letter differently mean the same. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Entity for Password {
    const NAME: &'static str = "Password";
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(***)")
    }
}

impl Password {
    /// Takes a password that somebody chooses.
    ///
    /// # Errors
    /// [`Rejection::PasswordTooShort`] or [`Rejection::PasswordTooLong`].
    pub fn choose(raw: &str) -> Result<Self, Rejection> {
        let password = Self::given(raw).ok_or(Rejection::PasswordTooLong)?;
        if password.0.chars().count() < MIN_PASSWORD {
            return Err(Rejection::PasswordTooShort);
        }
        Ok(password)
    }

    /// Takes a password that somebody gives to get in; `None` if it is longer than any that could
    /// be chosen.
    pub fn given(raw: &str) -> Option<Self> {
        // Before it is normalised, which takes time for a long text, and after, because it may grow.
        let is_short = |text: &str| text.chars().nth(MAX_PASSWORD).is_none();
        let normal = is_short(raw).then(|| raw.nfkc().collect::<String>())?;
        is_short(&normal).then_some(Self(normal))
    }

    /// The password, for hashing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_8_to_256_characters_of_any_sort() {
        for sound in ["12345678", "пароль дня", "𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞", &"x".repeat(256)]
        {
            assert!(Password::choose(sound).is_ok(), "{sound}");
        }
        for short in ["", "1234567", "🙂🙂🙂"] {
            assert_eq!(Password::choose(short), Err(Rejection::PasswordTooShort), "{short}");
        }
        // The second is one character that stands for 18.
        for long in ["x".repeat(257), "\u{fdfa}".repeat(100), "x".repeat(1_000_000)] {
            assert_eq!(Password::choose(&long), Err(Rejection::PasswordTooLong));
            assert_eq!(Password::given(&long), None);
        }
    }

    #[test]
    fn two_spellings_of_one_letter_are_one_and_nothing_is_printed() {
        let (composed, apart) = ("caf\u{e9} noir", "cafe\u{301} noir");
        assert_eq!(Password::choose(composed), Password::choose(apart));
        assert_eq!(format!("{:?}", Password::choose(composed)), "Ok(Password(***))");
    }
}
