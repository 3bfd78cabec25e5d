//! The last checkpoint that was signed, in a file outside the database. A backup of the database that
//! is put back, a failover that loses its end, and somebody who writes in it do not reach this file,
//! so a tree that contradicts it is not signed.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside(PathBuf);

impl Outside {
    /// The file at this path, which need not be there yet.
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The checkpoint; `None` if there is no file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(&self) -> std::io::Result<Option<String>> {
        match std::fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts a checkpoint in place of the one that is expected to be there. Tells whether it did: not
    /// if another process was faster. It is on disk when this returns.
    ///
    /// # Errors
    /// If the file, or one beside it, cannot be written.
    pub(super) fn swap(&self, expected: Option<&str>, new: &str) -> std::io::Result<bool> {
        let folder = match self.0.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder)?;
        // Between the comparison and the renaming nobody else may write.
        let lock = File::create(self.beside("lock"))?;
        lock.lock()?;
        if self.read()?.as_deref() != expected {
            return Ok(false);
        }
        let aside = self.beside("new");
        let mut file = File::create(&aside)?;
        file.write_all(new.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&aside, &self.0)?;
        File::open(folder)?.sync_all()?;
        Ok(true)
    }

    /// Moves the file out of the way of another log's, and keeps it. Does nothing if there is none.
    ///
    /// # Errors
    /// If it cannot be renamed.
    pub fn put_aside(&self, suffix: &str) -> std::io::Result<()> {
        match std::fs::rename(&self.0, self.beside(suffix)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            moved => moved,
        }
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let mut path = self.0.clone();
        path.add_extension(extension);
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_takes_the_place_of_the_one_that_is_known_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = Outside::at(folder.path().join("made/checkpoint"));
        assert_eq!(outside.read().expect("read"), None);
        assert!(outside.swap(None, "1").expect("written"));
        assert!(!outside.swap(None, "2").expect("compared"));
        assert!(!outside.swap(Some("0"), "2").expect("compared"));
        assert_eq!(outside.read().expect("read").as_deref(), Some("1"));
        assert!(outside.swap(Some("1"), "2").expect("written"));
        assert_eq!(outside.read().expect("read").as_deref(), Some("2"));
        outside.put_aside("old").expect("moved");
        outside.put_aside("old").expect("nothing to move");
        assert_eq!(outside.read().expect("read"), None);
    }
}
