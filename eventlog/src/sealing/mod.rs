//! Personal data on its way into the log and out of it (A3, ADR 0073). What is stored is encrypted
//! with a key of its person's; what is read stays encrypted until somebody wants to see it, so that
//! folding events without looking at texts costs nothing more.
//!
//! Values are found in the JSON text and not in typed events: one place for every event and every
//! row that there is or will be.

mod cipher;
pub mod keyring;
pub mod master;
pub mod store;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use servicedesk_domain::Event;
use servicedesk_domain::customer::CustomerEvent;
use servicedesk_domain::event::UnreadableEvent;
use servicedesk_domain::kernel::Actor;
use uuid::Uuid;

use crate::cache::AggregateCache;
use crate::committer::{Append, AppendError, NewEvent};
use crate::db::Db;
use crate::failure::DbError;
use crate::reader;
use crate::recorded::Recorded;
use keyring::{Keys, PersonKey};
use values::Form;

pub use keyring::Keyring;
pub use master::{MasterKey, MasterKeySource};

/// Whether a text has encrypted values.
pub(crate) fn is_sealed(json: &str) -> bool {
    values::sealed_persons(json).next().is_some()
}

/// Fails where an encrypted value of an event is not in its own place.
pub(crate) fn check_places(event_type: &str, payload: &str) -> Result<(), String> {
    let is_elsewhere = |value: &values::Value<'_>| match value.form {
        Form::Sealed { place, .. } => place != self::place(event_type, value.field),
        Form::Plain(_) => false,
    };
    match values::find(payload).find(is_elsewhere) {
        Some(value) => Err(format!("the encrypted value {} belongs elsewhere", value.field)),
        None => Ok(()),
    }
}

/// Where a value is: the event's type, and the name of the field that holds it.
fn place(event_type: &str, field: &str) -> String {
    format!("{event_type}/{field}")
}

/// Encrypts the personal data of what is about to be recorded. What cannot be is taken out of the
/// list, with its place in it and the answer.
pub(crate) async fn seal(
    db: &Db,
    appends: &mut Vec<Append>,
) -> Result<Vec<(usize, AppendError)>, DbError> {
    let payloads = || appends.iter().flat_map(|append| &append.events).map(|new| &*new.payload);
    let persons: Vec<_> = payloads().flat_map(values::persons).collect();
    if persons.is_empty() {
        return Ok(Vec::new());
    }
    let keys = db.keyring().for_writing(db, persons).await?;
    // A repeat gets the answer that the first one got.
    let late: Vec<Uuid> =
        appends.iter().filter(|append| is_late(append, &keys)).map(id_of).collect();
    let repeated = reader::outcomes(db, &late).await?;
    let mut refused = Vec::new();
    for (index, append) in appends.iter_mut().enumerate() {
        if is_late(append, &keys) && !repeated.contains_key(&id_of(append)) {
            refused.push((index, AppendError::Erased));
        } else if let Err(error) = seal_one(append, &keys) {
            refused.push((index, error));
        }
    }
    for (index, _) in refused.iter().rev() {
        appends.remove(*index);
    }
    Ok(refused)
}

const fn id_of(append: &Append) -> Uuid {
    append.command_id.id
}

/// Whether a person writes something about an erased person, which is refused. What only follows
/// from what was before, or is an old record of it, is recorded without its text.
fn is_late(append: &Append, keys: &Keys) -> bool {
    let is_erased = |person| keys.get(&person) == Some(&PersonKey::Erased);
    let mut payloads = append.events.iter().map(|new| &*new.payload);
    matches!(append.actor, Actor::Customer(_) | Actor::Staff(_))
        && payloads.any(|payload| values::persons(payload).any(is_erased))
}

