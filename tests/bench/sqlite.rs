//! The yardsticks on SQLite: bare inserts in a loop, and reading a log with a SELECT.

use std::str::FromStr;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};

use crate::history::{History, Row};
use crate::replying::StoredEvent;

/// Bare inserts of one event.
pub(crate) struct Inserts {
    connection: tokio::sync::Mutex<SqliteConnection>,
    event: StoredEvent,
}

impl Inserts {
    /// Makes the same table with its indexes in a file beside the log's. Its triggers, which refuse
    /// changes, are left out.
    pub(crate) async fn prepare(
        url: &str,
        beside: &str,
        event: StoredEvent,
    ) -> anyhow::Result<Self> {
        const SCHEMA: &str = "SELECT sql FROM sqlite_master WHERE tbl_name = 'events' \
             AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC";
        let statements: Vec<String> =
            sqlx::query_scalar(SCHEMA).fetch_all(&mut connect(url).await?).await?;
        let mut connection = connect(beside).await?;
        for statement in statements {
            sqlx::raw_sql(&statement).execute(&mut connection).await?;
        }
        Ok(Self { connection: connection.into(), event })
    }

    /// How many a second, each in a transaction of its own.
    pub(crate) async fn rate(&self, load: Duration) -> anyhow::Result<f64> {
        const INSERT: &str = "INSERT INTO events (position, aggregate_type, aggregate_id, \
             sequence, event_type, event_version, payload, metadata) \
             VALUES ($1, 'ticket', $2, $1, $3, $4, $5, $6)";
        let mut connection = self.connection.lock().await;
        let first: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(position), 0) + 1 FROM events")
            .fetch_one(&mut *connection)
            .await?;
        let begun = Instant::now();
        let mut count: u32 = 0;
        while begun.elapsed() < load {
            let aggregate_id = format!("01939a5c-7a3e-7b1c-8d2f-{:012}", count % 2_048);
            sqlx::query(INSERT)
                .bind(first + i64::from(count))
                .bind(aggregate_id)
                .bind(&self.event.event_type)
                .bind(&self.event.event_version)
                .bind(&self.event.payload)
                .bind(&self.event.metadata)
                .execute(&mut *connection)
                .await?;
            count += 1;
        }
        Ok(f64::from(count) / begun.elapsed().as_secs_f64())
    }
}

/// As the log itself is opened for writing.
async fn connect(url: &str) -> anyhow::Result<SqliteConnection> {
    Ok(SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(30))
        .pragma("cache_size", "-16000")
        .connect()
        .await?)
}

/// Writes a log straight into the table.
pub(crate) async fn load(url: &str, history: &History, events: i64) -> anyhow::Result<()> {
    const CHUNK: usize = 2_000;
    let mut connection = connect(url).await?;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await?;
    let mut rows = history.rows(events).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<Row> = rows.by_ref().take(CHUNK).collect();
        insert(&mut connection, &chunk).await?;
    }
    for statement in History::heads(events) {
        sqlx::raw_sql(&statement).execute(&mut connection).await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, rows: &[Row]) -> anyhow::Result<()> {
    const INSERT: &str = "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, \
         event_type, event_version, payload, metadata, serial) \
         SELECT n.value ->> 0, n.value ->> 1, n.value ->> 2, n.value ->> 3, n.value ->> 4, \
         n.value ->> 5, n.value ->> 6, n.value ->> 7, n.value ->> 8 FROM json_each($1) n";
    let as_json = |row: &Row| {
        json!([
            row.position,
            row.aggregate_type,
            row.aggregate_id,
            row.sequence,
            row.event_type,
            row.event_version,
            row.payload,
            row.metadata,
            row.serial
        ])
    };
    let rows: Vec<_> = rows.iter().map(as_json).collect();
    sqlx::query(INSERT).bind(json!(rows).to_string()).execute(&mut *connection).await?;
    Ok(())
}

type LogRow = (i64, String, String, i64, String, String, String, String, Option<i64>);

/// How many seconds it takes to read the whole log.
pub(crate) async fn read_log(url: &str) -> anyhow::Result<f64> {
    const SELECT: &str = "SELECT position, aggregate_type, aggregate_id, sequence, event_type, \
         event_version, payload, metadata, serial FROM events ORDER BY position";
    let mut connection = connect(url).await?;
    let begun = Instant::now();
    let mut rows = sqlx::query_as::<_, LogRow>(SELECT).fetch(&mut connection);
    let mut bytes = 0;
    while let Some(row) = rows.try_next().await? {
        bytes += row.6.len() + row.7.len();
    }
    drop(rows);
    anyhow::ensure!(bytes > 0, "the log is empty");
    Ok(begun.elapsed().as_secs_f64())
}
