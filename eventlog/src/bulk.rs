//! Writing many rows of one table in one statement, on either database.

use serde_json::{Value, json};

use crate::failure::DbError;
use crate::tx::Tx;

/// From so many rows on a COPY costs less than a statement.
const WORTH_COPYING: usize = 100;
/// How many rows of a COPY are sent at a time.
const ROWS_PER_PIECE: usize = 200;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number; moments are microseconds since 1970, truths are 0 or 1.
    Integer,
}

impl Kind {
    /// The type of a column that holds it. Texts are compared byte by byte on either database, so
    /// that their order is the same, does not hang on the server's language, and costs little.
    pub const fn sql_type(self, tx: &Tx) -> &'static str {
        match (self, tx) {
            (Self::Text, Tx::Postgres(_)) => "TEXT COLLATE \"C\"",
            (Self::Text, Tx::Sqlite(..)) => "TEXT",
            (Self::Integer, _) => "BIGINT",
        }
    }
}

/// A column of a table that is written in bulk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// One value of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Of a text column.
    Text(Option<String>),
    /// Of a number column.
    Integer(Option<i64>),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}
impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}
impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        Self::Integer(number)
    }
}

/// Keeps PostgreSQL's autovacuum from a table that is being filled: it would hold the table's lock
/// when the table is to be renamed, and give it back only after a second.
///
/// # Errors
/// [`DbError`], where the database refuses it.
pub async fn hold_autovacuum(tx: &mut Tx, table: &str) -> Result<(), DbError> {
    if let Tx::Postgres(tx) = tx {
        let sql = format!("ALTER TABLE {table} SET (autovacuum_enabled = false)");
        sqlx::query(&sql).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Lets autovacuum do its work on a table again.
///
/// # Errors
/// [`DbError`], where the database refuses it.
pub async fn resume_autovacuum(tx: &mut Tx, table: &str) -> Result<(), DbError> {
    if let Tx::Postgres(tx) = tx {
        let sql = format!("ALTER TABLE {table} RESET (autovacuum_enabled)");
        sqlx::query(&sql).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Inserts the rows, or replaces those with the same key. Each row has one cell per column, and no
/// key may occur twice.
///
/// # Errors
/// [`DbError`], where the database refuses them.
pub async fn upsert(
    tx: &mut Tx,
    table: &str,
    key: &[&str],
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let names = columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let updates: Vec<String> = columns
        .iter()
        .filter(|column| !key.contains(&column.name))
        .map(|column| format!("{0} = excluded.{0}", column.name))
        .collect();
    let key = key.join(", ");
    let on_conflict = if updates.is_empty() {
        format!("ON CONFLICT ({key}) DO NOTHING")
    } else {
        format!("ON CONFLICT ({key}) DO UPDATE SET {}", updates.join(", "))
    };
    match tx {
        Tx::Postgres(tx) => {
            let arrays: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(index, column)| match column.kind {
                    Kind::Text => format!("${}::text[]", index + 1),
                    Kind::Integer => format!("${}::bigint[]", index + 1),
                })
                .collect();
            let sql = format!(
                "INSERT INTO {table} ({names}) SELECT * FROM UNNEST({}) {on_conflict}",
                arrays.join(", ")
            );
            let mut query = sqlx::query(&sql);
            for values in transpose(columns, rows) {
                query = match values {
                    Values::Texts(texts) => query.bind(texts),
                    Values::Integers(numbers) => query.bind(numbers),
                };
            }
            query.execute(&mut **tx).await?;
        }
        Tx::Sqlite(tx, _) => {
            let extracts: Vec<String> = (0..columns.len())
                .map(|index| format!("json_extract(n.value, '$[{index}]')"))
                .collect();
            // The WHERE keeps the parser from taking ON CONFLICT for a join's ON.
            let sql = format!(
                "INSERT INTO {table} ({names}) SELECT {} FROM json_each($1) n WHERE true \
                 {on_conflict}",
                extracts.join(", ")
            );
            let rows: Vec<Vec<Value>> = rows
                .into_iter()
                .map(|row| {
                    let value = |cell| match cell {
                        Cell::Text(text) => json!(text),
                        Cell::Integer(number) => json!(number),
                    };
                    row.into_iter().map(value).collect()
                })
                .collect();
            sqlx::query(&sql).bind(json!(rows).to_string()).execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// Inserts rows of which none is in the table. PostgreSQL copies them where they are many, which
/// costs less than finding that out; everywhere else they are upserted.
///
/// # Errors
/// [`DbError`], where the database refuses them; a copy is refused where one is in the table.
pub async fn insert(
    tx: &mut Tx,
    table: &str,
    key: &[&str],
    columns: &[Column],
    rows: Vec<Vec<Cell>>,
) -> Result<(), DbError> {
    match tx {
        Tx::Postgres(tx) if rows.len() >= WORTH_COPYING => {
            let names = columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
            let mut copy = tx.copy_in_raw(&format!("COPY {table} ({names}) FROM STDIN")).await?;
            for chunk in rows.chunks(ROWS_PER_PIECE) {
                // Sent piece by piece, so that the whole is never in memory as a text as well.
                copy.send(copied(chunk)).await?;
            }
            copy.finish().await?;
            Ok(())
        }
        Tx::Postgres(_) | Tx::Sqlite(..) => upsert(tx, table, key, columns, rows).await,
    }
}

/// Rows as COPY reads them: a line for each, with tabs between cells.
fn copied(rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut text = Vec::new();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                text.push(b'\t');
            }
            match cell {
                Cell::Integer(Some(number)) => text.extend(number.to_string().bytes()),
                Cell::Text(Some(value)) => {
                    for byte in value.bytes() {
                        match byte {
                            b'\\' => text.extend(b"\\\\"),
                            b'\t' => text.extend(b"\\t"),
                            b'\n' => text.extend(b"\\n"),
                            b'\r' => text.extend(b"\\r"),
                            other => text.push(other),
                        }
                    }
                }
                Cell::Integer(None) | Cell::Text(None) => text.extend(b"\\N"),
            }
        }
        text.push(b'\n');
    }
    text
}

enum Values {
    Texts(Vec<Option<String>>),
    Integers(Vec<Option<i64>>),
}

/// Turns rows of cells into columns of values. A cell of the wrong kind becomes null, which a
/// column that may not be null then refuses.
fn transpose(columns: &[Column], rows: Vec<Vec<Cell>>) -> Vec<Values> {
    let mut values: Vec<Values> = columns
        .iter()
        .map(|column| match column.kind {
            Kind::Text => Values::Texts(Vec::with_capacity(rows.len())),
            Kind::Integer => Values::Integers(Vec::with_capacity(rows.len())),
        })
        .collect();
    for row in rows {
        for (cell, values) in row.into_iter().zip(&mut values) {
            match (values, cell) {
                (Values::Texts(texts), Cell::Text(text)) => texts.push(text),
                (Values::Texts(texts), Cell::Integer(_)) => texts.push(None),
                (Values::Integers(numbers), Cell::Integer(number)) => numbers.push(number),
                (Values::Integers(numbers), Cell::Text(_)) => numbers.push(None),
            }
        }
    }
    values
}

/// The bodies of the rows with these ids, once per id.
///
/// # Errors
/// [`DbError`], where they cannot be read.
pub async fn bodies(
    tx: &mut Tx,
    table: &str,
    ids: &[String],
) -> Result<Vec<(String, String)>, DbError> {
    Ok(match tx {
        Tx::Postgres(tx) => {
            // One look into the key's index for each id, whatever the planner believes of a table
            // of which it has no statistics yet.
            let sql = format!(
                "SELECT found.id, found.body FROM UNNEST($1::text[]) wanted (id) \
                 CROSS JOIN LATERAL \
                 (SELECT id, body FROM {table} known WHERE known.id = wanted.id LIMIT 1) found"
            );
            sqlx::query_as(&sql).bind(ids).fetch_all(&mut **tx).await?
        }
        Tx::Sqlite(tx, _) => {
            let sql = format!(
                "SELECT id, body FROM {table} \
                 WHERE id IN (SELECT value FROM json_each($1)) GROUP BY id"
            );
            sqlx::query_as(&sql).bind(json!(ids).to_string()).fetch_all(&mut **tx).await?
        }
    })
}
