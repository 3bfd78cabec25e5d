//! Where the files of releases are kept: a folder, which several processes may share. A file is
//! there whole and on disk, or not at all.

use std::path::{Path, PathBuf};

use futures::{Stream, StreamExt};
use servicedesk_domain::kernel::hex;
use servicedesk_domain::licensing::ReleaseId;
use servicedesk_domain::licensing::release::ReleaseFile;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::clock;

/// The folder of files.
#[derive(Debug, Clone)]
pub struct Files(PathBuf);

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
        Self(folder)
    }

    /// Where a release's file is, once it is there.
    pub fn path(&self, release_id: ReleaseId, file: &ReleaseFile) -> PathBuf {
        self.0.join("releases").join(format!("{release_id}-{}", file.sha256))
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
        let incoming = self.0.join("incoming");
        tokio::fs::create_dir_all(folder).await?;
        tokio::fs::create_dir_all(&incoming).await?;
        let staged = incoming.join(clock::fresh_id().to_string());
        let taken = match take(&staged, file, bytes).await {
            Ok(()) => move_in(&staged, &target, folder).await,
            Err(error) => Err(error),
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
) -> Result<(), StoreError> {
    let mut written = File::create_new(staged).await?;
    let (mut length, mut hash) = (0_u64, Sha256::new());
    while let Some(chunk) = bytes.next().await {
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

/// After this the file is in its place, also after a power cut.
async fn move_in(staged: &Path, target: &Path, folder: &Path) -> Result<(), StoreError> {
    tokio::fs::rename(staged, target).await?;
    Ok(File::open(folder).await?.sync_all().await?)
}
