//! Fresh databases of both kinds, one per test, and plain SQL on them as their owner has it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use rand::Rng;
use servicedesk_eventlog::{Db, Log, MasterKey, MasterKeySource, Recorded};
use servicedesk_projections::Runner;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use super::TestClock;

const POSTGRES_URL: &str = "TEST_POSTGRES_URL";
const POSTGRES_STATE: &str = "SERVICEDESK_TEST_POSTGRES";
/// How many connections a process of the service may open here.
pub(crate) const MAX_CONNECTIONS: u32 = 8;

/// The master key of every database here.
pub(crate) const MASTER_KEY: &str =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The master key of every database here, as the log takes it.
pub(crate) fn master_key() -> MasterKeySource {
    MasterKeySource::Given(MasterKey::parse(MASTER_KEY).expect("a key"))
}

/// Events with their personal data.
pub(crate) async fn opened(db: &Db, events: Vec<Recorded>) -> Vec<Recorded> {
    let events = events.into_iter().map(Arc::new).collect();
    let opened = db.open_events(events, |_| true).await.expect("everybody's key is there");
    opened.into_iter().map(Arc::unwrap_or_clone).collect()
}

/// A row of any table: its columns in their order, as texts.
pub(crate) type Row = Vec<Option<String>>;

/// A database of a test's own. Clones are the same database; it is removed when the test ends.
#[derive(Debug, Clone)]
pub(crate) struct TestDatabase {
    /// Its address, as the service takes it.
    pub(crate) url: String,
    /// The time that every log opened here goes by.
    pub(crate) clock: TestClock,
    /// The folder that a SQLite file is in; none on PostgreSQL.
    folder: Option<Arc<TempDir>>,
    /// Where the service keeps files.
    files: Arc<TempDir>,
    /// The owner's own connection, once there is one.
    plain: Arc<Mutex<Option<Plain>>>,
}

/// A connection past the service.
#[derive(Debug)]
enum Plain {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// A database system. A test of both is two tests, one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Sqlite,
    Postgres,
}

/// Runs a test on a fresh database of a system.
pub(crate) async fn with_database<T: Future<Output = ()>>(
    system: System,
    test: impl Fn(TestDatabase) -> T,
) {
    match system {
        System::Sqlite => on_sqlite(test).await,
        System::Postgres => on_postgres(test).await,
    }
}

/// Runs a test on a fresh SQLite file, and then on a fresh PostgreSQL database.
pub(crate) async fn on_both<T: Future<Output = ()>>(test: impl Fn(TestDatabase) -> T) {
    on_sqlite(&test).await;
    on_postgres(&test).await;
}

/// Runs a test on a fresh SQLite file.
pub(crate) async fn on_sqlite<T: Future<Output = ()>>(test: impl Fn(TestDatabase) -> T) {
    run(TestDatabase::in_a_file(), test).await;
}

/// Runs a test on a fresh PostgreSQL database. Where the run goes without PostgreSQL, it says so.
///
/// # Panics
/// Where nobody has said whether there is a PostgreSQL.
pub(crate) async fn on_postgres<T: Future<Output = ()>>(test: impl Fn(TestDatabase) -> T) {
    if let Some(server) = postgres_server() {
        run(TestDatabase::on_server(&server).await, test).await;
    } else {
        eprintln!("NOT TESTED on PostgreSQL: {POSTGRES_STATE} says that there is none");
    }
}

fn postgres_server() -> Option<String> {
    match (std::env::var(POSTGRES_URL), std::env::var(POSTGRES_STATE)) {
        (Ok(server), _) => Some(server),
        (Err(_), Ok(state)) if state == "absent" => None,
        _ => panic!(
            "{POSTGRES_URL} is not set: run `make test`, which starts a PostgreSQL, or \
             `scripts/with-postgres cargo nextest run …`"
        ),
    }
}

async fn run<T: Future<Output = ()>>(database: TestDatabase, test: impl Fn(TestDatabase) -> T) {
    let system = database.system();
    let outcome = AssertUnwindSafe(test(database.clone())).catch_unwind().await;
    database.remove().await;
    if let Err(panic) = outcome {
        fail(system, panic);
    }
}

fn fail(system: &str, panic: Box<dyn Any + Send>) -> ! {
    eprintln!("\nthis failed on {system}\n");
    resume_unwind(panic)
}

