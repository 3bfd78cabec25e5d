//! What the program signs with. It stands beside the log and not in it: the log is shown to
//! auditors, and can be checked without any secret.

use servicedesk_domain::kernel::hex;

use crate::db::Db;
use crate::failure::DbError;
use crate::{in_tx, on_db};

/// 32 bytes that nobody else knows. They are never printed.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl Secret {
    /// Takes bytes that were drawn at random.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for signing.
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    fn to_hex(&self) -> String {
        hex::encode(&self.0)
    }

    fn from_hex(name: &str, text: &str) -> Result<Self, DbError> {
        let wrong = || DbError::Damaged(format!("the secret {name} is not 32 bytes"));
        hex::decode(text).map(Self).ok_or_else(wrong)
    }
}

/// The secret of this name, if there is one.
///
/// # Errors
/// [`DbError`], where it cannot be read.
pub async fn find(db: &Db, name: &str) -> Result<Option<Secret>, DbError> {
    let found: Option<String> = on_db!(db, connection => {
        sqlx::query_scalar("SELECT secret FROM secrets WHERE name = $1")
            .bind(name)
            .fetch_optional(connection)
            .await?
    });
    found.map(|text| Secret::from_hex(name, &text)).transpose()
}

/// Keeps a new secret, unless there is one of this name, and gives the one that is there then. It
/// is on disk before this returns.
///
/// # Errors
/// [`DbError`], where it cannot be written or read.
pub async fn keep(db: &Db, name: &str, new: &Secret) -> Result<Secret, DbError> {
    let mut tx = db.begin_append().await?;
    let hex = new.to_hex();
    let kept: String = in_tx!(&mut tx, connection => {
        sqlx::query("INSERT INTO secrets (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(&hex)
            .execute(&mut *connection)
            .await?;
        sqlx::query_scalar("SELECT secret FROM secrets WHERE name = $1")
            .bind(name)
            .fetch_one(connection)
            .await?
    });
    tx.commit().await?;
    Secret::from_hex(name, &kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_whole_and_never_printed() {
        let secret = Secret::new(std::array::from_fn(|at| u8::try_from(at * 8).unwrap_or(255)));
        let read = Secret::from_hex("one", &secret.to_hex()).expect("a secret");
        assert_eq!(read.reveal(), secret.reveal());
        assert_eq!(format!("{secret:?}"), "Secret(***)");
        for wrong in ["", "00", &"zz".repeat(32), &"é".repeat(32)] {
            assert!(Secret::from_hex("one", wrong).is_err(), "{wrong}");
        }
    }
}
