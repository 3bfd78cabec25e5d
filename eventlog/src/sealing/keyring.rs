//! The keys of persons, as far as this process knows them. They are looked up in bulk and kept in
//! memory, so that neither a command nor a page asks for each value.

use rand::Rng;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use quick_cache::sync::Cache;
use servicedesk_domain::kernel::hex;
use uuid::Uuid;

use super::cipher::{self, KeyBytes};
use super::master::{MasterKey, MasterKeySource};
use super::store;
use crate::db::Db;
use crate::failure::DbError;

/// How many keys are kept in memory; each takes about a hundred bytes.
const CAPACITY: usize = 32_768;

/// A nonce, a key and a tag.
const WRAPPED_LENGTH: usize = 12 + 32 + 16;

/// What is known of a person's key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PersonKey {
    /// The key.
    Known(KeyBytes),
    /// The person was erased. There will never be another key.
    Erased,
}

/// The keys of several persons.
pub(crate) type Keys = HashMap<Uuid, PersonKey>;

/// The keys that this process knows, and the one that opens them.
pub struct Keyring {
    /// Known as soon as the database is open.
    master: OnceLock<MasterKey>,
    known: Cache<Uuid, PersonKey>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({} known, {:?})", self.known.len(), self.master.get())
    }
}

impl Default for Keyring {
    fn default() -> Self {
        Self { master: OnceLock::new(), known: Cache::new(CAPACITY) }
    }
}

impl Keyring {
    /// Takes the master key from where it is.
    ///
    /// # Errors
    /// `MasterKey`, where it is missing or not the database's.
    pub(crate) async fn begin(&self, db: &Db, source: &MasterKeySource) -> Result<(), DbError> {
        let master = store::master_key(db, source).await?;
        self.master.get_or_init(|| master);
        Ok(())
    }

    /// The key that opens the others.
    pub(crate) fn master(&self) -> Result<&MasterKey, DbError> {
        self.master.get().ok_or_else(|| DbError::MasterKey("it is not known yet".to_owned()))
    }

    /// The keys of these persons, of those who have one.
    pub(crate) async fn for_reading(
        &self,
        db: &Db,
        persons: impl IntoIterator<Item = Uuid>,
    ) -> Result<Keys, DbError> {
        let (mut keys, missing) = self.remembered(persons);
        for (person, kek, wrapped) in store::find(db, &missing).await? {
            keys.insert(person, self.unwrap(person, &kek, &wrapped)?);
        }
        Ok(keys)
    }

    /// The keys of these persons. Those who have none get one, which is on disk before this
    /// returns.
    pub(crate) async fn for_writing(
        &self,
        db: &Db,
        persons: impl IntoIterator<Item = Uuid>,
    ) -> Result<Keys, DbError> {
        let persons: BTreeSet<Uuid> = persons.into_iter().collect();
        let mut keys = self.for_reading(db, persons.iter().copied()).await?;
        let without: Vec<Uuid> =
            persons.into_iter().filter(|person| !keys.contains_key(person)).collect();
        if without.is_empty() {
            return Ok(keys);
        }
        let master = self.master()?;
        let wrap = |person| (person, master.wrap(person, &rand::rng().random()));
        let new: Vec<(Uuid, String)> = without.into_iter().map(wrap).collect();
        for (person, kek, wrapped) in store::keep(db, master, &new).await? {
            keys.insert(person, self.unwrap(person, &kek, &wrapped)?);
        }
        Ok(keys)
    }

    /// Forgets the keys of persons who were erased.
    pub(crate) fn forget(&self, persons: impl IntoIterator<Item = Uuid>) {
        for person in persons {
            self.known.insert(person, PersonKey::Erased);
        }
    }

    /// What is known of these persons, and of whom nothing is.
    fn remembered(&self, persons: impl IntoIterator<Item = Uuid>) -> (Keys, Vec<Uuid>) {
        let (mut keys, mut missing) = (Keys::new(), BTreeSet::new());
        for person in persons {
            if keys.contains_key(&person) {
                continue;
            }
            match self.known.get(&person) {
                Some(key) => {
                    keys.insert(person, key);
                }
                None => {
                    missing.insert(person);
                }
            }
        }
        (keys, missing.into_iter().collect())
    }

    fn unwrap(&self, person: Uuid, kek: &str, wrapped: &str) -> Result<PersonKey, DbError> {
        let key = if wrapped.is_empty() {
            PersonKey::Erased
        } else {
            PersonKey::Known(self.master()?.unwrap(person, kek, wrapped)?)
        };
        // An erasure that was heard of meanwhile is not forgotten again.
        if self.known.peek(&person) != Some(PersonKey::Erased) {
            self.known.insert(person, key);
        }
        Ok(key)
    }
}

impl MasterKey {
    /// A person's key as it is stored.
    pub(super) fn wrap(&self, person: Uuid, key: &KeyBytes) -> String {
        let sealed = cipher::seal(self.bytes(), &context(person), key);
        hex::encode(&sealed)
    }

    /// A person's key from its stored form.
    ///
    /// # Errors
    /// `MasterKey`, where another master key has wrapped it; `Damaged`, where it was changed.
    pub(super) fn unwrap(
        &self,
        person: Uuid,
        kek: &str,
        wrapped: &str,
    ) -> Result<KeyBytes, DbError> {
        if kek != self.id() {
            return Err(DbError::MasterKey(format!(
                "the key of {person} was wrapped by the master key {kek}, and this process has \
                 {}; restart with the right one",
                self.id()
            )));
        }
        let sealed = hex::decode::<WRAPPED_LENGTH>(wrapped);
        let key = sealed.and_then(|sealed| cipher::open(self.bytes(), &context(person), &sealed));
        let key = key.and_then(|key| KeyBytes::try_from(key).ok());
        key.ok_or_else(|| DbError::Damaged(format!("the key of {person} cannot be decrypted")))
    }
}

/// What a wrapped key is bound to.
fn context(person: Uuid) -> Vec<u8> {
    [b"servicedesk person key v1\0".as_slice(), person.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_is_its_persons_and_opens_with_its_master_key_alone() {
        let (master, other) = (MasterKey::new([1; 32]), MasterKey::new([2; 32]));
        let (anna, boris) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let wrapped = master.wrap(anna, &[7; 32]);
        assert!(master.unwrap(anna, master.id(), &wrapped).is_ok_and(|key| key == [7; 32]));
        let damaged = |person, text: &str| {
            matches!(master.unwrap(person, master.id(), text), Err(DbError::Damaged(_)))
        };
        assert!(damaged(boris, &wrapped));
        assert!(damaged(anna, &wrapped.replace('0', "1")));
        assert!(damaged(anna, "00"));
        assert!(matches!(other.unwrap(anna, master.id(), &wrapped), Err(DbError::MasterKey(_))));
    }
}
