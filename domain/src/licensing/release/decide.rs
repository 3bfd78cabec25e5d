//! Decisions about a release (R3).

use super::events::{ReleaseEvent, ReleaseFile};
use super::rejection::Rejection;
use super::state::{Announced, Release};
use crate::catalogue::ProductId;
use crate::kernel::{Moment, Text, hex};

const MAX_VERSION_CHARACTERS: usize = 50;
const MAX_NAME_CHARACTERS: usize = 100;

/// A command on a release.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Announce`].
    Announce(Announce),
    /// See [`Publish`].
    Publish(Publish),
    /// See [`Withdraw`].
    Withdraw(Withdraw),
}

/// Announces a version of a product, whose file is still to be uploaded.
#[derive(Debug, Clone)]
pub struct Announce {
    /// The product, or why there is none.
    pub product_id: Result<ProductId, Rejection>,
    /// The version.
    pub version: String,
    /// What is new in it.
    pub notes: String,
    /// The name under which its file is saved.
    pub file_name: String,
    /// The file's length in bytes.
    pub bytes: i64,
    /// The file's SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The most bytes of a file.
    pub max_bytes: u64,
    /// The most characters of the notes.
    pub max_characters: usize,
}

/// Publishes a release, because its file has arrived.
#[derive(Debug, Clone)]
pub struct Publish {
    /// The file that has arrived.
    pub file: ReleaseFile,
    /// The moment of the arrival.
    pub at: Moment,
}

/// Withdraws a release: from now on it can no longer be downloaded.
#[derive(Debug, Clone)]
pub struct Withdraw {
    /// The reason.
    pub reason: String,
    /// The most characters of a reason.
    pub max_characters: usize,
    /// The moment of the decision.
    pub at: Moment,
}

/// The events that a decision leads to.
pub type Decision = Result<Vec<ReleaseEvent>, Rejection>;

/// Decides a command on a release.
///
/// # Errors
/// The [`Rejection`]; nothing is recorded.
pub fn decide(release: &Release, command: Command) -> Decision {
    match command {
        Command::Announce(announce) => self::announce(release, announce),
        Command::Publish(publish) => self::publish(release, &publish),
        Command::Withdraw(withdraw) => self::withdraw(release, &withdraw),
    }
}

/// Until its file has arrived, a version may be announced again with another one.
fn announce(release: &Release, announce: Announce) -> Decision {
    let product_id = announce.product_id?;
    if !is_written(&announce.version, MAX_VERSION_CHARACTERS) {
        return Err(Rejection::BadVersion);
    }
    let notes = Text::parse(&announce.notes, announce.max_characters);
    let notes = notes.map_err(Rejection::BadNotes)?.into_string();
    let name = announce.file_name;
    if !is_written(&name, MAX_NAME_CHARACTERS) || !name.starts_with(|c: char| c.is_alphanumeric()) {
        return Err(Rejection::BadFileName);
    }
    let most = announce.max_bytes;
    let bytes = u64::try_from(announce.bytes).ok().filter(|bytes| (1..=most).contains(bytes));
    let bytes = bytes.ok_or(Rejection::SizeOutOfRange { most })?;
    let sha256: [u8; 32] = hex::decode(&announce.sha256).ok_or(Rejection::BadChecksum)?;
    if release.is_published {
        return Err(Rejection::VersionPublished);
    }
    let file = ReleaseFile { name, bytes, sha256: hex::encode(&sha256) };
    let announced = Announced { product_id, notes, file };
    if release.announced.as_ref() == Some(&announced) {
        return Ok(Vec::new());
    }
    let Announced { product_id, notes, file } = announced;
    Ok(vec![ReleaseEvent::Announced { product_id, version: announce.version, notes, file }])
}

/// The same file is published once, and a file other than the announced one never.
fn publish(release: &Release, publish: &Publish) -> Decision {
    let announced = release.announced.as_ref().ok_or(Rejection::ReleaseNotFound)?;
    if announced.file != publish.file {
        return Err(Rejection::BadChecksum);
    }
    if release.is_published {
        return Ok(Vec::new());
    }
    Ok(vec![ReleaseEvent::Published { published_at: publish.at }])
}

fn withdraw(release: &Release, withdraw: &Withdraw) -> Decision {
    if release.announced.is_none() {
        return Err(Rejection::ReleaseNotFound);
    }
    if !release.is_published {
        return Err(Rejection::ReleaseNotPublished);
    }
    if release.is_withdrawn {
        return Err(Rejection::ReleaseWithdrawn);
    }
    let reason = Text::parse(&withdraw.reason, withdraw.max_characters);
    let reason = reason.map_err(Rejection::BadReason)?.into_string();
    Ok(vec![ReleaseEvent::Withdrawn { reason, withdrawn_at: withdraw.at }])
}

fn is_written(text: &str, most: usize) -> bool {
    let is_sound = |c: char| c.is_ascii_alphanumeric() || ".+-_".contains(c);
    (1..=most).contains(&text.len()) && text.chars().all(is_sound)
}
