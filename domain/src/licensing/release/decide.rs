//! Decisions about a release (R3).

use super::events::{ReleaseEvent, ReleaseFile};
use super::rejection::Rejection;
use super::state::{Announced, Release};
use crate::catalogue::ProductId;
use crate::kernel::{Moment, Text, hex};

const MOST_VERSION_CHARACTERS: usize = 50;
const MOST_NAME_CHARACTERS: usize = 100;

/// A command on a release.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Announce`].
    Announce(Announce),
    /// Its file is there.
    Publish {
        /// The file that is there.
        file: ReleaseFile,
        /// Now.
        at: Moment,
    },
    /// It is downloaded no more.
    Withdraw {
        /// Why.
        reason: String,
        /// The most characters of a reason.
        most_characters: usize,
        /// Now.
        at: Moment,
    },
}

/// A version of a product whose file is to come.
#[derive(Debug, Clone)]
pub struct Announce {
    /// Of which product, as far as there is such a product.
    pub product_id: Result<ProductId, Rejection>,
    /// Which version.
    pub version: String,
    /// What is new in it.
    pub notes: String,
    /// Under which name its file is saved.
    pub file_name: String,
    /// How long the file is.
    pub bytes: i64,
    /// The file's SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The most bytes of a file.
    pub most_bytes: u64,
    /// The most characters of notes.
    pub most_characters: usize,
}

/// What a decision gives.
pub type Decision = Result<Vec<ReleaseEvent>, Rejection>;

/// Decides a command on a release.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(release: &Release, command: Command) -> Decision {
    match command {
        Command::Announce(announce) => self::announce(release, announce),
        Command::Publish { file, at } => publish(release, &file, at),
        Command::Withdraw { reason, most_characters, at } => {
            withdraw(release, &reason, most_characters, at)
        }
    }
}

/// Until the file is there, a version may be announced again with another one.
fn announce(release: &Release, announce: Announce) -> Decision {
    let product_id = announce.product_id?;
    if !is_written(&announce.version, MOST_VERSION_CHARACTERS) {
        return Err(Rejection::BadVersion);
    }
    let notes = Text::parse(&announce.notes, announce.most_characters);
    let notes = notes.map_err(Rejection::BadNotes)?.into_string();
    let name = announce.file_name;
    if !is_written(&name, MOST_NAME_CHARACTERS) || !name.starts_with(|c: char| c.is_alphanumeric())
    {
        return Err(Rejection::BadFileName);
    }
    let most = announce.most_bytes;
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

/// The same file is published once; a file that is not the announced one never.
fn publish(release: &Release, file: &ReleaseFile, at: Moment) -> Decision {
    let announced = release.announced.as_ref().ok_or(Rejection::ReleaseNotFound)?;
    if announced.file != *file {
        return Err(Rejection::BadChecksum);
    }
    if release.is_published {
        return Ok(Vec::new());
    }
    Ok(vec![ReleaseEvent::Published { published_at: at }])
}

fn withdraw(release: &Release, reason: &str, most_characters: usize, at: Moment) -> Decision {
    if release.announced.is_none() {
        return Err(Rejection::ReleaseNotFound);
    }
    if !release.is_published {
        return Err(Rejection::ReleaseNotPublished);
    }
    if release.is_withdrawn {
        return Err(Rejection::ReleaseWithdrawn);
    }
    let reason = Text::parse(reason, most_characters).map_err(Rejection::BadReason)?;
    Ok(vec![ReleaseEvent::Withdrawn { reason: reason.into_string(), withdrawn_at: at }])
}

fn is_written(text: &str, most: usize) -> bool {
    let is_sound = |c: char| c.is_ascii_alphanumeric() || ".+-_".contains(c);
    (1..=most).contains(&text.len()) && text.chars().all(is_sound)
}
