//! Decisions about a file (T2).

use chrono::TimeDelta;

use super::events::{Attachment, DiscardReason, FileEvent, Uploader};
use super::rejection::Rejection;
use super::state::{Claim, File, Requested};
use crate::kernel::{Form, Moment, Personal, hex};

/// For how long a file's bytes are awaited, and then for how long a message.
pub const PATIENCE: TimeDelta = TimeDelta::days(1);

const MAX_NAME_CHARACTERS: usize = 255;
const MAX_TYPE_CHARACTERS: usize = 127;

/// A command on a file.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Request`].
    Request(Request),
    /// See [`Store`].
    Store(Store),
    /// A message claims the file.
    Attach {
        /// Who writes the message.
        by: Uploader,
        /// The message.
        to: Attachment,
        /// The moment.
        at: Moment,
    },
    /// The message that claimed the file was refused.
    Release {
        /// The message.
        from: Attachment,
    },
    /// The sender does not want it any longer.
    Withdraw {
        /// Who says so.
        by: Uploader,
        /// The moment.
        at: Moment,
    },
    /// The customer whom it concerns was erased (A3).
    Erase {
        /// The moment.
        at: Moment,
    },
    /// The time is over for its bytes, for a message to claim it, or for that to be recorded.
    Expire {
        /// What became of the message that claims it.
        message: Message,
        /// The moment.
        at: Moment,
    },
}

/// Whether the message that claims a file is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// It has the file.
    Recorded,
    /// There is none.
    Missing,
}

/// Asks to send a file.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who sends it.
    pub uploader: Uploader,
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: i64,
    /// Its media type, as the sender claims it.
    pub claimed_type: Option<String>,
    /// Its SHA-256, if the sender says it.
    pub sha256: Option<String>,
    /// How long one file may be.
    pub max_bytes: u64,
    /// How much room the sender has left; none if there is no limit.
    pub room: Option<Room>,
    /// The moment.
    pub at: Moment,
}

/// How much room a sender has for files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The most bytes of all their files together.
    pub most: u64,
    /// The bytes of those they have.
    pub used: u64,
}

/// All bytes of a file are there.
#[derive(Debug, Clone)]
pub struct Store {
    /// Their SHA-256.
    pub sha256: String,
    /// The media type that the first bytes are of.
    pub detected_type: Option<String>,
    /// The moment.
    pub at: Moment,
}

/// The events that a decision leads to.
pub type Decision = Result<Vec<FileEvent>, Rejection>;

/// Decides a command on a file.
///
/// # Errors
/// The [`Rejection`]; nothing is recorded.
pub fn decide(file: &File, command: Command) -> Decision {
    match command {
        Command::Request(request) => self::request(file, &request),
        Command::Store(store) => self::store(file, store),
        Command::Attach { by, to, at } => attach(file, by, to, at),
        Command::Release { from } => Ok(release(file, from)),
        Command::Withdraw { by, at } => withdraw(file, by, at),
        Command::Erase { at } => Ok(erase(file, at)),
        Command::Expire { message, at } => expire(file, message, at),
    }
}

fn request(file: &File, request: &Request) -> Decision {
    if file.requested.is_some() {
        return Ok(Vec::new());
    }
    let Request { uploader, bytes, max_bytes, at, .. } = *request;
    let name = file_name(&request.name)?;
    let claimed_type = request.claimed_type.as_deref().map(media_type).transpose()?.flatten();
    let bytes = u64::try_from(bytes).ok().filter(|bytes| (1..=max_bytes).contains(bytes));
    let bytes = bytes.ok_or(Rejection::SizeOutOfRange { most: max_bytes })?;
    let sha256 = match &request.sha256 {
        Some(text) => Some(hex::decode::<32>(text).ok_or(Rejection::BadChecksum)?),
        None => None,
    };
    request.room.map_or(Ok(()), |room| room.holds(bytes))?;
    let expires_at = at.checked_add_signed(PATIENCE).unwrap_or(Moment::MAX_UTC);
    let name = match uploader {
        Uploader::Customer(id) => Personal::new(id, name),
        Uploader::Staff(id) => Personal::new(id, name),
    };
    let sha256 = sha256.map(|bytes| hex::encode(&bytes));
    Ok(vec![FileEvent::Requested { uploader, name, bytes, claimed_type, sha256, expires_at }])
}

impl Room {
    /// Whether so many bytes more have room.
    ///
    /// # Errors
    /// [`Rejection::QuotaExceeded`].
    pub fn holds(self, bytes: u64) -> Result<(), Rejection> {
        let left = self.most.saturating_sub(self.used);
        if bytes <= left { Ok(()) } else { Err(Rejection::QuotaExceeded { most: self.most, left }) }
    }
}

/// A name is shown and saved under, never a path.
fn file_name(raw: &str) -> Result<String, Rejection> {
    let bad = Rejection::BadFileName { most: MAX_NAME_CHARACTERS };
    let name = Form::Name.parse(raw, MAX_NAME_CHARACTERS).map_err(|_| bad)?.into_string();
    let is_path = name.contains(['/', '\\']) || name == "." || name == "..";
    if is_path { Err(bad) } else { Ok(name) }
}

