//! How a key's bytes are written: Base32 without letters that look like digits, in groups of five.

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
/// space and characters that nobody sees count for nothing. None where another character is there, or where bits are left over that are not 0, so
/// that no two texts differ in a character and mean the same.
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

/// Dashes, spaces and invisible characters, by their numbers; `docs/licence-keys.md` has the same
/// list, and the test vectors hold both to it.
const fn is_skipped(character: char) -> bool {
    matches!(
        character as u32,
        0x09..=0x0d
            | 0x20
            | 0x2d
            | 0x85
            | 0xa0
            | 0xad
            | 0x34f
            | 0x58a
            | 0x61c
            | 0x115f..=0x1160
            | 0x1680
            | 0x17b4..=0x17b5
            | 0x1806
            | 0x180b..=0x180f
            | 0x2000..=0x2015
            | 0x2028..=0x202f
            | 0x2043
            | 0x205f..=0x206f
            | 0x2212
            | 0x2800
            | 0x2e3a..=0x2e3b
            | 0x3000
            | 0x3164
            | 0xfe00..=0xfe0f
            | 0xfe58
            | 0xfe63
            | 0xfeff
            | 0xff0d
            | 0xffa0
    )
}
