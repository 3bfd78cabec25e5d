//! The yardsticks on PostgreSQL: bare inserts by `pgbench`, and reading a log with COPY.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::TryStreamExt;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::process::Command;

use crate::history::{History, Row};
use crate::replying::StoredEvent;

const CLIENTS: &str = "32";
/// One for each core of the smallest machine that this is measured on.
const THREADS: &str = "2";

/// The address of the server to measure on, if there is one.
pub(crate) fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok()
}

/// The server's version, if there is one.
pub(crate) async fn version() -> Option<String> {
    let mut connection = PgConnection::connect(&server()?).await.ok()?;
    let version: String =
        sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await.ok()?;
    Some(format!("PostgreSQL {version}"))
}

/// The same columns, constraints and indexes, and a sequence of its own for the positions.
const TABLE: &str = "
CREATE SEQUENCE yardstick_position;
CREATE TABLE yardstick_events (LIKE events INCLUDING ALL);
ALTER TABLE yardstick_events ALTER COLUMN position SET DEFAULT nextval('yardstick_position');";

/// One insert: to a ticket that no other client has, so that nobody waits for anybody else's row.
const SCRIPT: &str = "\
\\set ticket random(1, 64) * 32 + :client_id
\\set n :n + 1
INSERT INTO yardstick_events (aggregate_type, aggregate_id, sequence, event_type, event_version, \
payload, metadata) VALUES ('ticket', '01939a5c-7a3e-7b1c-8d2f-' || lpad(:ticket::text, 12, '0'), \
:n, :event_type, :event_version, :payload, :metadata);
";

/// Bare inserts of one event.
pub(crate) struct Inserts {
    url: String,
    program: String,
    folder: TempDir,
    event: StoredEvent,
    /// Where each client's sequence numbers begin in the next round.
    first: std::sync::atomic::AtomicU64,
}

impl Inserts {
    /// Makes the table beside the one of the log.
    pub(crate) async fn prepare(url: &str, event: StoredEvent) -> anyhow::Result<Self> {
        let program = std::env::var("PGBENCH").context("PGBENCH is not set: use `make bench`")?;
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql(TABLE).execute(&mut connection).await?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("insert.sql"), SCRIPT)?;
        Ok(Self { url: url.to_owned(), program, folder, event, first: 0.into() })
    }

    /// How many a second.
    pub(crate) async fn rate(&self, load: Duration) -> anyhow::Result<f64> {
        const APART: u64 = 100_000_000;
        let first = self.first.fetch_add(APART, std::sync::atomic::Ordering::Relaxed);
        let StoredEvent { event_type, event_version, payload, metadata } = &self.event;
        let output = Command::new(&self.program)
            .args(["-n", "-M", "prepared", "-c", CLIENTS, "-j", THREADS])
            .args(["-T", &load.as_secs().to_string()])
            .arg("-f")
            .arg(self.folder.path().join("insert.sql"))
            .args(["-D", &format!("n={first}")])
            .args(["-D", &format!("event_type={event_type}")])
            .args(["-D", &format!("event_version={event_version}")])
            .args(["-D", &format!("payload={payload}")])
            .args(["-D", &format!("metadata={metadata}")])
            .arg(&self.url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        let told = String::from_utf8_lossy(&output.stdout);
        let rate = told
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "pgbench failed: {errors}");
        rate.with_context(|| format!("pgbench told no rate: {told}"))
    }
}

/// Writes a log straight into the table, and brings it into the state in which a log that has been
/// there for a while is.
pub(crate) async fn load(url: &str, history: &History, events: i64) -> anyhow::Result<()> {
    const COPY: &str = "COPY events (position, aggregate_type, aggregate_id, sequence, event_type, \
         event_version, payload, metadata, serial) FROM STDIN";
    const CHUNK: usize = 1 << 20;
    let mut connection = PgConnection::connect(url).await?;
    let mut copy = connection.copy_in_raw(COPY).await?;
    let mut buffer = String::with_capacity(CHUNK + 4096);
    for row in history.rows(events) {
        push_line(&mut buffer, &row);
        if buffer.len() >= CHUNK {
            copy.send(buffer.as_bytes()).await?;
            buffer.clear();
        }
    }
    copy.send(buffer.as_bytes()).await?;
    copy.finish().await?;
    for statement in History::heads(events) {
        sqlx::raw_sql(&statement).execute(&mut connection).await?;
    }
    sqlx::raw_sql("VACUUM ANALYZE events").execute(&mut connection).await?;
    sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
    Ok(())
}

fn push_line(buffer: &mut String, row: &Row) {
    use std::fmt::Write;
    // JSON escapes every control character, so only backslashes are special to COPY.
    let (payload, metadata) =
        (row.payload.replace('\\', "\\\\"), row.metadata.replace('\\', "\\\\"));
    let serial = row.serial.map_or_else(|| "\\N".to_owned(), |serial| serial.to_string());
    // Writing into a text never fails.
    let _ = writeln!(
        buffer,
        "{}\t{}\t{}\t{}\t{}\t{}\t{payload}\t{metadata}\t{serial}",
        row.position,
        row.aggregate_type,
        row.aggregate_id,
        row.sequence,
        row.event_type,
        row.event_version
    );
}

/// How many seconds it takes to read the whole log with COPY.
pub(crate) async fn read_log(url: &str) -> anyhow::Result<f64> {
    let mut connection = PgConnection::connect(url).await?;
    let begun = Instant::now();
    let mut copied =
        connection.copy_out_raw("COPY (SELECT * FROM events ORDER BY position) TO STDOUT").await?;
    let mut bytes = 0;
    while let Some(chunk) = copied.try_next().await? {
        bytes += chunk.len();
    }
    drop(copied);
    anyhow::ensure!(bytes > 0, "the log is empty");
    Ok(begun.elapsed().as_secs_f64())
}
