//! Taking the file of a release into the store: as it was announced and no other. It is there whole
//! and on disk, or not at all.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use object_store::MultipartUpload;
use servicedesk_domain::kernel::hex;
use servicedesk_domain::licensing::ReleaseId;
use servicedesk_domain::licensing::release::ReleaseFile;
use sha2::{Digest, Sha256};

use crate::file::receiving::{Patience, ReceiveError};
use crate::file::store::{FileStore, StoreError};

/// How much is written at once. Object stores want at least 5 MiB.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// Takes a file as it comes: never more than was announced, and nothing is left of what is not
/// what was announced.
///
/// # Errors
/// [`ReceiveError`].
pub async fn keep<E: std::fmt::Display>(
    store: &FileStore,
    release_id: ReleaseId,
    file: &ReleaseFile,
    bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    patience: Patience,
) -> Result<(), ReceiveError> {
    let mut upload = store.begin_release(release_id, file).await?;
    let longest = patience.silence + Duration::from_secs(file.bytes / patience.bytes_per_second);
    let taken = take(upload.as_mut(), file, bytes, patience.silence);
    let taken = match tokio::time::timeout(longest, taken).await {
        Ok(Ok(())) => upload.complete().await.map(drop).map_err(store_error),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(ReceiveError::Broken("it came too slowly".to_owned())),
    };
    if taken.is_err()
        && let Err(error) = upload.abort().await
    {
        tracing::warn!(%error, "an incomplete file is left in the folder of releases");
    }
    taken
}

fn store_error(error: object_store::Error) -> ReceiveError {
    StoreError::from(error).into()
}

async fn take<E: std::fmt::Display>(
    upload: &mut dyn MultipartUpload,
    file: &ReleaseFile,
    mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    silence: Duration,
) -> Result<(), ReceiveError> {
    let (mut length, mut hash, mut buffer) = (0_u64, Sha256::new(), BytesMut::new());
    while let Some(chunk) = next(&mut bytes, silence).await? {
        let chunk = chunk.map_err(|error| ReceiveError::Broken(error.to_string()))?;
        length = length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if length > file.bytes {
            return Err(ReceiveError::Length);
        }
        hash.update(&chunk);
        buffer.extend_from_slice(&chunk);
        if buffer.len() >= PART_BYTES {
            let part = buffer.split().freeze();
            upload.put_part(part.into()).await.map_err(store_error)?;
        }
    }
    if length != file.bytes {
        return Err(ReceiveError::Length);
    }
    if hex::encode(&hash.finalize()) != file.sha256 {
        return Err(ReceiveError::Checksum);
    }
    upload.put_part(buffer.freeze().into()).await.map_err(store_error)
}

/// What comes next. A sender who falls silent is not waited for.
async fn next<T>(
    bytes: &mut (impl Stream<Item = T> + Unpin),
    silence: Duration,
) -> Result<Option<T>, ReceiveError> {
    let came = tokio::time::timeout(silence, bytes.next()).await;
    came.map_err(|_| ReceiveError::Broken("nothing came for too long".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, FileStore) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::new(folder.path()).expect("a store");
        (folder, store)
    }

    fn file(bytes: u64) -> ReleaseFile {
        ReleaseFile { name: "robot.zip".to_owned(), bytes, sha256: "0".repeat(64) }
    }

    fn left(folder: &tempfile::TempDir) -> usize {
        std::fs::read_dir(folder.path().join("releases")).expect("the folder").count()
    }

    #[tokio::test]
    async fn a_sender_who_falls_silent_is_not_waited_for_and_leaves_nothing() {
        let (folder, store) = store();
        let begun = futures::stream::iter([Ok::<_, StoreError>(Bytes::from_static(b"half"))]);
        let silent = begun.chain(futures::stream::pending());
        let patience = Patience { silence: Duration::from_millis(1), ..Patience::default() };
        let id = ReleaseId::named("one");
        let kept = keep(&store, id, &file(8), silent.boxed(), patience).await;
        assert!(matches!(kept, Err(ReceiveError::Broken(_))), "{kept:?}");
        assert_eq!(left(&folder), 0);
    }

    #[tokio::test]
    async fn a_sender_who_trickles_is_not_waited_for() {
        let (folder, store) = store();
        let silence = Duration::from_millis(20);
        let trickle = futures::stream::unfold((), move |()| async move {
            tokio::time::sleep(silence / 20).await;
            Some((Ok::<_, StoreError>(Bytes::from_static(b"1")), ()))
        });
        let patience = Patience { silence, ..Patience::default() };
        let id = ReleaseId::named("one");
        let kept = keep(&store, id, &file(800), trickle.boxed(), patience).await;
        assert!(
            matches!(&kept, Err(ReceiveError::Broken(why)) if why.contains("slowly")),
            "{kept:?}"
        );
        assert_eq!(left(&folder), 0);
    }
}
