//! The shape that every projection's table has: an id, a part where one id has several
//! places, the columns that queries search and order by, and the whole row as JSON.

use servicedesk_eventlog::bulk::{self, Column, Kind};
use servicedesk_eventlog::{DbError, Tx, in_tx};

/// An index: its columns, and for which rows.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its columns, as in SQL.
    pub columns: &'static str,
    /// Only rows for which this holds, as in SQL; empty: all.
    pub only_where: &'static str,
}

/// The columns every table begins with.
pub(crate) const ID: Column = Column { name: "id", kind: Kind::Text };
pub(crate) const PART: Column = Column { name: "part", kind: Kind::Text };
pub(crate) const BODY: Column = Column { name: "body", kind: Kind::Text };

/// Creates an empty table without its indexes.
pub(crate) async fn create(tx: &mut Tx, table: &str, columns: &[Column]) -> Result<(), DbError> {
    let text = Kind::Text.sql_type(tx);
    let declared: Vec<String> = columns
        .iter()
        .map(|column| format!("{} {}, ", column.name, column.kind.sql_type(tx)))
        .collect();
    let sql = format!(
        "CREATE TABLE {table} (id {text} NOT NULL, part {text} NOT NULL, {}body TEXT NOT NULL, \
         PRIMARY KEY (id, part))",
        declared.concat()
    );
    execute(tx, &sql).await
}

/// Creates a table's indexes. An index keeps its name when the table is renamed, so the name
/// carries what tells this build of the table from the next.
pub(crate) async fn create_indexes(
    tx: &mut Tx,
    table: &str,
    build: &str,
    indexes: &[Index],
) -> Result<(), DbError> {
    for (number, index) in indexes.iter().enumerate() {
        let only_where = match index.only_where {
            "" => String::new(),
            condition => format!(" WHERE {condition}"),
        };
        let columns = index.columns;
        let sql = format!("CREATE INDEX ix_{build}_{number} ON {table} ({columns}){only_where}");
        execute(tx, &sql).await?;
    }
    Ok(())
}

/// Drops a table that may not be there.
pub(crate) async fn drop_if_there(tx: &mut Tx, table: &str) -> Result<(), DbError> {
    execute(tx, &format!("DROP TABLE IF EXISTS {table}")).await
}

/// Puts a table in the place of another, which is dropped.
pub(crate) async fn swap(tx: &mut Tx, new: &str, live: &str) -> Result<(), DbError> {
    drop_if_there(tx, live).await?;
    execute(tx, &format!("ALTER TABLE {new} RENAME TO {live}")).await?;
    bulk::resume_autovacuum(tx, live).await
}

async fn execute(tx: &mut Tx, sql: &str) -> Result<(), DbError> {
    in_tx!(tx, connection => {
        sqlx::query(sql).execute(connection).await?;
    });
    Ok(())
}
