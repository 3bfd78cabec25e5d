//! Where the measured logs are: fresh databases that are removed at the end.

use std::sync::Mutex;

use anyhow::Context;
use servicedesk_eventlog::{Db, Log, MasterKey, MasterKeySource};
use servicedesk_service::clock;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// As many as the service itself opens.
const CONNECTIONS: u32 = 16;

/// A database system on which fresh databases are made.
#[derive(Debug)]
pub(crate) enum Store {
    /// A PostgreSQL server, and the databases made there.
    Postgres {
        /// The server's address.
        server: String,
        /// The names of the databases made so far.
        made: Mutex<Vec<String>>,
    },
    /// A folder for SQLite files.
    Sqlite(TempDir),
}

impl Store {
    /// On this server.
    pub(crate) async fn postgres(server: &str) -> anyhow::Result<Self> {
        PgConnection::connect(server).await.context("the PostgreSQL server")?;
        Ok(Self::Postgres { server: server.to_owned(), made: Mutex::default() })
    }

    /// In a folder beside the build, which is on a disk where a temporary folder may be in memory.
    pub(crate) fn sqlite() -> anyhow::Result<Self> {
        Ok(Self::Sqlite(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?))
    }

    /// The system's name, as tables show it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Postgres { .. } => "PostgreSQL",
            Self::Sqlite(_) => "SQLite",
        }
    }

    /// The address of a fresh database.
    pub(crate) async fn fresh(&self, name: &str) -> anyhow::Result<String> {
        match self {
            Self::Postgres { server, made } => {
                let name = format!("servicedesk_bench_{name}_{}", std::process::id());
                let mut connection = PgConnection::connect(server).await?;
                let create = format!("CREATE DATABASE {name}");
                sqlx::raw_sql(&create).execute(&mut connection).await?;
                made.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.push(name.clone());
                Ok(with_database(server, &name))
            }
            Self::Sqlite(folder) => {
                let path = folder.path().join(format!("{name}.db"));
                Ok(format!("sqlite:{}", path.to_str().context("a printable path")?))
            }
        }
    }

    /// Removes what was made. A failure is told and does no further harm.
    pub(crate) async fn remove(&self) {
        let Self::Postgres { server, made } = self else { return };
        let names = made.lock().map(|mut names| std::mem::take(&mut *names)).unwrap_or_default();
        for name in names {
            let dropped = async {
                let mut connection = PgConnection::connect(server).await?;
                let sql = format!("DROP DATABASE {name} WITH (FORCE)");
                sqlx::raw_sql(&sql).execute(&mut connection).await
            };
            if let Err(error) = dropped.await {
                eprintln!("bench: {name} is left behind: {error}");
            }
        }
    }
}

/// The address of another database on the same server, in a form that `pgbench` reads too.
fn with_database(server: &str, name: &str) -> String {
    let (address, parameters) = match server.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (server, String::new()),
    };
    let host_at = address.find("://").map_or(0, |at| at + 3);
    let path_at = address[host_at..].find('/').map_or(address.len(), |at| host_at + at);
    format!("{}/{name}{parameters}", &address[..path_at])
}

/// The master key of every database here.
pub(crate) const MASTER_KEY: &str =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn master_key() -> MasterKeySource {
    MasterKeySource::Given(MasterKey::parse(MASTER_KEY).expect("a key"))
}

/// Opens the log of a database, with the schema brought up to date.
pub(crate) async fn open_log(url: &str) -> anyhow::Result<Log> {
    let db = Db::open(url, CONNECTIONS, &master_key()).await?;
    Ok(Log::open(db, clock::system()).await?)
}
