//! Where the bytes of files are: a folder, which several processes may share. What is written is on
//! disk before it is acknowledged, and a piece is there whole or not at all.
//!
//! A file that somebody sends is the row of its pieces: each is an object whose name is the offset
//! at which it begins. A piece is created and never written again, so of two senders of one file
//! one is refused, in whichever process, and what is there always begins at 0 and has no gap
//! (ADR 77).

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use servicedesk_domain::file::FileId;
use servicedesk_domain::licensing::ReleaseId;
use servicedesk_domain::licensing::release::ReleaseFile;
use uuid::Uuid;

/// How much is read of an object at once.
const MAX_READ_BYTES: u64 = 512 * 1024;
const FILES: &str = "files";
const INCOMING: &str = "incoming";
const RELEASES: &str = "releases";

/// The folder of files.
#[derive(Debug, Clone)]
pub struct FileStore {
    objects: LocalFileSystem,
    folder: PathBuf,
}

/// Why bytes cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room left on the disk, or none for this user.
    #[error("there is no room for more files: {0}")]
    Full(object_store::Error),
    /// Somebody else has written the same piece.
    #[error("the file is being sent by somebody else, too")]
    Taken,
    /// A piece is missing, or has another length than when it was written.
    #[error("a stored file is damaged: {0}")]
    Damaged(String),
    /// The folder cannot be used.
    #[error("the folder of files cannot be used: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::AlreadyExists { .. } => Self::Taken,
            object_store::Error::NotFound { .. } => Self::Damaged(error.to_string()),
            error if is_full(&error) => Self::Full(error),
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// Whether the disk, or what its user may have of it, is what an error is about.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(
            kind,
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
        ) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What is there of a file: its pieces, from the first byte on and without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    path: ObjectPath,
    range: Range<u64>,
}

impl Content {
    /// How many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.0.last().map_or(0, |piece| piece.range.end)
    }

    /// How many pieces they are in.
    pub fn pieces(&self) -> usize {
        self.0.len()
    }
}

impl FileStore {
    /// Keeps files in this folder, which need not be there yet.
    ///
    /// # Errors
    /// [`StoreError`] if no folder can be called so.
    pub fn new(folder: &Path) -> Result<Self, StoreError> {
        let folder = std::path::absolute(folder)?;
        let objects = LocalFileSystem::new().with_fsync(true);
        Ok(Self { objects, folder })
    }

