//! Sending a file: asking to, and taking its bytes in as many requests as it needs (T2).

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use servicedesk_domain::file::decide::{Request, Room, Store, awaits_from};
use servicedesk_domain::file::{Command, File, FileId, Rejection, Uploader};
use servicedesk_domain::kernel::{Moment, hex};
use servicedesk_eventlog::{ExecuteError, Executed, Position, reader};
use servicedesk_projections::file::files::{self, FileRow};
use sha2::{Digest, Sha256};

use super::receiving::{self, Checksum, Patience, Place, ReceiveError};
use super::store::{Content, StoreError};
use crate::access::{Caller, Identity, policy};
use crate::acting::Acting;
use crate::desk::{self, Desk};
use crate::error::{ApiError, Failure};

/// By how many bytes a file's type is known.
const HEAD_BYTES: u64 = 8 * 1024;

/// A file that somebody wants to send.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: i64,
    /// Its media type, as far as the sender knows it.
    pub claimed_type: Option<String>,
    /// Its SHA-256, if the sender knows it.
    pub sha256: Option<String>,
}

/// How much may be sent.
#[derive(Debug, Clone, Copy)]
pub struct FileLimits {
    /// The most bytes of one file.
    pub file_bytes: u64,
    /// The most bytes of all files of one customer.
    pub customer_bytes: u64,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes of it are on disk.
    pub offset: u64,
    /// How long it is.
    pub bytes: u64,
    /// Until when its bytes may come.
    pub expires_at: Moment,
}

/// Why bytes are not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// A rule refuses them.
    #[error("{0}")]
    Rejected(Rejection),
    /// They do not begin where the file goes on.
    #[error("the file goes on at {offset}")]
    OtherOffset {
        /// How many bytes of it are there.
        offset: u64,
    },
    /// They are not what was announced, or cannot be kept.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// The request failed.
    #[error(transparent)]
    Request(#[from] ApiError),
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::Receive(error.into())
    }
}

impl From<Failure<Rejection>> for UploadError {
    fn from(failure: Failure<Rejection>) -> Self {
        match failure {
            Failure::Rejected(rejection) => Self::Rejected(rejection),
            Failure::Request(error) => Self::Request(error),
        }
    }
}

impl From<Rejection> for UploadError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// Who sends, of those who may.
///
/// # Errors
/// `Forbidden` for auditors, and if the token may not be used for mutations.
pub fn sender(caller: &Caller) -> Result<Uploader, ApiError> {
    policy::may_write(caller)?;
    match &caller.identity {
        Identity::Customer(id) => Ok(Uploader::Customer(*id)),
        Identity::Staff(_) => {
            policy::acting_staff(caller).map(|worker| Uploader::Staff(worker.staff_member_id))
        }
    }
}

/// The id of the file that [`request_upload`] asks for.
pub fn new_file_id(acting: &Acting<'_>) -> FileId {
    acting.new_id("file")
}

/// Asks to send a file, whose bytes are then awaited for a day.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn request_upload(
    acting: Acting<'_>,
    new: NewFile,
    limits: FileLimits,
) -> Result<Executed, Failure<Rejection>> {
    let uploader = sender(acting.caller)?;
    let NewFile { name, bytes, claimed_type, sha256 } = new;
    let command = Command::Request(Request {
        uploader,
        name,
        bytes,
        claimed_type,
        sha256,
        max_bytes: limits.file_bytes,
        room: room(acting.desk, uploader, limits, Position::MAX).await?,
        at: acting.now(),
    });
    acting.execute::<File>(new_file_id(&acting).uuid(), Ok(command)).await
}

/// How much room a sender has for what they asked for up to a position. Staff have no limit.
async fn room(
    desk: &Desk,
    uploader: Uploader,
    limits: FileLimits,
    up_to: Position,
) -> Result<Option<Room>, ApiError> {
    let Uploader::Customer(_) = uploader else { return Ok(None) };
    let used = files::used_bytes(desk.log.db(), uploader, up_to).await?;
    Ok(Some(Room { most: limits.customer_bytes, used }))
}

/// How far a file of the caller's has come. If all of it is there and nobody has noted that, because
/// a process was killed in between, it is noted now.
///
/// # Errors
/// [`UploadError`].
pub async fn progress(desk: &Desk, by: Uploader, id: FileId) -> Result<Progress, UploadError> {
    let file = load(desk, id).await?;
    let requested = file.requested.as_ref().filter(|requested| requested.uploader == by);
    let requested = requested.ok_or(Rejection::FileNotFound)?;
    if file.is_discarded {
        return Err(Rejection::FileDiscarded.into());
    }
    let (bytes, expires_at) = (requested.bytes, requested.expires_at);
    if file.stored_at.is_some() {
        return Ok(Progress { offset: bytes, bytes, expires_at });
    }
    awaits_from(&file, by, desk.now())?;
    let content = desk.files.content(id).await?;
    if content.bytes() == bytes {
        finish(desk, by, id, &content, None).await?;
    }
    Ok(Progress { offset: content.bytes(), bytes, expires_at })
}

