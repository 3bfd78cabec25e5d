//! Whether the files of a SQLite database are those that were opened. SQLite goes on writing to a
//! file that was deleted or replaced, and whatever it acknowledges is lost.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::failure::DbError;

/// The write-ahead log and the index into it. They are deleted when the last connection is closed,
/// so somebody must keep one.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The device and the number of a file there.
type Identity = (u64, u64);

/// The files of a database, as they were when it was opened.
#[derive(Debug)]
pub(crate) struct Files(Vec<(PathBuf, Identity)>);

impl Files {
    /// The files of the database at this path.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let beside = BESIDE.iter().map(|suffix| {
            let mut beside = path.as_os_str().to_owned();
            beside.push(suffix);
            PathBuf::from(beside)
        });
        let paths = std::iter::once(path.to_path_buf()).chain(beside);
        let identified = paths.map(|path| identity(&path).map(|identity| (path, identity)));
        identified.collect::<Result<_, _>>().map(Self)
    }

    /// Fails where one is no longer what it was.
    pub(crate) fn check(&self) -> Result<(), DbError> {
        let is_other =
            |(path, known): &&(PathBuf, Identity)| identity(path).ok().as_ref() != Some(known);
        match self.0.iter().find(is_other) {
            Some((path, _)) => Err(DbError::Vanished(path.display().to_string())),
            None => Ok(()),
        }
    }
}

fn identity(path: &Path) -> std::io::Result<Identity> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
