//! The table of the keys of persons, and which master key has wrapped them. An erased person has a
//! row without a key, so that there is never another.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::cipher::KeyBytes;
use super::master::{MasterKey, MasterKeySource};
use crate::db::Db;
use crate::failure::DbError;
use crate::tx::Tx;
use crate::{in_tx, on_db};

/// How many persons one statement is about.
const MAX_PERSONS: usize = 250;

/// A person, the id of the master key that has wrapped their key, and the key; the last two are
/// empty if the person was erased.
pub(super) type KeyRow = (Uuid, String, String);

/// The master key, checked against the one that the database was begun with.
pub(crate) async fn master_key(db: &Db, source: &MasterKeySource) -> Result<MasterKey, DbError> {
    const KEEP: &str = "INSERT INTO master_key (id, kek) VALUES (1, $1) ON CONFLICT DO NOTHING";
    let known = known_master(db).await?;
    let key = source.key(known.as_deref())?;
    if known.is_none() {
        let mut tx = db.begin_durable().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(KEEP).bind(key.id()).execute(connection).await?;
        });
        tx.commit().await?;
        // Another process may have begun with another.
        return source.key(known_master(db).await?.as_deref());
    }
    Ok(key)
}

async fn known_master(db: &Db) -> Result<Option<String>, DbError> {
    Ok(on_db!(db, connection => {
        sqlx::query_scalar("SELECT kek FROM master_key WHERE id = 1")
            .fetch_optional(connection)
            .await?
    }))
}

/// The keys of these persons, of those who have or had one.
pub(super) async fn find(db: &Db, persons: &[Uuid]) -> Result<Vec<KeyRow>, DbError> {
    let mut found = Vec::with_capacity(persons.len());
    for some in persons.chunks(MAX_PERSONS) {
        let sql = select(some.len());
        let rows: Vec<(String, String, String)> = on_db!(db, connection => {
            let query = sqlx::query_as(&sql);
            some.iter()
                .fold(query, |query, person| query.bind(person.to_string()))
                .fetch_all(connection)
                .await?
        });
        found.extend(read(rows)?);
    }
    Ok(found)
}

/// Keeps new keys, except of those who have or had one, and gives those that are there then. They
/// are on disk before this returns.
pub(super) async fn keep(
    db: &Db,
    master: &MasterKey,
    new: &[(Uuid, String)],
) -> Result<Vec<KeyRow>, DbError> {
    let mut tx = db.begin_durable().await?;
    hold_master(&mut tx, master).await?;
    let mut kept = Vec::with_capacity(new.len());
    for some in new.chunks(MAX_PERSONS) {
        let rows: Vec<String> = (0..some.len())
            .map(|row| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3))
            .collect();
        let insert = format!(
            "INSERT INTO person_keys (person, kek, wrapped) VALUES {} ON CONFLICT DO NOTHING",
            rows.join(", ")
        );
        let select = select(some.len());
        let rows: Vec<(String, String, String)> = in_tx!(&mut tx, connection => {
            some.iter()
                .fold(sqlx::query(&insert), |query, (person, wrapped)| {
                    query.bind(person.to_string()).bind(master.id()).bind(wrapped)
                })
                .execute(&mut *connection)
                .await?;
            some.iter()
                .fold(sqlx::query_as(&select), |query, (person, _)| query.bind(person.to_string()))
                .fetch_all(connection)
                .await?
        });
        kept.extend(read(rows)?);
    }
    tx.commit().await?;
    Ok(kept)
}

/// Keeps others from making keys until the transaction ends. Fails where another master key wraps
/// keys by now.
async fn hold_master(tx: &mut Tx, master: &MasterKey) -> Result<(), DbError> {
    let held = in_tx!(tx, connection => {
        sqlx::query("UPDATE master_key SET kek = kek WHERE id = 1 AND kek = $1")
            .bind(master.id())
            .execute(connection)
            .await?
            .rows_affected()
    });
    if held == 1 {
        return Ok(());
    }
    let what = "the master key was replaced; restart this process with the new one";
    Err(DbError::MasterKey(what.to_owned()))
}

/// Wraps every key with another master key, all or none, and gives how many. No event is touched.
///
/// # Errors
/// [`DbError`], where a key cannot be opened, or the database fails.
pub async fn rewrap(db: &Db, new: &MasterKey) -> Result<usize, DbError> {
    let old = db.keyring().master()?;
    let mut tx = db.begin_durable().await?;
    hold_master(&mut tx, old).await?;
    let rows: Vec<(String, String, String)> = in_tx!(&mut tx, connection => {
        sqlx::query_as("SELECT person, kek, wrapped FROM person_keys WHERE wrapped <> ''")
            .fetch_all(connection)
            .await?
    });
    let rows = read(rows)?;
    for (person, kek, wrapped) in &rows {
        let key: KeyBytes = old.unwrap(*person, kek, wrapped)?;
        let wrapped = new.wrap(*person, &key);
        in_tx!(&mut tx, connection => {
            sqlx::query("UPDATE person_keys SET kek = $2, wrapped = $3 WHERE person = $1")
                .bind(person.to_string())
                .bind(new.id())
                .bind(wrapped)
                .execute(connection)
                .await?;
        });
    }
    in_tx!(&mut tx, connection => {
        sqlx::query("UPDATE master_key SET kek = $1 WHERE id = 1")
            .bind(new.id())
            .execute(connection)
            .await?;
    });
    tx.commit().await?;
    Ok(rows.len())
}

/// Destroys the keys of everybody whom these events erase, in the events' own transaction.
pub(crate) async fn destroy(tx: &mut Tx, persons: &BTreeSet<Uuid>) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO person_keys (person, kek, wrapped) VALUES ($1, '', '') \
         ON CONFLICT (person) DO UPDATE SET kek = '', wrapped = ''";
    for person in persons {
        in_tx!(tx, connection => {
            sqlx::query(SQL).bind(person.to_string()).execute(connection).await?;
        });
    }
    Ok(())
}

fn select(persons: usize) -> String {
    let places: Vec<String> = (1..=persons).map(|number| format!("${number}")).collect();
    let places = places.join(", ");
    format!("SELECT person, kek, wrapped FROM person_keys WHERE person IN ({places})")
}

fn read(rows: Vec<(String, String, String)>) -> Result<Vec<KeyRow>, DbError> {
    let read = |(person, kek, wrapped): (String, String, String)| match person.parse() {
        Ok(person) => Ok((person, kek, wrapped)),
        Err(_) => Err(DbError::Damaged("a key is of nobody".to_owned())),
    };
    rows.into_iter().map(read).collect()
}
