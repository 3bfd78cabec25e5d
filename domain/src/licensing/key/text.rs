//! How a key's bytes are written: Base32 without letters that look like digits, in groups of five.

/// The 32 characters, by their value: no I, L, O or U (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP: usize = 5;
/// Longer than any key is.
const MAX_CHARACTERS: usize = 1_024;

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

/// The bytes of a text. Small letters are as good as capital ones; dashes and white space count for
/// nothing. None where another character is there, or where bits are left over that are not 0, so
/// that no two texts differ in a character and mean the same.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_CHARACTERS {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for character in text.chars().filter(|c| *c != '-' && !c.is_ascii_whitespace()) {
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
