//! Where the files of releases are kept: a folder, which several processes may share. A file is
//! there whole and on disk, or not at all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::{Stream, StreamExt};
use servicedesk_domain::kernel::hex;
use servicedesk_domain::licensing::ReleaseId;
use servicedesk_domain::licensing::release::ReleaseFile;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::clock;

/// A sender who is silent for longer is gone.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);
/// A sender who is slower than this holds a place for nothing.
const LEAST_BYTES_PER_SECOND: u64 = 16 * 1024;

/// The folder of files.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
    /// For how long a file that is being sent may stand still.
    patience: Duration,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// More bytes came than were announced, or fewer.
    #[error("the file has another length than was announced")]
    Length,
    /// The bytes are others than were announced.
    #[error("the file has another SHA-256 than was announced")]
    Checksum,
    /// The sender broke off.
    #[error("the file did not come whole: {0}")]
    Broken(String),
    /// The folder cannot be written.
    #[error("the file cannot be kept: {0}")]
    Io(#[from] std::io::Error),
}

impl Files {
    /// Keeps files in this folder.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder, patience: LONGEST_SILENCE }
    }

    /// Where a release's file is, once it is there.
    pub fn path(&self, release_id: ReleaseId, file: &ReleaseFile) -> PathBuf {
        self.folder.join("releases").join(format!("{release_id}-{}", file.sha256))
    }

    /// Takes a file as it comes: never more than was announced, and nothing is left of what is not
    /// what was announced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep<B: AsRef<[u8]>, E: std::fmt::Display>(
        &self,
        release_id: ReleaseId,
        file: &ReleaseFile,
        bytes: impl Stream<Item = Result<B, E>> + Unpin,
    ) -> Result<(), StoreError> {
        let target = self.path(release_id, file);
        let folder = target.parent().unwrap_or(Path::new("."));
        let incoming = self.folder.join("incoming");
        tokio::fs::create_dir_all(folder).await?;
        tokio::fs::create_dir_all(&incoming).await?;
        let staged = incoming.join(clock::fresh_id().to_string());
        let longest = self.patience + Duration::from_secs(file.bytes / LEAST_BYTES_PER_SECOND);
        let taken = take(&staged, file, bytes, self.patience);
        let taken = match tokio::time::timeout(longest, taken).await {
            Ok(Ok(())) => move_in(&staged, &target, folder).await,
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StoreError::Broken("it came too slowly".to_owned())),
        };
        if taken.is_err()
            && let Err(error) = tokio::fs::remove_file(&staged).await
        {
            tracing::warn!(%error, "an incomplete file is left in the incoming folder");
        }
        taken
    }
}

async fn take<B: AsRef<[u8]>, E: std::fmt::Display>(
    staged: &Path,
    file: &ReleaseFile,
    mut bytes: impl Stream<Item = Result<B, E>> + Unpin,
    patience: Duration,
) -> Result<(), StoreError> {
    let mut written = File::create_new(staged).await?;
    let (mut length, mut hash) = (0_u64, Sha256::new());
    while let Some(chunk) = next(&mut bytes, patience).await? {
        let chunk = chunk.map_err(|error| StoreError::Broken(error.to_string()))?;
        length = length.saturating_add(u64::try_from(chunk.as_ref().len()).unwrap_or(u64::MAX));
        if length > file.bytes {
            return Err(StoreError::Length);
        }
        hash.update(chunk.as_ref());
        written.write_all(chunk.as_ref()).await?;
    }
    if length != file.bytes {
        return Err(StoreError::Length);
    }
    if hex::encode(&hash.finalize()) != file.sha256 {
        return Err(StoreError::Checksum);
    }
    written.flush().await?;
    Ok(written.sync_all().await?)
}

/// What comes next. A sender who falls silent is not waited for.
async fn next<T>(
    bytes: &mut (impl Stream<Item = T> + Unpin),
    patience: Duration,
) -> Result<Option<T>, StoreError> {
    let came = tokio::time::timeout(patience, bytes.next()).await;
    came.map_err(|_| StoreError::Broken("nothing came for too long".to_owned()))
}

/// After this the file is in its place, also after a power cut.
async fn move_in(staged: &Path, target: &Path, folder: &Path) -> Result<(), StoreError> {
    tokio::fs::rename(staged, target).await?;
    Ok(File::open(folder).await?.sync_all().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sender_who_falls_silent_is_not_waited_for_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = ReleaseFile { name: "robot.zip".to_owned(), bytes: 8, sha256: "0".repeat(64) };
        let begun = futures::stream::iter([Ok::<_, StoreError>(b"half".to_vec())]);
        let silent = begun.chain(futures::stream::pending());
        let patience = Duration::from_millis(1);
        let files = Files { folder: folder.path().to_owned(), patience };
        let kept = files.keep(ReleaseId::named("one"), &file, silent.boxed()).await;
        assert!(matches!(kept, Err(StoreError::Broken(_))), "{kept:?}");
        let left = std::fs::read_dir(folder.path().join("incoming")).expect("the folder").count();
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn a_sender_who_trickles_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = ReleaseFile { name: "robot.zip".to_owned(), bytes: 800, sha256: "0".repeat(64) };
        let patience = Duration::from_millis(20);
        let trickle = futures::stream::unfold((), move |()| async move {
            tokio::time::sleep(patience / 20).await;
            Some((Ok::<_, StoreError>(b"1".to_vec()), ()))
        });
        let files = Files { folder: folder.path().to_owned(), patience };
        let kept = files.keep(ReleaseId::named("one"), &file, trickle.boxed()).await;
        assert!(
            matches!(&kept, Err(StoreError::Broken(why)) if why.contains("slowly")),
            "{kept:?}"
        );
        let left = std::fs::read_dir(folder.path().join("incoming")).expect("the folder").count();
        assert_eq!(left, 0);
    }
}
