//! Signed links: what a link carries to prove that the service made it. It is signed with a secret
//! that is stored beside the log, and names what the link is for and until when.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::file::{FileId, Uploader};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::{LicenceId, ReleaseId};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_eventlog::Log;
use servicedesk_eventlog::secrets::{self, Secret};
use sha2::Sha256;
use uuid::Uuid;

use super::signing::{SigningError, random_secret};

const SECRET: &str = "links";
/// The kind, an id, and a moment.
const LEAST: usize = 1 + 16 + 8;
const SEAL: usize = 32;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedLink {
    /// Sending a release's file, until a moment.
    Upload(ReleaseId, Moment),
    /// Downloading what is licensed, by the number of the licence's link, until a moment.
    Download(LicenceId, u32, Moment),
    /// Downloading a file, by the person who got the link, until a moment.
    File(FileId, Uploader, Moment),
}

/// What links are signed with. It is drawn when it is first needed, once, whichever process asks.
///
/// # Errors
/// [`SigningError`].
pub async fn secret(log: &Log) -> Result<Secret, SigningError> {
    match secrets::find(log.db(), SECRET).await? {
        Some(secret) => Ok(secret),
        None => Ok(secrets::keep(log.db(), SECRET, &random_secret()?).await?),
    }
}

impl SignedLink {
    /// The text that a link carries.
    pub fn seal(self, secret: &Secret) -> String {
        let (kind, id, until, rest) = match self {
            Self::Upload(id, until) => (0, id.uuid(), until, 0_u32.to_be_bytes().to_vec()),
            Self::Download(id, number, until) => {
                (1, id.uuid(), until, number.to_be_bytes().to_vec())
            }
            Self::File(id, Uploader::Customer(reader), until) => {
                (2, id.uuid(), until, reader.uuid().into_bytes().to_vec())
            }
            Self::File(id, Uploader::Staff(reader), until) => {
                (3, id.uuid(), until, reader.uuid().into_bytes().to_vec())
            }
        };
        let mut bytes = vec![kind];
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&rest);
        bytes.extend_from_slice(&until.timestamp_micros().to_be_bytes());
        let seal = mac(secret, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&seal);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what a link carries; none if this service did not sign it.
    pub fn open(text: &str, secret: &Secret) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let length = bytes.len().checked_sub(SEAL).filter(|length| *length >= LEAST)?;
        let (body, seal) = bytes.split_at(length);
        mac(secret, body).verify_slice(seal).ok()?;
        let (head, until) = body.split_at(length - 8);
        let (id, rest) = (Uuid::from_slice(&head[1..17]).ok()?, &head[17..]);
        let until = Moment::from_timestamp_micros(i64::from_be_bytes(until.try_into().ok()?))?;
        match head[0] {
            0 if rest == [0; 4] => Some(Self::Upload(ReleaseId::new(id), until)),
            1 => {
                let number = u32::from_be_bytes(rest.try_into().ok()?);
                Some(Self::Download(LicenceId::new(id), number, until))
            }
            2 => {
                let reader = Uploader::Customer(CustomerId::new(Uuid::from_slice(rest).ok()?));
                Some(Self::File(FileId::new(id), reader, until))
            }
            3 => {
                let reader = Uploader::Staff(StaffMemberId::new(Uuid::from_slice(rest).ok()?));
                Some(Self::File(FileId::new(id), reader, until))
            }
            _ => None,
        }
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(secret: &Secret, body: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret.reveal()).expect("a key of any length").chain_update(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_link_is_read_as_it_was_made_and_not_when_it_was_changed() {
        let (secret, other) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let until = Moment::from_timestamp_micros(1_772_442_000_000_001).expect("a moment");
        for pass in [
            SignedLink::Upload(ReleaseId::named("one"), until),
            SignedLink::Download(LicenceId::named("one"), 7, until),
            SignedLink::File(
                FileId::named("one"),
                Uploader::Customer(CustomerId::named("one")),
                until,
            ),
            SignedLink::File(
                FileId::named("one"),
                Uploader::Staff(StaffMemberId::named("one")),
                until,
            ),
        ] {
            let sealed = pass.seal(&secret);
            assert_eq!(SignedLink::open(&sealed, &secret), Some(pass));
            assert_eq!(SignedLink::open(&sealed, &other), None);
            for at in 0..sealed.len() {
                let other = if sealed.as_bytes()[at] == b'A' { "B" } else { "A" };
                let changed = format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]);
                assert_eq!(SignedLink::open(&changed, &secret), None, "{changed}");
            }
        }
        for text in ["", "A", "é", &"A".repeat(10_000)] {
            assert_eq!(SignedLink::open(text, &secret), None);
        }
    }
}
