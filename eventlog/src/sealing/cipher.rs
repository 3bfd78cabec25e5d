//! Authenticated encryption: ChaCha20-Poly1305 with a random nonce, stored before the text.

use rand::Rng;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The bytes of a key.
pub(super) type KeyBytes = [u8; 32];

/// Encrypts, so that it can be opened only with the same key and in the same context.
pub(super) fn seal(key: &KeyBytes, context: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = rand::rng().random();
    let mut sealed = plain.to_vec();
    let tag = cipher(key).seal_in_place_separate_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(context),
        &mut sealed,
    );
    // It fails only for a text of 256 GiB.
    let tag = tag.expect("a text of less than 256 GiB");
    [&nonce[..], &sealed, tag.as_ref()].concat()
}

/// Decrypts; `None` where the key, the context or the bytes are not those that were sealed.
pub(super) fn open(key: &KeyBytes, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut opened = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = cipher(key).open_in_place(nonce, Aad::from(context), &mut opened).ok()?.len();
    opened.truncate(length);
    Some(opened)
}

fn cipher(key: &KeyBytes) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key of 32 bytes");
    LessSafeKey::new(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_and_in_its_context_alone() {
        let (key, other) = ([1; 32], [2; 32]);
        let sealed = seal(&key, b"here", "Анна".as_bytes());
        assert_eq!(open(&key, b"here", &sealed).as_deref(), Some("Анна".as_bytes()));
        assert_eq!(open(&other, b"here", &sealed), None);
        assert_eq!(open(&key, b"there", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, b"here", &changed), None, "byte {at}");
            assert_eq!(open(&key, b"here", &sealed[..at]), None, "{at} bytes");
        }
        assert_ne!(
            seal(&key, b"here", b"Anna"),
            seal(&key, b"here", b"Anna"),
            "a nonce of its own"
        );
    }
}