impl TestDatabase {
    fn in_a_file() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("servicedesk.db");
        let url = format!("sqlite:{}", path.to_str().expect("a printable path"));
        Self::at(url, Some(Arc::new(folder)))
    }

    fn at(url: String, folder: Option<Arc<TempDir>>) -> Self {
        let files = Arc::new(tempfile::tempdir().expect("a temporary directory"));
        Self { url, clock: TestClock::new(), folder, files, plain: Arc::default() }
    }

    async fn on_server(server: &str) -> Self {
        // No two runs on one server may meet, and nothing else here is random.
        let name = format!("servicedesk_test_{:016x}", rand::rng().random::<u64>());
        let options = PgConnectOptions::from_str(server).expect("the server's address");
        let mut connection = options.connect().await.expect("a connection to the server");
        let create = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(&create).execute(&mut connection).await.expect("a new database");
        let url = options.database(&name).to_url_lossy().to_string();
        Self::at(url, None)
    }

    /// A file goes with its folder. A database that cannot be dropped is no reason to fail.
    async fn remove(self) {
        let (None, Some(server)) = (&self.folder, postgres_server()) else { return };
        let Ok(options) = PgConnectOptions::from_str(&self.url) else { return };
        let Some(name) = options.get_database().map(str::to_owned) else { return };
        if let Ok(mut connection) = PgConnection::connect(&server).await {
            let drop_it = format!("DROP DATABASE {name} WITH (FORCE)");
            drop(sqlx::raw_sql(&drop_it).execute(&mut connection).await);
        }
    }

    /// The folder in which the service keeps files.
    pub(crate) fn files(&self) -> &std::path::Path {
        self.files.path()
    }

    /// Whether it is on PostgreSQL.
    pub(crate) fn is_postgres(&self) -> bool {
        self.folder.is_none()
    }

    /// The database system's name.
    pub(crate) fn system(&self) -> &'static str {
        if self.is_postgres() { "PostgreSQL" } else { "SQLite" }
    }

    /// The database as one process of the service has it. Every call is another process.
    pub(crate) async fn open(&self) -> Db {
        Db::open(&self.url, MAX_CONNECTIONS, &master_key()).await.expect("the database opens")
    }

    /// The log as one process of the service has it. Every call is another process.
    pub(crate) async fn log(&self) -> Log {
        let db = self.open().await;
        Log::open(db, self.clock.as_log_clock()).await.expect("the log opens")
    }

    /// A runner of every projection, in the process of `log`.
    pub(crate) async fn runner(&self, log: &Log) -> Runner {
        let projections = servicedesk_projections::all();
        Runner::prepare(log.clone(), projections).await.expect("the projections are prepared")
    }

    /// Runs plain SQL as the owner of the database, past the service.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), sqlx::Error> {
        match self.plain().await.as_mut() {
            Some(Plain::Postgres(connection)) => {
                sqlx::raw_sql(sql).execute(connection).await?;
            }
            Some(Plain::Sqlite(connection)) => {
                sqlx::raw_sql(sql).execute(connection).await?;
            }
            None => unreachable!("there is a connection by now"),
        }
        Ok(())
    }

    /// The first column of what a query gives, which must be texts.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<Option<String>> {
        match self.plain().await.as_mut() {
            Some(Plain::Postgres(connection)) => {
                sqlx::query_scalar(sql).fetch_all(connection).await
            }
            Some(Plain::Sqlite(connection)) => sqlx::query_scalar(sql).fetch_all(connection).await,
            None => unreachable!("there is a connection by now"),
        }
        .expect(sql)
    }

    /// The one number that a query gives.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        match self.plain().await.as_mut() {
            Some(Plain::Postgres(connection)) => {
                sqlx::query_scalar(sql).fetch_one(connection).await
            }
            Some(Plain::Sqlite(connection)) => sqlx::query_scalar(sql).fetch_one(connection).await,
            None => unreachable!("there is a connection by now"),
        }
        .expect(sql)
    }

    /// Every row of a table. Tables with equal contents give equal rows, on either database.
    pub(crate) async fn table(&self, table: &str) -> Vec<Row> {
        let columns = if self.is_postgres() {
            format!(
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            )
        } else {
            format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid")
        };
        let columns: Vec<String> = self.texts(&columns).await.into_iter().flatten().collect();
        assert!(!columns.is_empty(), "there is no table {table}");
        let as_text = |column: &String| match column.as_str() {
            // A UUID on PostgreSQL, its bytes on SQLite.
            "command_id" if self.is_postgres() => "REPLACE(command_id::text, '-', '')".to_owned(),
            "command_id" => "LOWER(HEX(command_id))".to_owned(),
            "hashes" if !self.is_postgres() => "HEX(hashes)".to_owned(),
            column => format!("CAST({column} AS TEXT)"),
        };
        let cells = columns.iter().map(as_text).collect::<Vec<_>>().join(", ");
        let row = if self.is_postgres() {
            format!("json_build_array({cells})::text")
        } else {
            format!("json_array({cells})")
        };
        let rows = self.texts(&format!("SELECT {row} FROM {table}")).await;
        let read = |row: String| serde_json::from_str(&row).expect("a list of texts");
        let mut rows: Vec<Row> = rows.into_iter().flatten().map(read).collect();
        rows.sort();
        rows
    }

    /// Every row of every projection, with where each stands.
    pub(crate) async fn projected(&self) -> Vec<(&'static str, Vec<Row>)> {
        let mut checkpoints = self.table("projection_checkpoints").await;
        // What follows from events has its own, and no rows.
        checkpoints.retain(|row| row[0].as_deref() != Some(servicedesk_service::reactions::NAME));
        let mut tables = vec![("projection_checkpoints", checkpoints)];
        for name in servicedesk_projections::rebuild::names() {
            tables.push((name, self.table(name).await));
        }
        tables
    }

    /// The owner's connection, opened when it is first needed.
    async fn plain(&self) -> MutexGuard<'_, Option<Plain>> {
        let mut plain = self.plain.lock().await;
        if plain.is_none() {
            *plain = Some(if self.is_postgres() {
                let options = PgConnectOptions::from_str(&self.url).expect("its address");
                let connection = options.application_name("test").connect().await;
                Plain::Postgres(connection.expect("a connection to PostgreSQL"))
            } else {
                let options = SqliteConnectOptions::from_str(&self.url).expect("its address");
                let connection = options.busy_timeout(Duration::from_secs(30)).connect().await;
                Plain::Sqlite(connection.expect("the SQLite file opens"))
            });
        }
        plain
    }
}
