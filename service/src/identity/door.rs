//! What everybody who wants to get in passes: whose an address is, and how often they may try.
//!
//! Attempts are counted in the database, so that several processes count together and a restart
//! forgives nothing. A stranger must not be able to lock anybody out, so what strangers spend is
//! not what the person needs: where somebody has logged in before, only failures from there count.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::TimeDelta;
use hmac::{Hmac, Mac};
use servicedesk_domain::identity::{EmailAddress, EmailClaimId, Rejection};
use servicedesk_domain::kernel::{Actor, hex};
use servicedesk_eventlog::logins::{self, Attempt};
use servicedesk_eventlog::secrets::{self, Secret};
use servicedesk_eventlog::{CommandContext, Log};
use sha2::Sha256;
use uuid::Uuid;

use super::hashing::Hasher;
use super::{Purpose, SESSION_DAYS};
use crate::access::RequestInfo;
use crate::access::tokens::Tokens;
use crate::desk::{self, Desk};
use crate::error::{ApiError, Failure};
use crate::licensing::checking::bucket_of;
use crate::licensing::signing::{SigningError, random_secret};
use crate::mail::Outbox;

/// The name of the secret that ids of addresses and names of attempts are derived with.
const SECRET: &str = "e-mail addresses";
const SECOND: i64 = 1_000_000;
/// On one account from one network: five at once, then one a minute.
const PAIR: (i64, i64) = (60 * SECOND, 4 * 60 * SECOND);
/// On one account from wherever nobody has logged in to it: fifty at once, then one in ten seconds.
const ACCOUNT: (i64, i64) = (10 * SECOND, 49 * 10 * SECOND);
/// Messages to one address: five at once, then one an hour.
const MESSAGES: (i64, i64) = (3_600 * SECOND, 4 * 3_600 * SECOND);

/// How often one network may knock at the door: to register, to confirm, to log in, or for another
/// password.
#[derive(Debug, Clone, Copy)]
pub struct DoorLimits {
    /// How often at once.
    pub at_once: u32,
    /// How many more times a minute.
    pub per_minute: u32,
}

/// The door: what use cases about getting in work with.
#[derive(Clone)]
pub struct Door {
    /// The log and the read models.
    pub desk: Desk,
    /// Whose session it is.
    pub tokens: Arc<Tokens>,
    pub(super) hasher: Hasher,
    pub(super) outbox: Outbox,
    limits: DoorLimits,
    secret: Secret,
}

/// Attempts that were counted, to be taken back if they were good.
pub(super) struct Counted {
    attempts: Vec<Attempt>,
    familiar: String,
}

impl Door {
    /// The door of a desk. The secret is drawn when it is first needed, once, whichever process
    /// asks.
    ///
    /// # Errors
    /// [`SigningError`] if the secret cannot be had, `Internal` without random bytes.
    pub async fn new(
        desk: Desk,
        tokens: Arc<Tokens>,
        outbox: Outbox,
        limits: DoorLimits,
    ) -> anyhow::Result<Self> {
        let secret = secret(&desk.log).await?;
        Ok(Self { desk, tokens, hasher: Hasher::new()?, outbox, limits, secret })
    }

    /// The id of an address. It is the same in every process, and tells nobody the address.
    pub fn claim_id(&self, address: &EmailAddress) -> EmailClaimId {
        let mac = mac(&self.secret, &format!("address:{}", address.as_str()));
        EmailClaimId::new(Uuid::new_v5(&Uuid::NAMESPACE_URL, &mac))
    }

    /// Counts a knock at the door.
    ///
    /// # Errors
    /// [`Rejection::TooManyAttempts`].
    pub(super) async fn knock(&self, info: &RequestInfo) -> Result<(), Failure<Rejection>> {
        self.count(&[self.of_network(info.address)]).await
    }

    /// Counts an attempt to log in to an account, whether there is one or not.
    ///
    /// # Errors
    /// [`Rejection::TooManyAttempts`].
    pub(super) async fn knock_at(
        &self,
        claim_id: EmailClaimId,
        info: &RequestInfo,
    ) -> Result<Counted, Failure<Rejection>> {
        let network = bucket_of(info.address);
        let familiar = self.name(&format!("familiar:{claim_id}:{network}"));
        let mut attempts = vec![
            self.of_network(info.address),
            self.attempt(&format!("pair:{claim_id}:{network}"), PAIR),
        ];
        let db = self.desk.log.db();
        if !logins::is_busy(db, &familiar, self.desk.now()).await.map_err(ApiError::from)? {
            attempts.push(self.attempt(&format!("account:{claim_id}"), ACCOUNT));
        }
        self.count(&attempts).await?;
        Ok(Counted { attempts, familiar })
    }

