//! What is sealed of an event: the bytes of its leaf, which docs/audit.md describes for verifiers that
//! others write. They never change, because every checkpoint that was signed depends on them.
//!
//! Texts of any length are in it as salted digests, so that a leaf is small, and shows nothing of a
//! text that could be guessed.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tlog_tiles::{Hash, record_hash};
use uuid::Uuid;

use crate::reader::Row;
use crate::recorded::Salt;

/// What the bytes are, and in which form.
const LABEL: &str = "servicedesk/event/v1";

/// The hash of an event's leaf, by RFC 6962.
pub(super) fn hash(log_id: Uuid, row: &Row) -> Hash {
    record_hash(&encode(log_id, row))
}

/// Numbers are of 8 bytes, the highest first; a text is preceded by its length in 4 bytes.
fn encode(log_id: Uuid, row: &Row) -> Vec<u8> {
    let salt = salt(&row.metadata);
    let mut bytes = Vec::with_capacity(256);
    put_text(&mut bytes, LABEL);
    bytes.extend(log_id.as_bytes());
    bytes.extend(row.position.to_be_bytes());
    put_text(&mut bytes, &row.aggregate_type);
    put_text(&mut bytes, &row.aggregate_id);
    bytes.extend(row.sequence.to_be_bytes());
    put_text(&mut bytes, &row.event_type);
    put_text(&mut bytes, &row.event_version);
    match row.serial {
        None => bytes.push(0),
        Some(serial) => {
            bytes.push(1);
            bytes.extend(serial.to_be_bytes());
        }
    }
    bytes.extend(digest(salt.as_ref(), &row.payload));
    bytes.extend(digest(salt.as_ref(), &row.metadata));
    bytes
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    // The database takes no text of 4 GiB.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(text.as_bytes());
}

fn digest(salt: Option<&Salt>, text: &str) -> [u8; 32] {
    let salt: &[u8] = salt.map_or(&[], |salt| salt.as_bytes());
    Sha256::new().chain_update(salt).chain_update(text).finalize().into()
}

/// The salt of an event; `None` for one that was recorded before there were salts. Metadata that
/// somebody has made unreadable have none either, and then the leaf is another one in any case.
fn salt(metadata: &str) -> Option<Salt> {
    #[derive(Deserialize)]
    struct Salted {
        salt: Option<Salt>,
    }
    serde_json::from_str::<Salted>(metadata).ok()?.salt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(metadata: &str, serial: Option<i64>) -> Row {
        Row {
            position: 258,
            aggregate_type: "ticket".to_owned(),
            aggregate_id: "00000000-0000-0000-0000-000000000001".to_owned(),
            sequence: 1,
            event_type: "TicketOpened".to_owned(),
            event_version: "1".to_owned(),
            payload: r#"{"text":"Привет"}"#.to_owned(),
            metadata: metadata.to_owned(),
            serial,
        }
    }

    const PLAIN: &str = r#"{"actor":"operator"}"#;
    const SALTED: &str = r#"{"actor":"operator","salt":"000102030405060708090a0b0c0d0e0f"}"#;

    /// Computed by a few lines of Python that are in docs/audit.md, and never to be changed.
    #[test]
    fn leaves_stay_what_they_were() {
        let log_id = Uuid::from_u128(0x1234);
        for (metadata, serial, expected) in [
            (PLAIN, None, "df2c61a12dc2359fffa136fce3d217030ddeed18963b00a6f50ccfd26a516d7b"),
            (SALTED, Some(7), "1e868f783c9d4708d837260155ad3101e9730085a4801752597cb2729fd480d8"),
        ] {
            let found = hash(log_id, &row(metadata, serial));
            assert_eq!(servicedesk_domain::kernel::hex::encode(&found.0), expected);
        }
    }

    #[test]
    fn every_column_and_the_log_are_part_of_the_leaf() {
        let log_id = Uuid::from_u128(1);
        let sealed = encode(log_id, &row(SALTED, Some(7)));
        assert_ne!(encode(Uuid::from_u128(2), &row(SALTED, Some(7))), sealed);
        let changes: [fn(&mut Row); 9] = [
            |row| row.position += 1,
            |row| row.aggregate_type.push('s'),
            |row| row.aggregate_id.replace_range(..1, "1"),
            |row| row.sequence += 1,
            |row| row.event_type.push('d'),
            |row| row.event_version.push('0'),
            |row| row.payload.push(' '),
            |row| row.metadata.push(' '),
            |row| row.serial = None,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut row = row(SALTED, Some(7));
            change(&mut row);
            assert_ne!(encode(log_id, &row), sealed, "change {number}");
        }
    }

    /// Where one text ends and the next begins is part of the leaf.
    #[test]
    fn a_letter_cannot_move_from_one_text_to_the_next() {
        let log_id = Uuid::from_u128(1);
        let (mut one, mut other) = (row(PLAIN, None), row(PLAIN, None));
        (one.event_type, one.event_version) = ("ab".to_owned(), "c".to_owned());
        (other.event_type, other.event_version) = ("a".to_owned(), "bc".to_owned());
        assert_ne!(encode(log_id, &one), encode(log_id, &other));
    }

    #[test]
    fn a_guess_at_a_text_cannot_be_checked_without_the_salt() {
        let salt = salt(SALTED).expect("a salt");
        let plain: [u8; 32] = Sha256::digest("guess").into();
        assert_ne!(digest(Some(&salt), "guess"), plain);
        assert_eq!(digest(None, "guess"), plain);
    }
}
