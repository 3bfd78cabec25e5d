//! Passwords that are tried first by anybody who guesses. The list is in the program, so that
//! nobody is asked about a password; `scripts/common-passwords` makes it and names its sources.

use servicedesk_domain::identity::{Password, Rejection};
use sha2::{Digest, Sha256};

/// The first bytes of the SHA-256 of each, sorted.
static MARKS: &[u8] = include_bytes!("common_passwords.bin");
const BYTES_EACH: usize = 4;

/// Refuses a password that is one of the most common, however its letters are capitalised.
///
/// # Errors
/// [`Rejection::PasswordCommon`].
pub(super) fn refuse_common(password: &Password) -> Result<(), Rejection> {
    let digest = Sha256::digest(password.reveal().to_lowercase().as_bytes());
    let (marks, _) = MARKS.as_chunks::<BYTES_EACH>();
    let is_common = marks.binary_search_by(|mark| mark[..].cmp(&digest[..BYTES_EACH])).is_ok();
    if is_common { Err(Rejection::PasswordCommon) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_sorted() {
        let (marks, rest) = MARKS.as_chunks::<BYTES_EACH>();
        assert!(marks.is_sorted() && rest.is_empty());
        assert!(marks.len() > 50_000, "{}", marks.len());
    }

    #[test]
    fn common_passwords_are_refused_and_others_are_not() {
        let look = |text: &str| refuse_common(&Password::choose(text).expect("long enough"));
        for common in ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou", "sunshine"] {
            assert_eq!(look(common), Err(Rejection::PasswordCommon), "{common}");
        }
        for other in ["correct horse battery staple", "синий слон на крыше", "hT7!kq-20z"]
        {
            assert_eq!(look(other), Ok(()), "{other}");
        }
    }
}
