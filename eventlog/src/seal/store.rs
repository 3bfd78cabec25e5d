//! The tree, the log's name and the last checkpoint, as the database has them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use rand::Rng;
use tlog_tiles::{HASH_SIZE, Hash, HashReader, Tile};
use uuid::Uuid;

use super::note::SealKey;
use super::tree::{Edge, HEIGHT, StoredTile, WIDTH};
use crate::db::Db;
use crate::failure::DbError;
use crate::recorded::Position;
use crate::secrets::{self, Secret};
use crate::{in_tx, on_db};

/// What the secret of the key is called.
const SECRET: &str = "log_seal";

/// What the database says of the seal.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Seal {
    log_id: String,
    /// The name under which checkpoints are signed.
    pub origin: String,
    /// The last checkpoint; `None` until the first.
    pub checkpoint: Option<String>,
    /// Why nothing is signed, if so.
    pub fault: Option<String>,
}

impl Seal {
    /// What is part of every leaf.
    pub(super) fn log_id(&self) -> Result<Uuid, DbError> {
        let wrong = |_| DbError::Damaged(format!("the log's id {} is no UUID", self.log_id));
        self.log_id.parse().map_err(wrong)
    }

    /// How many events the last checkpoint seals, as it says.
    pub fn signed_size(&self) -> u64 {
        let size = self.checkpoint.as_deref().and_then(|text| text.lines().nth(1)?.parse().ok());
        size.unwrap_or_default()
    }
}

/// The seal; `None` where nothing was sealed yet.
///
/// # Errors
/// [`DbError`], if it cannot be read.
pub async fn find(db: &Db) -> Result<Option<Seal>, DbError> {
    const SQL: &str = "SELECT log_id, origin, checkpoint, fault FROM log_seal WHERE id = 1";
    Ok(on_db!(db, connection => sqlx::query_as(SQL).fetch_optional(connection).await?))
}

/// The seal, which is begun if there is none.
pub(super) async fn begin(db: &Db) -> Result<Seal, DbError> {
    if let Some(seal) = find(db).await? {
        return Ok(seal);
    }
    let log_id = uuid::Builder::from_random_bytes(rand::rng().random()).into_uuid();
    let origin = format!("servicedesk/{}", log_id.simple());
    let log_id = log_id.to_string();
    let mut tx = db.begin_append().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query(
            "INSERT INTO log_seal (id, log_id, origin) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(&log_id)
        .bind(&origin)
        .execute(connection)
        .await?;
    });
    tx.commit().await?;
    find(db).await?.ok_or_else(|| DbError::Damaged("the seal that was begun is gone".to_owned()))
}

/// Gives the log another name, under which nothing was signed yet.
///
/// # Errors
/// [`DbError`], if it cannot be written.
pub(super) async fn rename(db: &Db, origin: &str) -> Result<(), DbError> {
    let mut tx = db.begin_append().await?;
    in_tx!(&mut tx, connection => {
        // The tree may be of events that are no longer there. It is computed again.
        sqlx::query("DELETE FROM log_tiles").execute(&mut *connection).await?;
        sqlx::query("UPDATE log_seal SET origin = $1, checkpoint = NULL, fault = NULL WHERE id = 1")
            .bind(origin)
            .execute(connection)
            .await?;
    });
    tx.commit().await
}

/// The key that signs under this name, which is made if there is none.
pub(super) async fn key(db: &Db, origin: &str) -> Result<SealKey, DbError> {
    if let Some(secret) = secrets::find(db, SECRET).await? {
        return Ok(SealKey::new(origin, &secret));
    }
    let new = Secret::new(rand::rng().random());
    let secret = secrets::keep(db, SECRET, &new).await?;
    Ok(SealKey::new(origin, &secret))
}

/// The public key of the log, as verifiers take it; `None` where nothing was sealed yet.
///
/// # Errors
/// [`DbError`], if it cannot be read.
pub async fn public_key(db: &Db) -> Result<Option<String>, DbError> {
    let (Some(seal), Some(secret)) = (find(db).await?, secrets::find(db, SECRET).await?) else {
        return Ok(None);
    };
    Ok(Some(SealKey::new(&seal.origin, &secret).public()))
}

/// Keeps what was signed, or why nothing is. Like the tree it can be made again, so it does not wait
/// for the disk.
pub(super) async fn keep_checkpoint(db: &Db, checkpoint: &str) -> Result<(), DbError> {
    let mut tx = db.begin_projection().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query("UPDATE log_seal SET checkpoint = $1, fault = NULL WHERE id = 1")
            .bind(checkpoint)
            .execute(connection)
            .await?;
    });
    tx.commit().await
}

pub(super) async fn keep_fault(db: &Db, fault: Option<&str>) -> Result<(), DbError> {
    let mut tx = db.begin_projection().await?;
    in_tx!(&mut tx, connection => {
        sqlx::query("UPDATE log_seal SET fault = $1 WHERE id = 1")
            .bind(fault)
            .execute(connection)
            .await?;
    });
    tx.commit().await
}

