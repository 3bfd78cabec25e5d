//! Tokens of callers and of sessions: making one, and finding whose it is. A token is 256 random
//! bits, so its plain SHA-256 is enough: there is nothing to guess that a slow hash would protect.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use quick_cache::sync::Cache;
use rand::TryRngCore;
use rand::rngs::OsRng;
use servicedesk_domain::access::{Principal, Scope};
use servicedesk_domain::customer::Customer;
use servicedesk_domain::kernel::{Moment, hex};
use servicedesk_domain::staff::StaffMember;
use servicedesk_eventlog::{logins as beside_log, reader};
use servicedesk_projections::access::api_tokens;
use servicedesk_projections::identity::logins::{self, SessionRow};
use sha2::{Digest, Sha256};

use super::{Caller, Credential, CredentialId, Identity};
use crate::desk::Desk;
use crate::error::ApiError;
use crate::identity::SESSION_DAYS;

/// By which an API token is recognised, for example by secret scanners.
pub const API_PREFIX: &str = "sd_";
/// By which the token of a session is.
pub const SESSION_PREFIX: &str = "ss_";
const MAX_CHARACTERS: usize = 200;
const REMEMBERED: usize = 10_000;
/// How exactly it is known when a session was last used.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

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
pub fn make(prefix: &str) -> Result<NewToken, rand::rand_core::OsError> {
    let mut secret = [0_u8; 32];
    OsRng.try_fill_bytes(&mut secret)?;
    let token = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(secret));
    Ok(NewToken { token_sha256: hash(&token), token })
}

/// A token's SHA-256 in lower-case hexadecimal.
fn hash(token: &str) -> String {
    hex::encode(&Sha256::digest(token.as_bytes()))
}

/// What is known of a token.
#[derive(Debug, Clone)]
struct Known {
    principal: Principal,
    credential: CredentialId,
    scopes: Vec<Scope>,
    /// Until when it is worth anything; none: it was revoked.
    valid_until: Option<Moment>,
}

/// Finds whose a token is, remembering the answer for a moment.
#[derive(Debug)]
pub struct Tokens {
    desk: Desk,
    memory: TimeDelta,
    known: Cache<String, (Moment, Arc<Known>)>,
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
    pub async fn caller(&self, credential: &Credential) -> Result<Caller, ApiError> {
        let hash = hash_of(credential).ok_or(ApiError::Unauthenticated)?;
        let now = self.desk.now();
        let found = self.find(credential, hash, now).await?;
        let found = found.filter(|found| found.valid_until.is_some_and(|until| now < until));
        let found = found.ok_or(ApiError::Unauthenticated)?;
        let identity = match found.principal {
            Principal::Customer(id) => {
                let customer = self.desk.log.share_recent::<Customer>(id.uuid()).await;
                if customer.map_err(ApiError::from)?.is_erased {
                    return Err(ApiError::Unauthenticated);
                }
                Identity::Customer(id)
            }
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
        Ok(Caller { identity, credential: found.credential, scopes: found.scopes.clone() })
    }

    /// Whether a token was found lately, so that finding it again costs next to nothing.
    pub fn is_remembered(&self, credential: &Credential) -> bool {
        hash_of(credential).is_some_and(|hash| self.known.get(&hash).is_some())
    }

    /// Forgets every answer, so that what this process has just ended is worth nothing at once.
    pub fn forget(&self) {
        self.known.clear();
    }

    async fn find(
        &self,
        credential: &Credential,
        hash: String,
        now: Moment,
    ) -> Result<Option<Arc<Known>>, ApiError> {
        if let Some((seen_at, found)) = self.known.get(&hash)
            // A clock that was set back makes nothing fresh.
            && (TimeDelta::zero()..self.memory).contains(&(now - seen_at))
        {
            return Ok(Some(found));
        }
        let found = self.read(credential, &hash).await?.map(Arc::new);
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
    async fn read(&self, credential: &Credential, hash: &str) -> Result<Option<Known>, ApiError> {
        let db = self.desk.log.db();
        // How far the read model is must be known before it is read: asked afterwards, it may have
        // come to the token in between.
        let reached = self.desk.positions.reached();
        if let Some(found) = self.known_as(credential, hash).await? {
            return Ok(Some(found));
        }
        let head = reader::head(db).await?;
        if reached >= head {
            return Ok(None);
        }
        self.desk.log.look_for_news();
        self.desk.positions.wait_for(head, self.desk.patience).await?;
        self.known_as(credential, hash).await
    }

    async fn known_as(
        &self,
        credential: &Credential,
        hash: &str,
    ) -> Result<Option<Known>, ApiError> {
        let db = self.desk.log.db();
        match credential {
            Credential::ApiToken(_) => {
                let found = api_tokens::by_hash(db, hash).await?;
                Ok(found.map(|token| Known {
                    principal: token.principal,
                    credential: CredentialId::ApiToken(token.api_token_id),
                    valid_until: token.revoked_at.is_none().then_some(token.expires_at),
                    scopes: token.scopes,
                }))
            }
            Credential::Session(_) => match logins::by_hash(db, hash).await? {
                Some((person, session)) => self.session(person, session).await.map(Some),
                None => Ok(None),
            },
        }
    }

    /// A session lasts until it was not used for long, so that it is used is noted, once an hour.
    async fn session(&self, person: Principal, session: SessionRow) -> Result<Known, ApiError> {
        let (db, now) = (self.desk.log.db(), self.desk.now());
        let session_id = session.session_id;
        let noted = beside_log::last_use(db, session_id.uuid()).await?;
        let last_used_at = noted.map_or(session.started_at, |noted| noted.max(session.started_at));
        let until = last_used_at + SESSION_DAYS;
        if now < until && now - last_used_at >= USE_NOTED_EVERY {
            let noted = beside_log::note_use(db, session_id.uuid(), person.uuid(), now).await;
            if let Err(error) = noted {
                // The session is good; it only ends sooner if it can never be noted.
                tracing::warn!(%error, "that a session is used cannot be noted");
            }
        }
        Ok(Known {
            principal: person,
            credential: CredentialId::Session(session_id),
            scopes: vec![Scope::Read, Scope::Write],
            valid_until: Some(until),
        })
    }
}

/// The hash of a token that can be one.
fn hash_of(credential: &Credential) -> Option<String> {
    let (token, prefix) = match credential {
        Credential::ApiToken(token) => (token, API_PREFIX),
        Credential::Session(token) => (token, SESSION_PREFIX),
    };
    (token.len() <= MAX_CHARACTERS && token.starts_with(prefix)).then(|| hash(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_only_their_hash_is_kept() {
        let (one, other) =
            (make(API_PREFIX).expect("randomness"), make(API_PREFIX).expect("randomness"));
        assert_ne!(one.token, other.token);
        assert_eq!(one.token_sha256, hash(&one.token));
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // The token can stand in a link as it is.
        assert!(one.token.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)));
    }
}