fn seal_one(append: &mut Append, keys: &Keys) -> Result<(), AppendError> {
    for new in &mut append.events {
        if values::persons(&new.payload).next().is_none() {
            continue;
        }
        let failed = |error: &dyn std::fmt::Display| AppendError::Failed(error.to_string());
        // A value that was taken over from another event is encrypted for this one.
        let plain = values::open(&new.payload, keys).map_err(|error| failed(&error))?;
        let payload = values::seal(&plain, new.event.event_type(), keys);
        let event = Event::decode(append.aggregate_type, &payload);
        let event = event.map_err(|error| failed(&error))?;
        *new = NewEvent { event, payload, event_version: std::mem::take(&mut new.event_version) };
    }
    Ok(())
}

/// Whom an event erases.
pub fn erased_by(event: &Event) -> impl Iterator<Item = Uuid> + '_ {
    let erased = match event {
        Event::Customer(CustomerEvent::Erased { customer_id, trading_account_ids, .. }) => {
            Some((customer_id, trading_account_ids))
        }
        _ => None,
    };
    erased.into_iter().flat_map(|(customer_id, accounts)| {
        std::iter::once(customer_id.uuid()).chain(accounts.iter().map(|id| id.uuid()))
    })
}

/// Whom several events erase.
pub fn erased_by_all<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> BTreeSet<Uuid> {
    events.into_iter().flat_map(|event| erased_by(&event.event)).collect()
}

impl Db {
    /// Drops what this process remembers of persons who were erased.
    pub(crate) fn forget_persons(&self, persons: &BTreeSet<Uuid>, cache: &AggregateCache) {
        self.forget_keys(persons);
        // Nobody knows which aggregates hold something of them.
        cache.clear();
    }

    /// The id of the master key that is in force.
    ///
    /// # Errors
    /// [`DbError`], where there is none.
    pub fn master_key_id(&self) -> Result<&str, DbError> {
        self.keyring().master().map(MasterKey::id)
    }

    /// Drops the keys of persons who were erased from this process's memory.
    pub fn forget_keys(&self, persons: &BTreeSet<Uuid>) {
        self.keyring().forget(persons.iter().copied());
    }

    /// Opens the personal data in texts of JSON: rows, or events.
    ///
    /// # Errors
    /// [`DbError`], where a key cannot be read, or does not fit.
    pub async fn open_texts(&self, texts: Vec<String>) -> Result<Vec<String>, DbError> {
        let persons: Vec<_> = texts.iter().flat_map(|text| values::persons(text)).collect();
        if persons.is_empty() {
            return Ok(texts);
        }
        let keys = self.keyring().for_reading(self, persons).await?;
        texts.into_iter().map(|text| values::open(&text, &keys)).collect()
    }

    /// Opens the personal data in those of the events that are wanted.
    ///
    /// # Errors
    /// [`DbError`], where a key cannot be read, or does not fit.
    pub async fn open_events(
        &self,
        events: Vec<Arc<Recorded>>,
        is_wanted: impl Fn(&Recorded) -> bool,
    ) -> Result<Vec<Arc<Recorded>>, DbError> {
        let encode = |event: &Arc<Recorded>| {
            if is_wanted(event) {
                event.event.encode().map_err(|error| unread(&error.into()))
            } else {
                Ok(String::new())
            }
        };
        let texts = events.iter().map(encode).collect::<Result<Vec<_>, DbError>>()?;
        let are_sealed: Vec<bool> = texts.iter().map(|text| is_sealed(text)).collect();
        let opened = self.open_texts(texts).await?;
        let read = |((event, text), is_sealed): ((Arc<Recorded>, String), bool)| {
            if !is_sealed {
                return Ok(event);
            }
            let opened = Event::decode(event.aggregate_type(), &text);
            let opened = opened.map_err(|error| unread(&error))?;
            Ok(Arc::new(Recorded { event: opened, ..(*event).clone() }))
        };
        events.into_iter().zip(opened).zip(are_sealed).map(read).collect()
    }
}

fn unread(error: &UnreadableEvent) -> DbError {
    DbError::Damaged(error.to_string())
}
