//! How passwords are hashed: Argon2id, slow and large on purpose, so at most two at once and never
//! on a thread that answers requests.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::password_hash::{Ident, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore;
use rand::rngs::OsRng;
use servicedesk_domain::identity::Password;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;

/// How many are hashed at once: each takes [`MEMORY`] and a whole core.
const MAX_AT_ONCE: usize = 2;
/// How long one waits for its turn. After that it is better refused, to be tried again.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// In KiB. With the passes, what OWASP recommends at least (Password Storage, 2024).
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What is hashed with. Clones take turns with each other.
#[derive(Debug, Clone)]
pub(super) struct Hasher {
    turns: Arc<Semaphore>,
    /// The hash of nothing in particular: compared with where there is no account, which takes as
    /// long as with one. It is made for the first password that is compared, whosever it is, because
    /// the memory that it takes would be kept from the start on.
    decoy: Arc<OnceLock<String>>,
    params: Params,
}

/// What a password was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another one.
    Wrong,
    /// The right one.
    Right,
    /// The right one, whose hash is of weaker parameters than are used now. This is the new one.
    RightAndUpgraded(String),
}

impl Hasher {
    /// A hasher of today's parameters.
    ///
    /// # Errors
    /// `Internal` if the parameters are not those of Argon2, which is a mistake in the program.
    pub(super) fn new() -> Result<Self, ApiError> {
        let params = Params::new(MEMORY, PASSES, LANES, None);
        Ok(Self::with(params.map_err(|error| ApiError::internal(&error))?))
    }

    fn with(params: Params) -> Self {
        Self { turns: Arc::new(Semaphore::new(MAX_AT_ONCE)), decoy: Arc::default(), params }
    }

    /// The hash of a password, with a salt of its own.
    ///
    /// # Errors
    /// `Throttled` if too many others wait, `Internal` if it cannot be hashed.
    pub(super) async fn hash(&self, password: Password) -> Result<String, ApiError> {
        let (turn, params) = (self.turn().await?, self.params.clone());
        let hashed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash(&params, password.reveal().as_bytes())
        });
        hashed.await.map_err(|error| ApiError::internal(&error))?
    }

    /// Compares a password with a stored hash. Without one, it takes as long and is wrong.
    ///
    /// # Errors
    /// `Throttled` if too many others wait, `Internal` if the stored hash cannot be read.
    pub(super) async fn verify(
        &self,
        password: Password,
        stored: Option<String>,
    ) -> Result<Verdict, ApiError> {
        let (turn, params, decoy) = (self.turn().await?, self.params.clone(), self.decoy.clone());
        let verified = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let decoy = if let Some(decoy) = decoy.get() {
                decoy
            } else {
                let made = hash(&params, b"decoy")?;
                decoy.get_or_init(|| made)
            };
            match stored {
                Some(stored) => verify(&params, &password, &stored),
                None => verify(&params, &password, decoy).map(|_| Verdict::Wrong),
            }
        });
        verified.await.map_err(|error| ApiError::internal(&error))?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = tokio::time::timeout(MAX_WAIT, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| ApiError::Throttled)?;
        turn.map_err(|error| ApiError::internal(&error))
    }
}

fn argon2(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

fn hash(params: &Params, password: &[u8]) -> Result<String, ApiError> {
    let mut salt = [0_u8; 16];
    OsRng.try_fill_bytes(&mut salt).map_err(|error| ApiError::internal(&error))?;
    let salt = SaltString::encode_b64(&salt).map_err(|error| ApiError::internal(&error))?;
    let hashed = argon2(params).hash_password(password, &salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| ApiError::internal(&error))
}

fn verify(params: &Params, password: &Password, stored: &str) -> Result<Verdict, ApiError> {
    let parsed = PasswordHash::new(stored).map_err(|error| ApiError::internal(&error))?;
    let password = password.reveal().as_bytes();
    match argon2(params).verify_password(password, &parsed) {
        Ok(()) if is_current(params, &parsed) => Ok(Verdict::Right),
        Ok(()) => hash(params, password).map(Verdict::RightAndUpgraded),
        Err(argon2::password_hash::Error::Password) => Ok(Verdict::Wrong),
        Err(error) => Err(ApiError::internal(&error)),
    }
}

fn is_current(params: &Params, hash: &PasswordHash<'_>) -> bool {
    let of_hash = Params::try_from(hash).ok();
    let is_same = |of: Params| {
        (of.m_cost(), of.t_cost(), of.p_cost())
            == (params.m_cost(), params.t_cost(), params.p_cost())
    };
    hash.algorithm == Ident::new_unwrap("argon2id") && of_hash.is_some_and(is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::choose(text).expect("a password")
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_no_other_and_nothing_is_never_right() {
        let hasher = Hasher::new().expect("a hasher");
        let (one, again) = (
            hasher.hash(password("a password of mine")).await.expect("a hash"),
            hasher.hash(password("a password of mine")).await.expect("a hash"),
        );
        assert_ne!(one, again, "the salt is the same");
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        for (given, stored, expected) in [
            ("a password of mine", Some(one.clone()), Verdict::Right),
            ("a password of mind", Some(one), Verdict::Wrong),
            ("a password of mine", None, Verdict::Wrong),
        ] {
            assert_eq!(hasher.verify(password(given), stored).await, Ok(expected));
        }
        let decoy = Password::given("decoy").expect("a password");
        assert_eq!(hasher.verify(decoy, None).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_hash_of_weaker_parameters_is_replaced_when_it_is_right() {
        let weak = Hasher::with(Params::new(64, 1, 1, None).expect("parameters"));
        let stored = weak.hash(password("a password of mine")).await.expect("a hash");
        let hasher = Hasher::new().expect("a hasher");
        let wrong = hasher.verify(password("another password"), Some(stored.clone())).await;
        assert_eq!(wrong, Ok(Verdict::Wrong));
        let right = hasher.verify(password("a password of mine"), Some(stored)).await;
        let Ok(Verdict::RightAndUpgraded(upgraded)) = right else { panic!("{right:?}") };
        let again = hasher.verify(password("a password of mine"), Some(upgraded)).await;
        assert_eq!(again, Ok(Verdict::Right));
    }
}
