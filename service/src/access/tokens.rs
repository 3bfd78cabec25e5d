//! API tokens: making one, and finding whose it is. A token is 256 random bits, so its plain
//! SHA-256 is enough: there is nothing to guess that a slow hash would protect.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use quick_cache::sync::Cache;
use rand::TryRngCore;
use rand::rngs::OsRng;
use servicedesk_domain::access::Principal;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::StaffMember;
use servicedesk_eventlog::reader;
use servicedesk_projections::access::api_tokens::{self, ApiTokenRow};
use sha2::{Digest, Sha256};

use super::{Caller, Identity};
use crate::desk::Desk;
use crate::error::ApiError;

/// By which a token is recognised, for example by secret scanners.
const PREFIX: &str = "sd_";
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
const MAX_CHARACTERS: usize = 200;
const REMEMBERED: usize = 10_000;

/// A token that was just made. Only here is it in the clear.
pub struct NewToken {
    /// What the caller is to send.
    pub token: String,
    /// What is stored.
    pub token_sha256: String,
}

/// Makes a token from the operating system's randomness.
///
/// # Errors
/// Where the operating system has no randomness to give.
pub fn make() -> Result<NewToken, rand::rand_core::OsError> {
    let mut secret = [0_u8; 32];
    OsRng.try_fill_bytes(&mut secret)?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    Ok(NewToken { token_sha256: hash(&token), token })
}

/// A token's SHA-256 in lower-case hexadecimal.
fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        text.push(char::from(HEXADECIMAL[usize::from(byte >> 4)]));
        text.push(char::from(HEXADECIMAL[usize::from(byte & 15)]));
        text
    })
}

/// Finds whose a token is, remembering the answer for a moment.
#[derive(Debug)]
pub struct Tokens {
    desk: Desk,
    memory: TimeDelta,
    known: Cache<String, (Moment, Arc<ApiTokenRow>)>,
}

impl Tokens {
    /// A finder that remembers each answer for so many seconds.
    pub fn new(desk: Desk, memory_seconds: u32) -> Self {
        let memory = TimeDelta::seconds(i64::from(memory_seconds));
        Self { desk, memory, known: Cache::new(REMEMBERED) }
    }

    /// The caller whose token this is.
    ///
    /// # Errors
    /// `Unauthenticated` if the token is unknown, expired or revoked, or its person is no more.
    pub async fn caller(&self, token: &str) -> Result<Caller, ApiError> {
        if token.len() > MAX_CHARACTERS || !token.starts_with(PREFIX) {
            return Err(ApiError::Unauthenticated);
        }
        let now = self.desk.now();
        let found = self.find(hash(token), now).await?;
        let found = found.filter(|found| found.is_valid_at(now));
        let found = found.ok_or(ApiError::Unauthenticated)?;
        let identity = match found.principal {
            Principal::Customer(id) => Identity::Customer(id),
            Principal::Staff(id) => {
                let (member, _) = self
                    .desk
                    .log
                    .load_recent::<StaffMember>(id.uuid())
                    .await
                    .map_err(ApiError::from)?;
                Identity::Staff(member.worker.ok_or(ApiError::Unauthenticated)?)
            }
        };
        let (api_token_id, scopes) = (found.api_token_id, found.scopes.clone());
        Ok(Caller { identity, api_token_id, scopes })
    }

    /// Whether a token was found lately, so that finding it again costs next to nothing.
    pub fn is_remembered(&self, token: &str) -> bool {
        token.len() <= MAX_CHARACTERS && self.known.get(&hash(token)).is_some()
    }

    async fn find(&self, hash: String, now: Moment) -> Result<Option<Arc<ApiTokenRow>>, ApiError> {
        if let Some((seen_at, found)) = self.known.get(&hash)
            // A clock that was set back makes nothing fresh.
            && (TimeDelta::zero()..self.memory).contains(&(now - seen_at))
        {
            return Ok(Some(found));
        }
        let found = self.read(&hash).await?.map(Arc::new);
        match &found {
            Some(found) => self.known.insert(hash, (now, found.clone())),
            // Only tokens that exist are remembered: guesses must not push them out.
            None => {
                self.known.remove(&hash);
            }
        }
        Ok(found)
    }

    /// Reads a token. One that is not there may have been made a moment ago by another process, so
    /// before it is called unknown, everything recorded until now is waited for.
    async fn read(&self, hash: &str) -> Result<Option<ApiTokenRow>, ApiError> {
        let db = self.desk.log.db();
        // How far the read model is must be known before it is read: asked afterwards, it may have
        // come to the token in between.
        let reached = self.desk.positions.reached();
        if let Some(found) = api_tokens::by_hash(db, hash).await? {
            return Ok(Some(found));
        }
        let head = reader::head(db).await?;
        if reached >= head {
            return Ok(None);
        }
        self.desk.log.look_for_news();
        self.desk.positions.wait_for(head, self.desk.patience).await?;
        Ok(api_tokens::by_hash(db, hash).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_only_their_hash_is_kept() {
        let (one, other) = (make().expect("randomness"), make().expect("randomness"));
        assert_ne!(one.token, other.token);
        assert_eq!(one.token_sha256, hash(&one.token));
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // The token can stand in a link as it is.
        assert!(one.token.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)));
    }
}
