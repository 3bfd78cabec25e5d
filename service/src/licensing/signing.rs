//! The vendor's signing keys: made when they are first needed, rotated by the operator. The secret
//! half stands beside the log, the public one in it.

use rand::TryRngCore;
use rand::rngs::OsRng;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::licensing::SigningKeys;
use servicedesk_domain::licensing::licence::decide::Signer;
use servicedesk_domain::licensing::signing::{
    Command, PublicKey, Rejection, SigningKey, signing_keys_id,
};
use servicedesk_eventlog::secrets::{self, Secret};
use servicedesk_eventlog::{DbError, ExecuteError, Log};

use crate::desk;
use crate::error::ApiError;

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The log failed, or refused the key.
    #[error(transparent)]
    Log(#[from] ExecuteError<Rejection>),
    /// The machine gives no random bytes.
    #[error("no random bytes: {0}")]
    Randomness(#[from] rand::rand_core::OsError),
    /// A key is in the log, and its secret half nowhere: a log was restored without its secrets.
    #[error(
        "the secret half of the signing key {0} is missing; `servicedesk keys rotate` makes another"
    )]
    SecretMissing(u16),
}

impl From<SigningError> for ApiError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Db(error) => error.into(),
            SigningError::Log(error) => error.into(),
            error @ (SigningError::Randomness(_) | SigningError::SecretMissing(_)) => {
                Self::internal(&error)
            }
        }
    }
}

/// Every signing key there ever was, as the log says now.
///
/// # Errors
/// A fault, where they cannot be read.
pub async fn keys(log: &Log) -> Result<SigningKeys, SigningError> {
    Ok(log.load::<SigningKeys>(signing_keys_id().uuid()).await?.0)
}

/// Who signs now. The first signing key is made here, once, whichever process asks first.
///
/// # Errors
/// [`SigningError`].
pub async fn signer(log: &Log) -> Result<Signer, SigningError> {
    let mut current = keys(log).await?.current();
    if current.is_none() {
        begin(log).await?;
        current = keys(log).await?.current();
    }
    let (number, public_key) = current.ok_or(SigningError::SecretMissing(0))?;
    let found = secrets::find(log.db(), &name_of(public_key)).await?;
    let found = found.ok_or(SigningError::SecretMissing(number))?;
    Ok(Signer { number, secret: SigningKey::from_bytes(found.reveal()) })
}

/// Makes the first signing key, unless there is one.
async fn begin(log: &Log) -> Result<(), SigningError> {
    let (public_key, at) = (make(log).await?, log.now());
    introduce(log, Command::Begin { public_key, at }).await
}

/// Makes a new signing key, which signs from now on.
///
/// # Errors
/// [`SigningError`].
pub async fn rotate(log: &Log) -> Result<(), SigningError> {
    let (public_key, at) = (make(log).await?, log.now());
    introduce(log, Command::Rotate { public_key, at }).await
}

async fn introduce(log: &Log, command: Command) -> Result<(), SigningError> {
    let context = desk::own_context(Actor::Operator, log.now());
    log.execute::<SigningKeys>(signing_keys_id().uuid(), command, context).await?;
    Ok(())
}

/// A new pair. Its secret half is on disk before anybody hears of the public one.
async fn make(log: &Log) -> Result<PublicKey, SigningError> {
    let secret = random_secret()?;
    let public_key = SigningKey::from_bytes(secret.reveal()).verifying_key().into();
    secrets::keep(log.db(), &name_of(public_key), &secret).await?;
    Ok(public_key)
}

/// 32 bytes that nobody can guess.
///
/// # Errors
/// Where the machine gives none.
pub fn random_secret() -> Result<Secret, rand::rand_core::OsError> {
    let mut bytes = [0; 32];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(Secret::new(bytes))
}

fn name_of(public_key: PublicKey) -> String {
    format!("licence keys {public_key}")
}