    /// What is there of a file.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub async fn content(&self, file_id: FileId) -> Result<Content, StoreError> {
        let folder = self.at(&[FILES, &file_id.to_string()])?;
        let listed: Vec<_> = self.objects.list(Some(&folder)).try_collect().await?;
        let read = |meta: object_store::ObjectMeta| {
            let offset = meta.location.filename()?.parse().ok()?;
            Some(Piece { range: offset..offset + meta.size, path: meta.location })
        };
        let mut pieces: Vec<Piece> = listed.into_iter().filter_map(read).collect();
        pieces.sort_by_key(|piece| piece.range.start);
        let mut content = Content(Vec::with_capacity(pieces.len()));
        for piece in pieces {
            // A folder that is being written may be listed without a piece and with a later one.
            if piece.range.start != content.bytes() {
                break;
            }
            content.0.push(piece);
        }
        Ok(content)
    }

    /// What is there of a release's file.
    ///
    /// # Errors
    /// [`StoreError`] if it is not there.
    pub async fn release(
        &self,
        release_id: ReleaseId,
        file: &ReleaseFile,
    ) -> Result<Content, StoreError> {
        let path = self.release_path(release_id, file)?;
        let bytes = self.objects.head(&path).await?.size;
        Ok(Content(vec![Piece { path, range: 0..bytes }]))
    }

    /// Writes a file's next piece.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if another piece begins there.
    pub async fn append(
        &self,
        file_id: FileId,
        offset: u64,
        bytes: PutPayload,
    ) -> Result<(), StoreError> {
        let path = self.piece_path(file_id, offset)?;
        self.objects.put_opts(&path, bytes, PutMode::Create.into()).await?;
        Ok(())
    }

    /// Writes a piece that does not count yet, because what it is part of is still to be checked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stage(
        &self,
        (file_id, attempt): (FileId, Uuid),
        offset: u64,
        bytes: PutPayload,
    ) -> Result<(), StoreError> {
        let path = self.staged_path((file_id, attempt), offset)?;
        self.objects.put(&path, bytes).await?;
        Ok(())
    }

    /// Makes pieces count that were checked, in their order.
    ///
    /// # Errors
    /// [`StoreError::Taken`] if another piece begins where one of them does.
    pub async fn take_over(
        &self,
        (file_id, attempt): (FileId, Uuid),
        offsets: &[u64],
    ) -> Result<(), StoreError> {
        for offset in offsets {
            let from = self.staged_path((file_id, attempt), *offset)?;
            let to = self.piece_path(file_id, *offset)?;
            self.objects.rename_if_not_exists(&from, &to).await?;
        }
        Ok(())
    }

    /// Removes pieces that do not count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_staged(&self, (file_id, attempt): (FileId, Uuid)) -> Result<(), StoreError> {
        let folder = self.folder.join(INCOMING).join(file_id.to_string());
        remove(folder.join(attempt.to_string())).await?;
        match tokio::fs::remove_dir(folder).await {
            // Another attempt goes on.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => Ok(done?),
        }
    }

    /// Removes all pieces of a file that do not count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_all_staged(&self, file_id: FileId) -> Result<(), StoreError> {
        remove(self.folder.join(INCOMING).join(file_id.to_string())).await
    }

    /// Removes whatever there is of a file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn discard(&self, file_id: FileId) -> Result<(), StoreError> {
        self.clear_all_staged(file_id).await?;
        remove(self.folder.join(FILES).join(file_id.to_string())).await
    }

    /// Reads some of a file, piece after piece.
    pub fn read(
        &self,
        content: &Content,
        range: &Range<u64>,
    ) -> impl Stream<Item = Result<bytes::Bytes, StoreError>> + Send + 'static + use<> {
        let mut reads = Vec::new();
        for piece in &content.0 {
            let mut start = range.start.max(piece.range.start);
            let end = range.end.min(piece.range.end);
            while start < end {
                let stop = end.min(start + MAX_READ_BYTES);
                let within = start - piece.range.start..stop - piece.range.start;
                reads.push((piece.path.clone(), within));
                start = stop;
            }
        }
        let objects = self.objects.clone();
        stream::iter(reads).then(move |(path, within)| {
            let objects = objects.clone();
            async move {
                let wanted = within.end - within.start;
                let bytes = objects.get_range(&path, within).await?;
                if u64::try_from(bytes.len()) == Ok(wanted) {
                    Ok(bytes)
                } else {
                    Err(StoreError::Damaged(format!("{path} is too short")))
                }
            }
        })
    }

    /// Begins to write the file of a release.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn begin_release(
        &self,
        release_id: ReleaseId,
        file: &ReleaseFile,
    ) -> Result<Box<dyn object_store::MultipartUpload>, StoreError> {
        Ok(self.objects.put_multipart(&self.release_path(release_id, file)?).await?)
    }

    /// The folder itself, for what looks after it.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn release_path(
        &self,
        release_id: ReleaseId,
        file: &ReleaseFile,
    ) -> Result<ObjectPath, StoreError> {
        self.at(&[RELEASES, &format!("{release_id}-{}", file.sha256)])
    }

    fn piece_path(&self, file_id: FileId, offset: u64) -> Result<ObjectPath, StoreError> {
        self.at(&[FILES, &file_id.to_string(), &object_name(offset)])
    }

    fn staged_path(
        &self,
        (file_id, attempt): (FileId, Uuid),
        offset: u64,
    ) -> Result<ObjectPath, StoreError> {
        self.at(&[INCOMING, &file_id.to_string(), &attempt.to_string(), &object_name(offset)])
    }

    fn at(&self, parts: &[&str]) -> Result<ObjectPath, StoreError> {
        let mut path = self.folder.clone();
        path.extend(parts);
        ObjectPath::from_absolute_path(path).map_err(|error| StoreError::Failed(Box::new(error)))
    }
}