/// Keeps tiles. One that is there already is only ever replaced by a longer one.
pub(super) async fn keep_tiles(db: &Db, tiles: &[StoredTile]) -> Result<(), DbError> {
    let mut tx = db.begin_projection().await?;
    for tile in tiles {
        let n = number(tile.n);
        in_tx!(&mut tx, connection => {
            sqlx::query(
                "INSERT INTO log_tiles (level, n, hashes) VALUES ($1, $2, $3) \
                 ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes \
                 WHERE LENGTH(log_tiles.hashes) < LENGTH(excluded.hashes)",
            )
            .bind(i64::from(tile.level))
            .bind(n)
            .bind(&tile.hashes)
            .execute(connection)
            .await?;
        });
    }
    tx.commit().await
}

/// The hashes of a tile that are there.
pub(super) async fn tile(db: &Db, level: u8, n: u64) -> Result<Option<Vec<u8>>, DbError> {
    const SQL: &str = "SELECT hashes FROM log_tiles WHERE level = $1 AND n = $2";
    let (level, n) = (i64::from(level), number(n));
    Ok(
        on_db!(db, connection => sqlx::query_scalar(SQL).bind(level).bind(n).fetch_optional(connection).await?),
    )
}

/// The first `width` hashes of a tile, for anybody; `None` where the last checkpoint does not cover
/// them.
///
/// # Errors
/// [`DbError`], if it cannot be read.
pub async fn tile_for_strangers(
    db: &Db,
    level: u8,
    n: u64,
    width: u64,
) -> Result<Option<Vec<u8>>, DbError> {
    let size = find(db).await?.map_or(0, |seal| seal.signed_size());
    let end = n.checked_mul(WIDTH).and_then(|start| start.checked_add(width));
    let signed = size.checked_shr(u32::from(HEIGHT) * u32::from(level)).unwrap_or_default();
    if width == 0 || end.is_none_or(|end| end > signed) {
        return Ok(None);
    }
    let hashes = tile(db, level, n).await?;
    Ok(hashes.and_then(|hashes| Some(hashes.get(..bytes(width))?.to_vec())))
}

/// The edge of the tree as it is stored.
pub(super) async fn edge(db: &Db) -> Result<Edge, DbError> {
    const LAST: &str = "SELECT n, hashes FROM log_tiles WHERE level = 0 ORDER BY n DESC LIMIT 1";
    let last: Option<(i64, Vec<u8>)> =
        on_db!(db, connection => sqlx::query_as(LAST).fetch_optional(connection).await?);
    let Some((n, hashes)) = last else { return Ok(Edge::default()) };
    let size = n.unsigned_abs() * WIDTH + (hashes.len() / HASH_SIZE) as u64;
    let mut levels = Vec::new();
    for (level, n, width) in Edge::places(size) {
        let mut hashes = Vec::new();
        if width > 0 {
            hashes = tile(db, level, n).await?.unwrap_or_default();
            if hashes.len() < bytes(width) {
                return Err(missing(level, n));
            }
            hashes.truncate(bytes(width));
        }
        levels.push(hashes);
    }
    Ok(Edge::of(size, levels))
}

/// The tiles that a proof has needed so far, and those that it needs besides.
#[derive(Default)]
pub(super) struct Tiles {
    known: HashMap<(u8, u64), Vec<u8>>,
    wanted: RefCell<BTreeSet<(u8, u64)>>,
}

impl HashReader for Tiles {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let mut hashes = Vec::with_capacity(indexes.len());
        for index in indexes {
            let tile = Tile::from_index(HEIGHT, *index);
            let place = (tile.level(), tile.level_index());
            match self.known.get(&place) {
                Some(known) => hashes.push(tile.hash_at_index(known, *index)?),
                None => {
                    self.wanted.borrow_mut().insert(place);
                }
            }
        }
        let is_whole = hashes.len() == indexes.len();
        if is_whole { Ok(hashes) } else { Err(tlog_tiles::Error::IndexesNotInTree) }
    }
}

/// Asks a question whose answer is computed of hashes in the tree.
pub(super) async fn ask<T>(
    db: &Db,
    question: impl Fn(&Tiles) -> Result<T, tlog_tiles::Error>,
) -> Result<T, DbError> {
    let mut tiles = Tiles::default();
    loop {
        let answer = question(&tiles);
        let wanted = tiles.wanted.take();
        match answer {
            Ok(answer) => return Ok(answer),
            Err(error) if wanted.is_empty() => {
                return Err(DbError::Damaged(format!("the tree cannot be read: {error}")));
            }
            Err(_) => {
                for (level, n) in wanted {
                    let hashes = tile(db, level, n).await?;
                    let hashes = hashes.ok_or_else(|| missing(level, n))?;
                    tiles.known.insert((level, n), hashes);
                }
            }
        }
    }
}

fn missing(level: u8, n: u64) -> DbError {
    DbError::Damaged(format!("the tile {level}/{n} of the seal is missing or too short"))
}

/// The position of the last event that is there, and what the log says that it is.
pub(super) async fn ends(db: &Db) -> Result<(Position, Position), DbError> {
    const SQL: &str = "SELECT COALESCE((SELECT MAX(position) FROM events), 0), position \
         FROM log_head WHERE id = 1";
    Ok(on_db!(db, connection => sqlx::query_as(SQL).fetch_one(connection).await?))
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn bytes(width: u64) -> usize {
    usize::try_from(width).map_or(usize::MAX, |width| width.saturating_mul(HASH_SIZE))
}
