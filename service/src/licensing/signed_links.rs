//! Signed links: what a link carries to prove that the service made it. It is signed with a secret
//! that is stored beside the log, and names what the link is for and until when.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::{LicenceId, ReleaseId};
use servicedesk_eventlog::Log;
use servicedesk_eventlog::secrets::{self, Secret};
use sha2::Sha256;
use uuid::Uuid;

use super::signing::{SigningError, random_secret};

const SECRET: &str = "links";
const BODY: usize = 1 + 16 + 4 + 8;
const LENGTH: usize = BODY + 32;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedLink {
    /// Sending a release's file, until a moment.
    Upload(ReleaseId, Moment),
    /// Downloading what is licensed, by the number of the licence's link, until a moment.
    Download(LicenceId, u32, Moment),
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
        let (kind, id, number, until) = match self {
            Self::Upload(id, until) => (0, id.uuid(), 0, until),
            Self::Download(id, number, until) => (1, id.uuid(), number, until),
        };
        let mut bytes = vec![kind];
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(&until.timestamp_micros().to_be_bytes());
        let seal = mac(secret, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&seal);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what a link carries; none if this service did not sign it.
    pub fn open(text: &str, secret: &Secret) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == LENGTH)?;
        let (body, seal) = bytes.split_at(BODY);
        mac(secret, body).verify_slice(seal).ok()?;
        let id = Uuid::from_slice(&body[1..17]).ok()?;
        let number = u32::from_be_bytes(body[17..21].try_into().ok()?);
        let micros = i64::from_be_bytes(body[21..29].try_into().ok()?);
        let until = Moment::from_timestamp_micros(micros)?;
        match body[0] {
            0 => Some(Self::Upload(ReleaseId::new(id), until)),
            1 => Some(Self::Download(LicenceId::new(id), number, until)),
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