/// A media type without its parameters. Browsers send an empty text where they know none.
fn media_type(raw: &str) -> Result<Option<String>, Rejection> {
    let essence = raw.split(';').next().unwrap_or_default().trim();
    if essence.is_empty() {
        return Ok(None);
    }
    let is_token = |text: &str| {
        let is_sound = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c);
        !text.is_empty() && text.chars().all(is_sound)
    };
    let is_sound = essence.len() <= MAX_TYPE_CHARACTERS
        && essence.split_once('/').is_some_and(|(kind, sort)| is_token(kind) && is_token(sort));
    if is_sound { Ok(Some(essence.to_ascii_lowercase())) } else { Err(Rejection::BadMediaType) }
}

/// Whether bytes of the file may still come from somebody.
///
/// # Errors
/// The [`Rejection`] that says why not.
pub fn awaits_from(file: &File, by: Uploader, at: Moment) -> Result<&Requested, Rejection> {
    let requested = of_sender(file, by)?;
    awaits(file, at)?;
    Ok(requested)
}

fn of_sender(file: &File, by: Uploader) -> Result<&Requested, Rejection> {
    let requested = file.requested.as_ref().filter(|requested| requested.uploader == by);
    requested.ok_or(Rejection::FileNotFound)
}

fn awaits(file: &File, at: Moment) -> Result<(), Rejection> {
    let requested = file.requested.as_ref().ok_or(Rejection::FileNotFound)?;
    if file.is_discarded {
        return Err(Rejection::FileDiscarded);
    }
    if file.stored_at.is_some() {
        return Err(Rejection::FileStored);
    }
    if at < requested.expires_at { Ok(()) } else { Err(Rejection::UploadExpired) }
}

/// A file with another checksum than was said is not kept.
fn store(file: &File, Store { sha256, detected_type, at }: Store) -> Decision {
    match awaits(file, at) {
        Err(Rejection::FileStored) => return Ok(Vec::new()),
        other => other?,
    }
    let said = file.requested.as_ref().and_then(|requested| requested.sha256.as_ref());
    if said.is_some_and(|said| *said != sha256) {
        let reason = DiscardReason::OtherChecksum;
        return Ok(vec![FileEvent::Discarded { reason, discarded_at: at }]);
    }
    Ok(vec![FileEvent::Stored { sha256, detected_type, stored_at: at }])
}

/// Whether a message of somebody may have the file.
///
/// # Errors
/// The [`Rejection`] that says why not.
pub fn may_attach(file: &File, by: Uploader, to: Attachment) -> Result<(), Rejection> {
    of_sender(file, by)?;
    match file.claim {
        _ if file.is_discarded => Err(Rejection::FileNotFound),
        _ if file.stored_at.is_none() => Err(Rejection::FileNotStored),
        Some(claim) if claim.to != to => Err(Rejection::FileAttached),
        _ => Ok(()),
    }
}

fn attach(file: &File, by: Uploader, to: Attachment, at: Moment) -> Decision {
    may_attach(file, by, to)?;
    if file.claim.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![FileEvent::Attached { to, attached_at: at }])
}

fn release(file: &File, from: Attachment) -> Vec<FileEvent> {
    let holds = file.claim.is_some_and(|claim| claim.to == from && !claim.is_kept);
    if holds && !file.is_discarded { vec![FileEvent::Released { from }] } else { Vec::new() }
}

fn withdraw(file: &File, by: Uploader, at: Moment) -> Decision {
    of_sender(file, by)?;
    if file.is_discarded {
        return Err(Rejection::FileDiscarded);
    }
    if file.claim.is_some() {
        return Err(Rejection::FileAttached);
    }
    Ok(vec![FileEvent::Discarded { reason: DiscardReason::Withdrawn, discarded_at: at }])
}

/// When the time is over for what the file waits for; none if it waits for nothing.
pub fn due_at(file: &File) -> Option<Moment> {
    let requested = file.requested.as_ref().filter(|_| !file.is_discarded)?;
    let since = match (file.claim, file.stored_at) {
        (Some(Claim { is_kept: true, .. }), _) => return None,
        (Some(claim), _) => claim.attached_at,
        (None, Some(stored_at)) => stored_at,
        (None, None) => return Some(requested.expires_at),
    };
    Some(since.checked_add_signed(PATIENCE).unwrap_or(Moment::MAX_UTC))
}

/// What concerned an erased person goes, whatever has it.
fn erase(file: &File, at: Moment) -> Vec<FileEvent> {
    if file.requested.is_none() || file.is_discarded {
        return Vec::new();
    }
    vec![FileEvent::Discarded { reason: DiscardReason::Erased, discarded_at: at }]
}

fn expire(file: &File, message: Message, at: Moment) -> Decision {
    if due_at(file).is_none_or(|due_at| at < due_at) {
        return Err(Rejection::FileInUse);
    }
    if file.claim.is_some() && message == Message::Recorded {
        return Ok(vec![FileEvent::Kept]);
    }
    Ok(vec![FileEvent::Discarded { reason: DiscardReason::Expired, discarded_at: at }])
}
