//! Taking bytes as they come: in pieces that are on disk before the next is awaited, never more than
//! were announced, and never at the pace of somebody who only holds a place.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, StreamExt};
use servicedesk_domain::file::FileId;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::store::{FileStore, StoreError};
use crate::clock;

/// How much is kept in memory of a file that is being sent; so much may be lost if the process is
/// killed.
const PIECE_BYTES: usize = 4 * 1024 * 1024;
/// A file in more pieces than this was sent in crumbs.
const MAX_PIECES: usize = 4_096;
/// A sender who is silent for longer is gone.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);
/// A sender who is slower than this holds a place for nothing.
const LEAST_BYTES_PER_SECOND: u64 = 16 * 1024;

/// How long a sender is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For how long nothing may come.
    pub silence: Duration,
    /// How many bytes must come in a second.
    pub bytes_per_second: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: LONGEST_SILENCE, bytes_per_second: LEAST_BYTES_PER_SECOND }
    }
}

/// Why bytes are not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// More bytes came than were announced.
    #[error("the file has another length than was announced")]
    Length,
    /// The bytes are others than were announced.
    #[error("the file has another SHA-256 than was announced")]
    Checksum,
    /// The sender broke off.
    #[error("the file did not come whole: {0}")]
    Broken(String),
    /// It came in too many pieces.
    #[error("the file came in too many small pieces; send more in each request")]
    Crumbs,
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where bytes belong that are about to come.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub file_id: FileId,
    /// How many bytes of it are there, in how many pieces.
    pub there: (u64, usize),
    /// How many bytes come first that are there already, because the file is sent again.
    pub again: u64,
    /// How long it will be.
    pub bytes: u64,
    /// What the bytes of this request must hash to, or none of them are taken.
    pub checksum: Option<Checksum>,
}

/// A hash by which the bytes of one request are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// By SHA-1, which every client of tus knows. It finds what went wrong on the way, no more.
    Sha1([u8; 20]),
    /// By SHA-256.
    Sha256([u8; 32]),
}

/// What the bytes of one request hash to.
#[derive(Debug, Clone, Default)]
struct Hashes {
    sha256: Sha256,
    sha1: Option<Sha1>,
}

impl Hashes {
    fn of(checksum: Option<&Checksum>) -> Self {
        let sha1 = matches!(checksum, Some(Checksum::Sha1(_))).then(Sha1::new);
        Self { sha256: Sha256::new(), sha1 }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
    }

    fn are(&self, checksum: &Checksum) -> bool {
        match checksum {
            Checksum::Sha1(expected) => {
                self.sha1.clone().is_some_and(|sha1| sha1.finalize()[..] == expected[..])
            }
            Checksum::Sha256(expected) => self.sha256.clone().finalize()[..] == expected[..],
        }
    }
}

/// What was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How many bytes of the file are there now.
    pub offset: u64,
    /// The hash of the whole file, if all of it came in this request: of what came, also where that
    /// was there already.
    pub sha256: Option<[u8; 32]>,
}

/// Takes bytes of a file until there are no more. What came is kept although the sender breaks off,
/// unless it was to be checked as a whole.
///
/// # Errors
/// [`ReceiveError`].
pub async fn receive<E: std::fmt::Display>(
    store: &FileStore,
    place: Place,
    bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    patience: Patience,
) -> Result<Taken, ReceiveError> {
    let mut writing = Writing {
        store,
        offset: place.there.0,
        attempt: place.checksum.as_ref().map(|_| clock::fresh_id()),
        staged: Vec::new(),
        pieces: place.there.1,
        buffer: BytesMut::with_capacity(room_for(&place, place.there.0)),
        place,
    };
    let taken = writing.take(bytes, patience).await;
    if let Some(attempt) = writing.attempt {
        // What was taken over is no longer here.
        store.clear_staged((writing.place.file_id, attempt)).await?;
    }
    taken
}