    /// Takes attempts back that were good, and remembers from where the person came.
    pub(super) async fn welcome(&self, counted: Counted) -> Result<(), ApiError> {
        let db = self.desk.log.db();
        logins::take_back(db, &counted.attempts).await?;
        let until = self.desk.now() + SESSION_DAYS;
        Ok(logins::keep_busy(db, &counted.familiar, until).await?)
    }

    /// Remembers from where a person came in another way than by logging in.
    pub(super) async fn remember(
        &self,
        claim_id: EmailClaimId,
        info: &RequestInfo,
    ) -> Result<(), ApiError> {
        let network = bucket_of(info.address);
        let familiar = self.name(&format!("familiar:{claim_id}:{network}"));
        let until = self.desk.now() + SESSION_DAYS;
        Ok(logins::keep_busy(self.desk.log.db(), &familiar, until).await?)
    }

    /// Counts an attempt of a person at their own password.
    ///
    /// # Errors
    /// [`Rejection::TooManyAttempts`].
    pub(super) async fn count_change(&self, person: Uuid) -> Result<(), Failure<Rejection>> {
        self.count(&[self.attempt(&format!("change:{person}"), PAIR)]).await
    }

    /// Whether one more message may be sent to an address.
    pub(super) async fn may_write_to(&self, claim_id: EmailClaimId) -> Result<bool, ApiError> {
        let attempt = self.attempt(&format!("message:{claim_id}"), MESSAGES);
        let now = self.desk.now();
        Ok(logins::attempt(self.desk.log.db(), &[attempt], now).await?.is_ok())
    }

    /// Keeps what a code is for.
    pub(super) async fn keep_code(
        &self,
        code_sha256: String,
        person_id: Uuid,
        lifetime: TimeDelta,
        purpose: &Purpose,
    ) -> Result<(), ApiError> {
        let body = serde_json::to_string(purpose).map_err(|error| ApiError::internal(&error))?;
        let expires_at = self.desk.now() + lifetime;
        let code = logins::MailedCode { code_sha256, person_id, expires_at, body };
        Ok(logins::keep_code(self.desk.log.db(), code).await?)
    }

    /// What a code is for; nothing if it was never sent, was used, or has expired.
    pub(super) async fn purpose(&self, code_sha256: &str) -> Result<Purpose, ApiError> {
        let body = logins::code(self.desk.log.db(), code_sha256, self.desk.now()).await?;
        let Some(body) = body else { return Ok(Purpose::Nothing) };
        serde_json::from_str(&body).map_err(|error| ApiError::internal(&error))
    }

    /// What a command is recorded with that a person causes.
    pub(super) fn context(&self, actor: Actor, info: &RequestInfo) -> CommandContext {
        let context = desk::own_context(actor, self.desk.now());
        CommandContext { correlation_id: info.request_id, ..context }
    }

    async fn count(&self, attempts: &[Attempt]) -> Result<(), Failure<Rejection>> {
        let now = self.desk.now();
        let counted = logins::attempt(self.desk.log.db(), attempts, now).await;
        counted.map_err(ApiError::from)?.map_err(|retry_at| {
            metrics::counter!("servicedesk_door_refusals").increment(1);
            Failure::Rejected(Rejection::TooManyAttempts { retry_at })
        })
    }

    fn of_network(&self, address: Option<IpAddr>) -> Attempt {
        let cost = 60 * SECOND / i64::from(self.limits.per_minute.max(1));
        let patience = cost.saturating_mul(i64::from(self.limits.at_once.saturating_sub(1)));
        self.attempt(&format!("network:{}", bucket_of(address)), (cost, patience))
    }

    fn attempt(&self, what: &str, (cost, patience): (i64, i64)) -> Attempt {
        Attempt { name: self.name(what), cost, patience }
    }

    /// A name that tells nobody the address or the network.
    fn name(&self, what: &str) -> String {
        hex::encode(&mac(&self.secret, what))
    }
}

async fn secret(log: &Log) -> Result<Secret, SigningError> {
    match secrets::find(log.db(), SECRET).await? {
        Some(secret) => Ok(secret),
        None => Ok(secrets::keep(log.db(), SECRET, &random_secret()?).await?),
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(secret: &Secret, text: &str) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(secret.reveal()).expect("a key of any length");
    mac.chain_update(text.as_bytes()).finalize().into_bytes().into()
}
