//! Checking a licence key for anyone who asks (F6). Only what a key itself proves is answered, and
//! nothing of anybody else's.

use std::net::IpAddr;

use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::licensing::key::{KeyFacts, KeyProblem, product_tag};
use servicedesk_domain::licensing::licence::decide::{Check, verdict};
use servicedesk_domain::licensing::licence::{Command, KeyVerdict};
use servicedesk_domain::licensing::signing::signing_keys_id;
use servicedesk_domain::licensing::{AccountNumber, Licence, SigningKeys};
use uuid::Uuid;

use crate::buckets::Buckets;
use crate::desk::{self, Desk};
use crate::error::ApiError;

/// How often each address may have keys checked.
#[derive(Debug, Clone)]
pub struct CheckLimit(Buckets);

impl CheckLimit {
    /// So many checks at once, and so many more a second.
    pub fn new(at_once: u32, per_second: f64) -> Self {
        Self(Buckets::new(f64::from(at_once), per_second))
    }

    /// Counts a check.
    ///
    /// # Errors
    /// `Throttled`, where there were too many.
    pub fn spend(&self, address: Option<IpAddr>, now: Moment) -> Result<(), ApiError> {
        self.0.spend(bucket_of(address), 1.0, now).map(drop)
    }
}

/// Whose bucket it is: the address's. Of an IPv6 address only the network counts, because one
/// customer has all of it.
pub fn bucket_of(address: Option<IpAddr>) -> Uuid {
    match address.map(|address| address.to_canonical()) {
        None => Uuid::nil(),
        Some(IpAddr::V4(address)) => Uuid::new_v5(&Uuid::NAMESPACE_URL, &address.octets()),
        Some(IpAddr::V6(address)) => Uuid::new_v5(&Uuid::NAMESPACE_URL, &address.octets()[..8]),
    }
}

/// What a key is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is none, or nobody who may has signed it.
    NoKey(KeyProblem),
    /// It is one; until when it holds, where it does.
    Key(KeyVerdict, Option<Moment>),
}

/// Says what a key is worth with an account, and records that it was asked.
///
/// # Errors
/// `Internal` if the log fails.
pub async fn check(
    desk: &Desk,
    key: &str,
    account_number: &str,
    product_id: Option<ProductId>,
) -> Result<Answer, ApiError> {
    let facts = match read(desk, key).await? {
        Ok(facts) => facts,
        Err(problem) => return Ok(Answer::NoKey(problem)),
    };
    // What is no account number is none of those that the key is bound to.
    let Ok(account_number) = AccountNumber::parse(account_number) else {
        return Ok(Answer::Key(KeyVerdict::BoundElsewhere, None));
    };
    let at = desk.now();
    let until = facts.valid_until.and_then(|until| Moment::from_timestamp(i64::from(until), 0));
    let licence_id = facts.licence_id.uuid();
    let check = Check { facts, account_number, product: product_id.map(product_tag), at };
    let loaded = desk.log.load::<Licence>(licence_id).await;
    let (licence, _) = loaded.map_err(ApiError::from)?;
    // Signed by the vendor, but in another log, as after a restore from an old copy.
    if licence.customer_id.is_none() {
        return Ok(Answer::NoKey(KeyProblem::Signature));
    }
    let answer = verdict(&licence, &check);
    let context = desk::own_context(Actor::Reactor, at);
    let recorded = desk.log.execute::<Licence>(licence_id, Command::CheckKey(check), context).await;
    recorded.map_err(ApiError::from)?;
    Ok(Answer::Key(answer, until.filter(|_| answer == KeyVerdict::Valid)))
}

/// Reads a key. A signing key that is not in memory may have been introduced by another process.
async fn read(desk: &Desk, key: &str) -> Result<Result<KeyFacts, KeyProblem>, ApiError> {
    let id = signing_keys_id().uuid();
    let recent = desk.log.load_recent::<SigningKeys>(id).await;
    let (keys, _) = recent.map_err(ApiError::from)?;
    let read = KeyFacts::read(key, |number| keys.verifying(number));
    if read != Err(KeyProblem::Signature) {
        return Ok(read);
    }
    let fresh = desk.log.load::<SigningKeys>(id).await;
    let (keys, _) = fresh.map_err(ApiError::from)?;
    Ok(KeyFacts::read(key, |number| keys.verifying(number)))
}
