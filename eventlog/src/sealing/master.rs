//! The master key, which wraps the keys of persons. It is stored outside of the database, so that a
//! copy of the database alone tells nobody anything about a person.

use rand::Rng;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::digest;
use servicedesk_domain::kernel::hex;

use crate::failure::DbError;

/// Begins what the id of a master key is the digest of.
const LABEL: &[u8] = b"servicedesk master key v1\0";
const ID_BYTES: usize = 8;

/// The key that wraps the keys of persons. It is never printed.
#[derive(Clone)]
pub struct MasterKey {
    bytes: [u8; 32],
    id: String,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// Where the master key is.
#[derive(Debug, Clone)]
pub enum MasterKeySource {
    /// Here: somebody else keeps it.
    Given(MasterKey),
    /// In a file, which is made when the first key of a person is to be made.
    File(PathBuf),
}

impl MasterKey {
    /// Takes bytes that were drawn at random.
    pub fn new(bytes: [u8; 32]) -> Self {
        let digest = digest::digest(&digest::SHA256, &[LABEL, &bytes].concat());
        Self { bytes, id: hex::encode(&digest.as_ref()[..ID_BYTES]) }
    }

    /// Reads 64 hexadecimal digits; `None` if the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text.trim()).map(Self::new)
    }

    /// Draws a new one.
    pub fn random() -> Self {
        Self::new(rand::rng().random())
    }

    /// By which it is recognised; it tells nothing about the key.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    /// `MasterKey`, where it cannot be read or holds no key.
    pub fn read(path: &Path) -> Result<Option<Self>, DbError> {
        let wrong = |what: &dyn std::fmt::Display| {
            DbError::MasterKey(format!("the file {} {what}", path.display()))
        };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let key = Self::parse(&text);
                key.map(Some).ok_or_else(|| wrong(&"does not hold 64 hexadecimal digits"))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(&format_args!("cannot be read: {error}"))),
        }
    }

    /// Writes it into a new file, which only its owner may read. It is on disk before this returns,
    /// and nobody ever sees half of it.
    ///
    /// # Errors
    /// `MasterKey`, where that fails or there is a file already.
    pub fn write_new(&self, path: &Path) -> Result<(), DbError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let draft = folder.join(format!(".master-key-{:016x}.tmp", rand::rng().random::<u64>()));
        let write = || {
            std::fs::create_dir_all(folder)?;
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            writeln!(file, "{}", hex::encode(&self.bytes))?;
            file.sync_all()?;
            // Unlike a rename, this fails where there is one.
            std::fs::hard_link(&draft, path)?;
            std::fs::File::open(folder)?.sync_all()
        };
        let written = write();
        let removed = match std::fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        written.and(removed).map_err(|error| {
            DbError::MasterKey(format!("the file {} cannot be written: {error}", path.display()))
        })
    }
}

impl MasterKeySource {
    /// Where the next key of a file is written, before anything is wrapped by it.
    pub fn successor(path: &Path) -> PathBuf {
        let mut path = path.as_os_str().to_owned();
        path.push(".new");
        path.into()
    }

    /// Puts the next key of a file in its place. The one before stays beside it, under its id: an
    /// older backup of the database needs it.
    ///
    /// # Errors
    /// `MasterKey`, where that fails.
    pub fn succeed(path: &Path) -> Result<(), DbError> {
        if let Some(old) = MasterKey::read(path)? {
            let mut kept = path.as_os_str().to_owned();
            kept.push(format!(".{}", old.id()));
            match std::fs::hard_link(path, PathBuf::from(kept)) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(DbError::MasterKey(format!("the old one cannot be kept: {error}")));
                }
                Ok(()) | Err(_) => {}
            }
        }
        std::fs::rename(Self::successor(path), path).map_err(|error| {
            DbError::MasterKey(format!("the new one cannot be put there: {error}"))
        })
    }

    /// The key, or the moment to make one: `known` is the id of the key that the database was
    /// begun with.
    pub(super) fn key(&self, known: Option<&str>) -> Result<MasterKey, DbError> {
        let key = match self {
            Self::Given(key) => key.clone(),
            Self::File(path) => match (MasterKey::read(path)?, known) {
                (Some(key), _) => key,
                (None, None) => {
                    let new = MasterKey::random();
                    match new.write_new(path) {
                        Ok(()) => new,
                        // Another process has made one at the same time.
                        Err(error) => MasterKey::read(path)?.ok_or(error)?,
                    }
                }
                (None, Some(known)) => {
                    return Err(DbError::MasterKey(format!(
                        "the file {} is missing; without the master key {known} that it held, \
                         nobody's data can be read; put it back from its backup",
                        path.display()
                    )));
                }
            },
        };
        if let (Self::File(path), Some(known)) = (self, known)
            && known != key.id()
            && let Some(next) = MasterKey::read(&Self::successor(path))?
            && known == next.id()
        {
            // It was replaced, and the process ended before the files were.
            Self::succeed(path)?;
            return Ok(next);
        }
        match known {
            Some(known) if known != key.id() => Err(DbError::MasterKey(format!(
                "this is the master key {}, and the database was begun with {known}",
                key.id()
            ))),
            _ => Ok(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_master_key_is_read_from_its_digits_and_never_printed() {
        let digits = "0123456789abcdef".repeat(4);
        let key = MasterKey::parse(&format!("{digits}\n")).expect("a key");
        assert!(!format!("{key:?}").contains("0123456789"));
        for wrong in ["", "00", &"zz".repeat(32), &format!("{digits}00")] {
            assert!(MasterKey::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_replacement_that_was_cut_off_is_finished_and_the_old_key_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        let source = MasterKeySource::File(path.clone());
        let old = source.key(None).expect("it is made");
        let new = MasterKey::random();
        new.write_new(&MasterKeySource::successor(&path)).expect("written");
        // Nothing is wrapped by it yet.
        assert_eq!(source.key(Some(old.id())).expect("it is read").id(), old.id());
        assert_eq!(source.key(Some(new.id())).expect("it is finished").id(), new.id());
        assert_eq!(MasterKey::read(&path).ok().flatten().expect("a key").id(), new.id());
        let kept = folder.path().join(format!("master.key.{}", old.id()));
        assert_eq!(MasterKey::read(&kept).ok().flatten().expect("a key").id(), old.id());
        assert!(!MasterKeySource::successor(&path).exists());
    }

    #[test]
    fn a_file_is_made_once_and_its_owners_alone_and_its_loss_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/master.key");
        let source = MasterKeySource::File(path.clone());
        let key = source.key(None).expect("it is made");
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(source.key(Some(key.id())).expect("it is read").id(), key.id());
        assert!(key.write_new(&path).is_err(), "nothing is written over");
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).expect("a folder").count(), 1);
        let other = MasterKeySource::Given(MasterKey::random());
        assert!(matches!(other.key(Some(key.id())), Err(DbError::MasterKey(_))));
        std::fs::write(&path, "nonsense").expect("written");
        assert!(matches!(source.key(Some(key.id())), Err(DbError::MasterKey(_))));
        std::fs::remove_file(&path).expect("removed");
        assert!(matches!(source.key(Some(key.id())), Err(DbError::MasterKey(_))));
        assert!(!path.exists());
    }
}