/// How much room a piece takes, with what came too much for it.
fn room_for(place: &Place, offset: u64) -> usize {
    let awaited = usize::try_from(place.bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
    awaited.min(PIECE_BYTES + PIECE_BYTES / 16)
}

struct Writing<'a> {
    store: &'a FileStore,
    place: Place,
    /// Up to where pieces are written.
    offset: u64,
    /// Under which pieces are staged that are still to be checked.
    attempt: Option<Uuid>,
    staged: Vec<u64>,
    pieces: usize,
    buffer: BytesMut,
}

impl Writing<'_> {
    async fn take<E: std::fmt::Display>(
        &mut self,
        mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
        patience: Patience,
    ) -> Result<Taken, ReceiveError> {
        let mut hashes = Hashes::of(self.place.checksum.as_ref());
        let mut again = self.place.again;
        let awaited = again.saturating_add(self.place.bytes.saturating_sub(self.offset));
        let longest = patience.silence + Duration::from_secs(awaited / patience.bytes_per_second);
        let deadline = tokio::time::Instant::now() + longest;
        let begun = self.offset.saturating_sub(again);
        let broken_off = loop {
            let silence = tokio::time::Instant::now() + patience.silence;
            let came = tokio::time::timeout_at(silence.min(deadline), bytes.next()).await;
            let mut chunk = match came {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(Some(Err(error))) => break Some(error.to_string()),
                Ok(None) => break None,
                Err(_) if silence < deadline => {
                    break Some("nothing came for too long".to_owned());
                }
                Err(_) => break Some("it came too slowly".to_owned()),
            };
            hashes.update(&chunk);
            let known = usize::try_from(again).unwrap_or(usize::MAX).min(chunk.len());
            chunk.advance(known);
            again -= u64::try_from(known).unwrap_or(again);
            let length = u64::try_from(self.buffer.len() + chunk.len()).unwrap_or(u64::MAX);
            // The last piece is not written before it is known that nothing comes after it.
            if length > self.place.bytes.saturating_sub(self.offset) {
                return Err(ReceiveError::Length);
            }
            self.buffer.extend_from_slice(&chunk);
            while self.buffer.len() > PIECE_BYTES {
                // The next one gets room of its own, so that this one's is given back.
                let mut next = BytesMut::with_capacity(room_for(&self.place, self.offset));
                next.extend_from_slice(&self.buffer[PIECE_BYTES..]);
                self.buffer.truncate(PIECE_BYTES);
                let piece = std::mem::replace(&mut self.buffer, next).freeze();
                self.write(piece).await?;
            }
        };
        match (broken_off, &self.place.checksum) {
            (Some(why), Some(_)) => return Err(ReceiveError::Broken(why)),
            (Some(why), None) => {
                self.write_rest().await?;
                return Err(ReceiveError::Broken(why));
            }
            (None, _) => self.write_rest().await?,
        }
        if let (Some(attempt), Some(checksum)) = (self.attempt, &self.place.checksum) {
            if !hashes.are(checksum) {
                return Err(ReceiveError::Checksum);
            }
            self.store.take_over((self.place.file_id, attempt), &self.staged).await?;
        }
        let is_whole = begun == 0 && again == 0 && self.offset == self.place.bytes;
        let sha256: [u8; 32] = hashes.sha256.finalize().into();
        Ok(Taken { offset: self.offset, sha256: is_whole.then_some(sha256) })
    }

    async fn write_rest(&mut self) -> Result<(), ReceiveError> {
        let rest = self.buffer.split().freeze();
        if rest.is_empty() { Ok(()) } else { self.write(rest).await }
    }

    async fn write(&mut self, piece: Bytes) -> Result<(), ReceiveError> {
        self.pieces += 1;
        if self.pieces > MAX_PIECES {
            return Err(ReceiveError::Crumbs);
        }
        let (file_id, offset) = (self.place.file_id, self.offset);
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        match self.attempt {
            Some(attempt) => {
                self.store.stage((file_id, attempt), offset, piece.into()).await?;
                self.staged.push(offset);
            }
            None => self.store.append(file_id, offset, piece.into()).await?,
        }
        self.offset += length;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Chunk = Result<Bytes, String>;

    const FAST: Patience = Patience { silence: Duration::from_millis(20), bytes_per_second: 1 };

    fn store() -> (tempfile::TempDir, FileStore) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::new(folder.path()).expect("a store");
        (folder, store)
    }

    fn place(there: (u64, usize), bytes: u64) -> Place {
        Place { file_id: FileId::named("one"), there, again: 0, bytes, checksum: None }
    }

    fn chunks(texts: &[&'static str]) -> impl Stream<Item = Chunk> + Unpin + use<> {
        let texts: Vec<Chunk> =
            texts.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))).collect();
        futures::stream::iter(texts)
    }

    async fn there(store: &FileStore) -> u64 {
        store.content(FileId::named("one")).await.expect("a file").bytes()
    }

    #[tokio::test]
    async fn what_came_stays_when_the_sender_breaks_off_and_is_gone_on_with() {
        let (_folder, store) = store();
        let cut = chunks(&["01", "23"]).chain(futures::stream::iter([Err("cut".to_owned())]));
        let taken = receive(&store, place((0, 0), 6), cut, FAST).await;
        assert!(matches!(taken, Err(ReceiveError::Broken(_))), "{taken:?}");
        assert_eq!(there(&store).await, 4);
        let taken = receive(&store, place((4, 1), 6), chunks(&["45"]), FAST).await;
        assert_eq!(taken.expect("taken"), Taken { offset: 6, sha256: None });
        assert_eq!(there(&store).await, 6);
    }

    #[tokio::test]
    async fn a_byte_more_than_was_announced_is_one_too_many() {
        let (_folder, store) = store();
        for too_many in [chunks(&["0123456"]), chunks(&["012345", "6"])] {
            let taken = receive(&store, place((0, 0), 6), too_many, FAST).await;
            assert!(matches!(taken, Err(ReceiveError::Length)), "{taken:?}");
            assert_eq!(there(&store).await, 0, "the last piece is not there without its end");
        }
        let taken = receive(&store, place((0, 0), 6), chunks(&["012345"]), FAST).await;
        let sha256: [u8; 32] = Sha256::digest(b"012345").into();
        assert_eq!(taken.expect("taken"), Taken { offset: 6, sha256: Some(sha256) });
    }

    #[tokio::test]
    async fn what_is_checked_counts_whole_or_not_at_all() {
        let (folder, store) = store();
        let checksum = Some(Checksum::Sha256(Sha256::digest(b"0123").into()));
        let checked = || Place { checksum: checksum.clone(), ..place((0, 0), 6) };
        let wrong = receive(&store, checked(), chunks(&["01", "24"]), FAST).await;
        assert!(matches!(wrong, Err(ReceiveError::Checksum)), "{wrong:?}");
        let cut = chunks(&["0123"]).chain(futures::stream::iter([Err("cut".to_owned())]));
        let broken = receive(&store, checked(), cut, FAST).await;
        assert!(matches!(broken, Err(ReceiveError::Broken(_))), "{broken:?}");
        assert_eq!(there(&store).await, 0);
        let taken = receive(&store, checked(), chunks(&["01", "23"]), FAST).await;
        assert_eq!(taken.expect("taken").offset, 4);
        assert_eq!(there(&store).await, 4);
        let left = std::fs::read_dir(folder.path().join("incoming")).expect("a folder").count();
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn who_falls_silent_or_trickles_is_not_waited_for() {
        let (_folder, store) = store();
        let silent = chunks(&["01"]).chain(futures::stream::pending());
        let taken = receive(&store, place((0, 0), 6), silent, FAST).await;
        assert!(matches!(&taken, Err(ReceiveError::Broken(why)) if why.contains("nothing came")));
        assert_eq!(there(&store).await, 2);
        let patience = Patience { bytes_per_second: 1_000_000, ..FAST };
        let trickle = futures::stream::unfold((), |()| async {
            tokio::time::sleep(FAST.silence / 20).await;
            Some((Ok::<_, String>(Bytes::from_static(b"1")), ()))
        });
        let taken = receive(&store, place((2, 1), 800), trickle.boxed(), patience).await;
        assert!(
            matches!(&taken, Err(ReceiveError::Broken(why)) if why.contains("slowly")),
            "{taken:?}"
        );
    }
}
