//! What logging in needs and the log must not have: hashes of passwords, codes that were sent by
//! mail, when a session was last used, and attempts to get in (ADR 0070). It is stored beside the
//! log, because it must be possible to forget it.

use std::collections::HashMap;

use servicedesk_domain::kernel::Moment;
use uuid::Uuid;

use crate::db::Db;
use crate::failure::DbError;
use crate::{in_tx, on_db};

/// A code that was sent by mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedCode {
    /// SHA-256 of the code.
    pub code_sha256: String,
    /// Whose it is.
    pub person_id: Uuid,
    /// From when on it is worth nothing.
    pub expires_at: Moment,
    /// What it is for, as JSON.
    pub body: String,
}

/// What an attempt costs, and how much of it may be owed.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Who attempts, and on what; a hash.
    pub name: String,
    /// For how many microseconds one attempt keeps the name busy.
    pub cost: i64,
    /// For how many microseconds the name may be busy when the attempt is made.
    pub patience: i64,
}

/// Keeps the hash of a password. It is on disk before this returns.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn keep_password(
    db: &Db,
    password_id: Uuid,
    person_id: Uuid,
    hash: &str,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO passwords (password_id, person_id, hash) VALUES ($1, $2, $3) \
         ON CONFLICT (password_id) DO UPDATE SET hash = excluded.hash";
    let (password_id, person_id) = (password_id.to_string(), person_id.to_string());
    let mut tx = db.begin_append().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query(SQL).bind(password_id).bind(person_id).bind(hash).execute(connection).await?;
    });
    tx.commit().await
}

/// Keeps another hash of the same password, unless it was forgotten in the meantime.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn upgrade_password(db: &Db, password_id: Uuid, hash: &str) -> Result<(), DbError> {
    let password_id = password_id.to_string();
    let mut tx = db.begin_append().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query("UPDATE passwords SET hash = $2 WHERE password_id = $1")
            .bind(password_id)
            .bind(hash)
            .execute(connection)
            .await?;
    });
    tx.commit().await
}

/// The hash of a password, if it is kept.
///
/// # Errors
/// [`DbError`], where it cannot be read.
pub async fn password(db: &Db, password_id: Uuid) -> Result<Option<String>, DbError> {
    let password_id = password_id.to_string();
    Ok(on_db!(db, connection => {
        sqlx::query_scalar("SELECT hash FROM passwords WHERE password_id = $1")
            .bind(&password_id)
            .fetch_optional(connection)
            .await?
    }))
}

/// Forgets a password.
///
/// # Errors
/// [`DbError`], where it cannot be deleted.
pub async fn forget_password(db: &Db, password_id: Uuid) -> Result<(), DbError> {
    delete(db, "DELETE FROM passwords WHERE password_id = $1", password_id.to_string()).await
}

/// Keeps a code. It is on disk before this returns.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn keep_code(db: &Db, code: MailedCode) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO mailed_codes (code_sha256, person_id, expires_at, body) \
         VALUES ($1, $2, $3, $4)";
    let mut tx = db.begin_append().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query(SQL)
            .bind(code.code_sha256)
            .bind(code.person_id.to_string())
            .bind(code.expires_at.timestamp_micros())
            .bind(code.body)
            .execute(connection)
            .await?;
    });
    tx.commit().await
}

/// What a code is for, if it is known and has not expired.
///
/// # Errors
/// [`DbError`], where it cannot be read.
pub async fn code(db: &Db, code_sha256: &str, now: Moment) -> Result<Option<String>, DbError> {
    const SQL: &str = "SELECT body FROM mailed_codes WHERE code_sha256 = $1 AND expires_at > $2";
    Ok(on_db!(db, connection => {
        sqlx::query_scalar(SQL)
            .bind(code_sha256)
            .bind(now.timestamp_micros())
            .fetch_optional(connection)
            .await?
    }))
}

/// Forgets a code.
///
/// # Errors
/// [`DbError`], where it cannot be deleted.
pub async fn forget_code(db: &Db, code_sha256: &str) -> Result<(), DbError> {
    let sql = "DELETE FROM mailed_codes WHERE code_sha256 = $1";
    delete(db, sql, code_sha256.to_owned()).await
}

/// Forgets codes that have expired, attempts that no longer count, and uses of sessions that were
/// all before a moment. Gives how many codes.
///
/// # Errors
/// [`DbError`], where they cannot be deleted.
pub async fn forget_expired(db: &Db, now: Moment, unused_since: Moment) -> Result<usize, DbError> {
    let mut tx = db.begin_projection().await?;
    let mut deleted = 0;
    for (sql, moment) in [
        ("DELETE FROM attempts WHERE busy_until <= $1", now),
        ("DELETE FROM session_uses WHERE used_at <= $1", unused_since),
        ("DELETE FROM mailed_codes WHERE expires_at <= $1", now),
    ] {
        deleted = in_tx!(&mut tx, connection => {
            let done = sqlx::query(sql).bind(moment.timestamp_micros()).execute(connection).await?;
            done.rows_affected()
        });
    }
    tx.commit().await?;
    Ok(usize::try_from(deleted).unwrap_or(usize::MAX))
}

/// When a session was last used, if that is known.
///
/// # Errors
/// [`DbError`], where it cannot be read.
pub async fn last_use(db: &Db, session_id: Uuid) -> Result<Option<Moment>, DbError> {
    let session_id = session_id.to_string();
    let micros: Option<i64> = on_db!(db, connection => {
        sqlx::query_scalar("SELECT used_at FROM session_uses WHERE session_id = $1")
            .bind(&session_id)
            .fetch_optional(connection)
            .await?
    });
    Ok(micros.and_then(Moment::from_timestamp_micros))
}

