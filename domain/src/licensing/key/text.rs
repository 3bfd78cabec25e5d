//! How a key's bytes are written: Base32 without letters that look like digits, in groups of five.

use crate::kernel::text::is_unseen;

/// The 32 characters, by their value: no I, L, O or U (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP: usize = 5;
/// Longer than any key is, in bytes, however it was pasted.
const MAX_BYTES: usize = 4_096;

/// The bytes as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let mut written = 0;
    let mut push = |value: u32| {
        if written > 0 && written % GROUP == 0 {
            text.push('-');
        }
        written += 1;
        text.push(char::from(ALPHABET[(value & 31) as usize]));
    };
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(held << (5 - bits));
    }
    text
}

/// The bytes of a text, as people paste it. Small letters are as good as capital ones; dashes, white
/// space and characters that nobody sees count for nothing. None where another character is there,
/// or where bits are left over that are not 0, so that no two texts differ in a character and mean
/// the same.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for character in text.chars().filter(|c| !is_skipped(*c)) {
        let character = u8::try_from(character.to_ascii_uppercase()).ok()?;
        let value = ALPHABET.iter().position(|one| *one == character)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    (bits < 5 && held == 0).then_some(bytes)
}

/// Dashes, white space and characters that nobody sees.
fn is_skipped(character: char) -> bool {
    is_unseen(character) || is_dash(character)
}

/// Every dash of Unicode (`Dash_Punctuation`), the hyphen bullet and the minus sign;
/// `docs/licence-keys.md` has the same list, and a test compares them.
const fn is_dash(character: char) -> bool {
    matches!(
        character as u32,
        0x2d | 0x58a
            | 0x5be
            | 0x1400
            | 0x1806
            | 0x2010..=0x2015
            | 0x2043
            | 0x2212
            | 0x2e17
            | 0x2e1a
            | 0x2e3a..=0x2e3b
            | 0x2e40
            | 0x2e5d
            | 0x301c
            | 0x3030
            | 0x30a0
            | 0xfe31..=0xfe32
            | 0xfe58
            | 0xfe63
            | 0xff0d
            | 0x10d6e
            | 0x10ead
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The characters of a set that the check in the documentation names.
    fn documented(name: &str) -> Vec<char> {
        let document = include_str!("../../../../docs/licence-keys.md");
        let after = document.split(&format!("{name} = set(ranges(\"\"\"")).nth(1).expect(name);
        let listed = after.split("\"\"\"").next().expect("an end");
        let number = |text: &str| u32::from_str_radix(text, 16).expect("a number");
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            number(first)..=number(last)
        };
        listed.split_whitespace().flat_map(range).filter_map(char::from_u32).collect()
    }

    #[test]
    fn the_documented_check_skips_the_same_characters() {
        let all = |is_one: fn(char) -> bool| -> Vec<char> {
            ('\0'..=char::MAX).filter(|character| is_one(*character)).collect()
        };
        assert_eq!(documented("UNSEEN"), all(is_unseen));
        assert_eq!(documented("DASHES"), all(is_dash));
    }
}
