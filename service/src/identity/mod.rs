//! How people get in: invitations, registering, logging in and out, sessions, forgotten passwords.
//!
//! Nothing here tells a stranger whether somebody has an account: the answers are the same, and so
//! is the work that is done for them.

mod common;
mod door;
pub mod expiry;
mod hashing;
pub mod invitations;
mod letters;
pub mod messages;
pub mod passwords;
pub mod reactions;
pub mod registering;
pub mod sessions;

pub use door::{Door, DoorLimits};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use chrono_tz::Tz;
use rand::TryRngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use servicedesk_domain::access::Principal;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::identity::PasswordId;
use servicedesk_domain::kernel::{Language, hex};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// For how long a session lasts after it was last used (T6).
pub const SESSION_DAYS: TimeDelta = TimeDelta::days(90);
/// For how long the code is valid that confirms an address.
const CONFIRMATION: TimeDelta = TimeDelta::hours(24);
/// For how long the code is valid that lets somebody choose another password.
const RESET: TimeDelta = TimeDelta::hours(1);
/// For how long an invitation is valid.
const INVITATION: TimeDelta = TimeDelta::days(7);

/// What a code that was sent by mail is for. Stored until the code is used or expires.
#[derive(Clone, Serialize, Deserialize)]
enum Purpose {
    /// To confirm an address.
    Registration(Box<Pending>),
    /// To choose another password in place of this one.
    Reset { person: Principal, password_id: PasswordId },
    /// To get a login, for a person who is known already.
    Invitation { person: Principal, address: String, language: Language, time_zone: Tz },
    /// Nobody got the code.
    Nothing,
}

/// Somebody who has registered and not confirmed their address. They are nobody's customer yet, and
/// nothing of them is in the log: anybody may write anybody's address.
#[derive(Clone, Serialize, Deserialize)]
struct Pending {
    customer_id: CustomerId,
    address: String,
    name: String,
    password_hash: String,
    language: Language,
    time_zone: Tz,
}

/// A code for a mail, and its hash for the database.
fn new_code() -> Result<(String, String), ApiError> {
    let mut secret = [0_u8; 32];
    OsRng.try_fill_bytes(&mut secret).map_err(|error| ApiError::internal(&error))?;
    let code = URL_SAFE_NO_PAD.encode(secret);
    let hash = code_hash(&code);
    Ok((code, hash))
}

/// What is stored of a code. It is 256 random bits, so a plain hash is enough.
fn code_hash(code: &str) -> String {
    hex::encode(&Sha256::digest(code.trim().as_bytes()))
}