/// When each session of a person was last used, as far as that is known.
///
/// # Errors
/// [`DbError`], where it cannot be read.
pub async fn last_uses(db: &Db, person_id: Uuid) -> Result<HashMap<Uuid, Moment>, DbError> {
    let person_id = person_id.to_string();
    let rows: Vec<(String, i64)> = on_db!(db, connection => {
        sqlx::query_as("SELECT session_id, used_at FROM session_uses WHERE person_id = $1")
            .bind(&person_id)
            .fetch_all(connection)
            .await?
    });
    let read = |(id, micros): (String, i64)| {
        Some((id.parse().ok()?, Moment::from_timestamp_micros(micros)?))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Notes that a session is used.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn note_use(
    db: &Db,
    session_id: Uuid,
    person_id: Uuid,
    now: Moment,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO session_uses (session_id, person_id, used_at) \
         VALUES ($1, $2, $3) ON CONFLICT (session_id) DO UPDATE SET used_at = excluded.used_at";
    let mut tx = db.begin_projection().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query(SQL)
            .bind(session_id.to_string())
            .bind(person_id.to_string())
            .bind(now.timestamp_micros())
            .execute(connection)
            .await?;
    });
    tx.commit().await
}

/// Makes attempts under several names, or none of them if one is busy for too long; then gives
/// the moment from which on it can be made. Two processes count together.
///
/// # Errors
/// [`DbError`], where they cannot be counted.
pub async fn attempt(
    db: &Db,
    attempts: &[Attempt],
    now: Moment,
) -> Result<Result<(), Moment>, DbError> {
    // The second value is now, the third the cost: busy from now on, or for longer than it is.
    const SQL: &str = "INSERT INTO attempts (name, busy_until) VALUES ($1, $2 + $3) \
         ON CONFLICT (name) DO UPDATE SET busy_until = $3 + \
         CASE WHEN attempts.busy_until > $2 THEN attempts.busy_until ELSE $2 END \
         RETURNING busy_until";
    let micros = now.timestamp_micros();
    let mut tx = db.begin_projection().await?;
    // In the order of names, so that two who attempt the same never wait for each other.
    let mut ordered: Vec<&Attempt> = attempts.iter().collect();
    ordered.sort_by(|one, other| one.name.cmp(&other.name));
    let mut retry_at = None;
    for Attempt { name, cost, patience } in ordered {
        let busy_until: i64 = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(SQL)
                .bind(name)
                .bind(micros)
                .bind(cost)
                .fetch_one(connection)
                .await?
        });
        let free_at = busy_until - cost - patience;
        if free_at > micros {
            retry_at = retry_at.max(Some(free_at));
        }
    }
    match retry_at {
        None => {
            tx.commit().await?;
            Ok(Ok(()))
        }
        Some(free_at) => {
            tx.roll_back().await?;
            Ok(Err(Moment::from_timestamp_micros(free_at).unwrap_or(now)))
        }
    }
}

/// Takes attempts back: they were good.
///
/// # Errors
/// [`DbError`], where they cannot be taken back.
pub async fn take_back(db: &Db, attempts: &[Attempt]) -> Result<(), DbError> {
    let mut tx = db.begin_projection().await?;
    let mut ordered: Vec<&Attempt> = attempts.iter().collect();
    ordered.sort_by(|one, other| one.name.cmp(&other.name));
    for Attempt { name, cost, .. } in ordered {
        in_tx!(&mut tx, connection => {
            sqlx::query("UPDATE attempts SET busy_until = busy_until - $2 WHERE name = $1")
                .bind(name)
                .bind(cost)
                .execute(connection)
                .await?;
        });
    }
    tx.commit().await
}

/// Whether a name is busy.
///
/// # Errors
/// [`DbError`], where it cannot be read.
pub async fn is_busy(db: &Db, name: &str, now: Moment) -> Result<bool, DbError> {
    let busy_until: Option<i64> = on_db!(db, connection => {
        sqlx::query_scalar("SELECT busy_until FROM attempts WHERE name = $1")
            .bind(name)
            .fetch_optional(connection)
            .await?
    });
    Ok(busy_until.is_some_and(|until| until > now.timestamp_micros()))
}

/// Keeps a name busy until a moment.
///
/// # Errors
/// [`DbError`], where it cannot be written.
pub async fn keep_busy(db: &Db, name: &str, until: Moment) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO attempts (name, busy_until) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET busy_until = excluded.busy_until";
    let mut tx = db.begin_projection().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query(SQL).bind(name).bind(until.timestamp_micros()).execute(connection).await?;
    });
    tx.commit().await
}

/// Forgets everything that is kept beside the log of a person.
///
/// # Errors
/// [`DbError`], where it cannot be deleted.
pub async fn forget_person(db: &Db, person_id: Uuid) -> Result<(), DbError> {
    let mut tx = db.begin_durable().await?;
    for sql in [
        "DELETE FROM passwords WHERE person_id = $1",
        "DELETE FROM mailed_codes WHERE person_id = $1",
        "DELETE FROM session_uses WHERE person_id = $1",
    ] {
        in_tx!(&mut tx, connection => {
            sqlx::query(sql).bind(person_id.to_string()).execute(connection).await?;
        });
    }
    tx.commit().await
}

async fn delete(db: &Db, sql: &'static str, key: String) -> Result<(), DbError> {
    let mut tx = db.begin_projection().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query(sql).bind(key).execute(connection).await?;
    });
    tx.commit().await
}
