//! Checkpoints: the size and the root of the tree, signed (C2SP tlog-checkpoint, signed-note).

use ed25519_dalek::SigningKey;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList, key_id};
use tlog_tiles::{Checkpoint, Hash};

use crate::failure::DbError;
use crate::secrets::Secret;

/// The algorithm's number in C2SP signed-note.
const ED25519: u8 = 1;

/// The key that signs checkpoints, under the log's name.
#[derive(Clone)]
pub struct SealKey {
    origin: String,
    signing: SigningKey,
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey({})", self.public())
    }
}

/// What a checkpoint says, its signature being right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signed {
    /// How many events are sealed.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

impl SealKey {
    /// The key from its secret, for a log of this name.
    pub fn new(origin: &str, secret: &Secret) -> Self {
        Self { origin: origin.to_owned(), signing: SigningKey::from_bytes(secret.reveal()) }
    }

    /// The public key as verifiers take it: `<origin>+<id>+<key>`.
    pub fn public(&self) -> String {
        signed_note::new_ed25519_verifier_key(&self.origin, &self.signing.verifying_key())
    }

    /// Signs the tree of this size and root.
    ///
    /// # Errors
    /// `Damaged`, if the origin is no name of a log.
    pub fn sign(&self, size: u64, root: Hash) -> Result<String, DbError> {
        let wrong = |error: &dyn std::fmt::Display| {
            DbError::Damaged(format!("no checkpoint can be signed for {}: {error}", self.origin))
        };
        let checkpoint =
            Checkpoint::new(&self.origin, size, root, "").map_err(|error| wrong(&error))?;
        let mut note = Note::new(&checkpoint.to_bytes(), &[]).map_err(|error| wrong(&error))?;
        let public = [&[ED25519], &self.signing.verifying_key().to_bytes()[..]].concat();
        let secret = [&[ED25519], &self.signing.to_bytes()[..]].concat();
        let signer = StandardSigner::new(&format!(
            "PRIVATE+KEY+{}+{:08x}+{}",
            self.origin,
            key_id(&self.origin, &public),
            base64(&secret)
        ));
        let signer = signer.map_err(|error| wrong(&error))?;
        note.add_sigs(&[&signer]).map_err(|error| wrong(&error))?;
        String::from_utf8(note.to_bytes()).map_err(|error| wrong(&error))
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine};
    BASE64_STANDARD.encode(bytes)
}

/// What a checkpoint says, where it is signed with this public key and of the log that the key is
/// of.
///
/// # Errors
/// What is wrong with it.
pub fn open(checkpoint: &str, public_key: &str) -> Result<Signed, String> {
    let verifier = StandardVerifier::new(public_key)
        .map_err(|error| format!("{public_key} is no public key: {error}"))?;
    let origin = signed_note::Verifier::name(&verifier).to_owned();
    let note = Note::from_bytes(checkpoint.as_bytes()).map_err(|error| error.to_string())?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)]))
        .map_err(|error| format!("it is not signed with the key of {origin}: {error}"))?;
    let said = Checkpoint::from_bytes(note.text()).map_err(|error| error.to_string())?;
    if said.origin() != origin {
        return Err(format!("it is of the log {}, not of {origin}", said.origin()));
    }
    Ok(Signed { size: said.size(), root: *said.hash() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(origin: &str, seed: u8) -> SealKey {
        SealKey::new(origin, &Secret::new([seed; 32]))
    }

    /// Made once; any other implementation of signed notes accepts it.
    #[test]
    fn a_checkpoint_has_the_form_of_the_standard() {
        let key = key("example.org/desk", 7);
        let text = key.sign(3, Hash([9; 32])).expect("signed");
        let lines: Vec<&str> = text.split('\n').collect();
        let root = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";
        assert_eq!(lines[..4], ["example.org/desk", "3", root, ""]);
        assert!(lines[4].starts_with("\u{2014} example.org/desk "), "{text}");
        assert_eq!(lines[5..], [""]);
    }

    #[test]
    fn only_what_the_key_has_signed_for_its_log_is_taken() {
        let (own, root) = (key("example.org/desk", 7), Hash([9; 32]));
        let signed = own.sign(3, root).expect("signed");
        let public = own.public();
        assert_eq!(open(&signed, &public), Ok(Signed { size: 3, root }));
        let forged = signed.replacen("\n3\n", "\n4\n", 1);
        let of_another_key = key("example.org/desk", 8).sign(3, root).expect("signed");
        let of_another_log = key("example.org/other", 7).sign(3, root).expect("signed");
        for wrong in [forged, of_another_key, of_another_log, String::new(), "x\n\ny\n".to_owned()]
        {
            assert!(open(&wrong, &public).is_err(), "{wrong}");
        }
        assert!(open(&signed, "example.org/desk").is_err());
    }
}