/// Names sort as the numbers do, for people who look.
fn object_name(offset: u64) -> String {
    format!("{offset:012}")
}

async fn remove(folder: PathBuf) -> Result<(), StoreError> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, FileStore) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::new(&folder.path().join("новая папка")).expect("a store");
        (folder, store)
    }

    async fn read(store: &FileStore, content: &Content, range: Range<u64>) -> Vec<u8> {
        let read: Vec<_> = store.read(content, &range).try_collect().await.expect("read");
        read.concat()
    }

    #[tokio::test]
    async fn a_file_is_read_across_its_pieces_and_of_two_senders_one_is_refused() {
        let (_folder, store) = store();
        let file_id = FileId::named("one");
        assert_eq!(store.content(file_id).await.expect("nothing yet").bytes(), 0);
        store.append(file_id, 0, "0123".into()).await.expect("written");
        store.append(file_id, 4, "456789".into()).await.expect("written");
        let again = store.append(file_id, 4, "x".into()).await;
        assert!(matches!(again, Err(StoreError::Taken)), "{again:?}");
        let content = store.content(file_id).await.expect("it is there");
        assert_eq!((content.bytes(), content.pieces()), (10, 2));
        for range in [0..10, 3..5, 4..4, 9..10, 0..4] {
            let whole = b"0123456789";
            let within = [range.start, range.end].map(|at| usize::try_from(at).expect("small"));
            assert_eq!(read(&store, &content, range).await, whole[within[0]..within[1]]);
        }
        store.discard(file_id).await.expect("gone");
        store.discard(file_id).await.expect("gone already");
        assert_eq!(store.content(file_id).await.expect("nothing").bytes(), 0);
    }

    #[tokio::test]
    async fn staged_pieces_count_when_they_are_taken_over() {
        let (_folder, store) = store();
        let (file_id, attempt) = (FileId::named("one"), Uuid::from_u128(7));
        store.stage((file_id, attempt), 0, "ab".into()).await.expect("written");
        store.stage((file_id, attempt), 2, "cd".into()).await.expect("written");
        assert_eq!(store.content(file_id).await.expect("nothing").bytes(), 0);
        store.take_over((file_id, attempt), &[0, 2]).await.expect("taken over");
        let content = store.content(file_id).await.expect("it is there");
        assert_eq!(read(&store, &content, 0..4).await, b"abcd");
        let other = Uuid::from_u128(8);
        store.stage((file_id, other), 2, "xy".into()).await.expect("written");
        let late = store.take_over((file_id, other), &[2]).await;
        assert!(matches!(late, Err(StoreError::Taken)), "{late:?}");
    }

    #[tokio::test]
    async fn what_comes_after_a_gap_is_not_there() {
        let (_folder, store) = store();
        let file_id = FileId::named("one");
        store.append(file_id, 0, "0123".into()).await.expect("written");
        store.append(file_id, 8, "89".into()).await.expect("written");
        let content = store.content(file_id).await.expect("its beginning");
        assert_eq!((content.bytes(), content.pieces()), (4, 1));
    }

    #[test]
    fn a_full_disk_is_told_apart_however_deep_it_is_named() {
        for (kind, expected) in [
            (ErrorKind::StorageFull, true),
            (ErrorKind::QuotaExceeded, true),
            (ErrorKind::PermissionDenied, false),
        ] {
            let source = Box::new(std::io::Error::from(kind));
            let error = object_store::Error::Generic { store: "local", source };
            let told = StoreError::from(error);
            assert_eq!(matches!(told, StoreError::Full(_)), expected, "{told}");
        }
    }
}