/// Bytes of a file that are about to come.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The file.
    pub file_id: FileId,
    /// How many bytes of it the sender knows to be there.
    pub from: u64,
    /// How many of those come again first.
    pub again: u64,
    /// What the bytes must hash to, or none of them are taken.
    pub checksum: Option<Checksum>,
}

/// Takes bytes of a file of the caller's. When they are all there, the file is stored.
///
/// # Errors
/// [`UploadError`]. What came is kept although it fails, unless it was to be checked as a whole.
pub async fn receive<E: std::fmt::Display>(
    desk: &Desk,
    by: Uploader,
    incoming: Incoming,
    limits: FileLimits,
    bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Progress, UploadError> {
    let Incoming { file_id: id, from, again, checksum } = incoming;
    let file = load(desk, id).await?;
    let requested = awaits_from(&file, by, desk.now())?.clone();
    let content = desk.files.content(id).await?;
    let offset = content.bytes();
    if offset != from {
        return Err(UploadError::OtherOffset { offset });
    }
    fits(desk, id, limits).await?;
    let there = (offset, content.pieces());
    let place = Place { file_id: id, there, again, bytes: requested.bytes, checksum };
    let taken = receiving::receive(&desk.files, place, bytes, Patience::default()).await?;
    if taken.offset == requested.bytes {
        let content = desk.files.content(id).await?;
        if again > 0 && taken.sha256 != Some(hash(desk, &content).await?) {
            // What came first was not what came again, so nobody knows which file is meant.
            withdraw(desk, by, id).await?;
            return Err(ReceiveError::Checksum.into());
        }
        finish(desk, by, id, &content, taken.sha256).await?;
    }
    let expires_at = requested.expires_at;
    Ok(Progress { offset: taken.offset, bytes: requested.bytes, expires_at })
}

/// Whether there is room for a file. That was asked when it was requested, but many requests at the
/// same moment may each have had room; what was requested before it counts now.
async fn fits(desk: &Desk, id: FileId, limits: FileLimits) -> Result<(), UploadError> {
    let row = row(desk, id).await?.ok_or(Rejection::FileNotFound)?;
    let room = room(desk, row.uploader, limits, row.position).await?;
    if let Some(room) = room {
        let used = room.used.saturating_sub(row.bytes);
        Room { used, ..room }.holds(row.bytes)?;
    }
    Ok(())
}

/// A file as the read model shows it, if need be a moment later.
///
/// # Errors
/// `Unavailable` if the read model is too slow.
pub async fn row(desk: &Desk, id: FileId) -> Result<Option<FileRow>, ApiError> {
    let db = desk.log.db();
    if let Some(row) = files::by_id(db, id).await? {
        return Ok(Some(row));
    }
    desk.consistent_with(reader::head(db).await?).await?;
    Ok(files::by_id(db, id).await?)
}

/// The sender does not want the file any longer.
///
/// # Errors
/// [`UploadError`].
pub async fn withdraw(desk: &Desk, by: Uploader, id: FileId) -> Result<(), UploadError> {
    let at = desk.now();
    execute(desk, by, id, Command::Withdraw { by, at }).await
}

/// Notes that all bytes of a file are there, with their hash and the type they are of.
async fn finish(
    desk: &Desk,
    by: Uploader,
    id: FileId,
    content: &Content,
    sha256: Option<[u8; 32]>,
) -> Result<(), UploadError> {
    let sha256 = match sha256 {
        Some(sha256) => sha256,
        None => hash(desk, content).await?,
    };
    let detected_type = detect(desk, content).await?;
    let at = desk.now();
    let command = Command::Store(Store { sha256: hex::encode(&sha256), detected_type, at });
    execute(desk, by, id, command).await?;
    if load(desk, id).await?.is_discarded {
        return Err(ReceiveError::Checksum.into());
    }
    Ok(())
}

async fn hash(desk: &Desk, content: &Content) -> Result<[u8; 32], StoreError> {
    let read = desk.files.read(content, &(0..content.bytes()));
    let hashed = read.try_fold(Sha256::new(), async |hash, bytes| Ok(hash.chain_update(bytes)));
    Ok(hashed.await?.finalize().into())
}

async fn detect(desk: &Desk, content: &Content) -> Result<Option<String>, StoreError> {
    let read = desk.files.read(content, &(0..content.bytes().min(HEAD_BYTES)));
    let head: Vec<Bytes> = read.try_collect().await?;
    Ok(infer::get(&head.concat()).map(|kind| kind.mime_type().to_owned()))
}

async fn execute(
    desk: &Desk,
    by: Uploader,
    id: FileId,
    command: Command,
) -> Result<(), UploadError> {
    let context = desk::own_context(by.into(), desk.now());
    match desk.log.execute::<File>(id.uuid(), command, context).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Rejected(rejection)) => Err(rejection.into()),
        Err(error) => Err(ApiError::from(error).into()),
    }
}

async fn load(desk: &Desk, id: FileId) -> Result<File, ApiError> {
    let loaded = desk.log.load::<File>(id.uuid()).await;
    loaded.map(|(file, _)| file).map_err(ApiError::from)
}
