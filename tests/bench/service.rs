//! The program itself as a child process, on a port of its own on loopback.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use servicedesk_eventlog::Db;
use tokio::process::{Child, Command};

use crate::http::{self, Connection};
use crate::store::MASTER_KEY;

/// The program as it is shipped.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_servicedesk");
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is tried whether the service listens yet.
const STEP: Duration = Duration::from_micros(500);
const SET_HERE: [&str; 2] = ["SERVICEDESK_DATABASE_URL", "SERVICEDESK_LOG"];
/// Nobody comes near it.
const PLENTY: &str = "1000000000000";

/// A running service. It is killed when this is dropped.
pub(crate) struct Service {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Service {
    /// Starts it on a database, with limits that nobody reaches. It may not listen yet.
    pub(crate) fn start(url: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        drop(listener);
        let child = program(url)
            .arg("serve")
            .env("SERVICEDESK_LISTEN", address.to_string())
            .env("SERVICEDESK_LIMITS__BUCKET_COST", PLENTY)
            .env("SERVICEDESK_LIMITS__RESTORE_RATE", PLENTY)
            .spawn()?;
        Ok(Self { address, child })
    }

    /// Waits until it answers a query of the owner of the token.
    pub(crate) async fn first_answer(&self, token: &str) -> anyhow::Result<()> {
        let body = json!({ "query": "{ viewer { customer { id name } } }" }).to_string();
        let request = http::post(self.address, token, &body);
        let asked = async {
            loop {
                match Connection::open(self.address).await {
                    Ok(mut connection) => {
                        let answer = connection.ask(&request).await?;
                        let told = String::from_utf8_lossy(answer);
                        anyhow::ensure!(told.contains("Customer 1"), "not answered: {told}");
                        return Ok(());
                    }
                    Err(_) => tokio::time::sleep(STEP).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.context("the service does not answer")?
    }

    /// The process's id.
    pub(crate) fn process_id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the service has ended")
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// The program on a database, silent, ended with this process's interest in it.
pub(crate) fn program(url: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        // No settings of the user apply, neither from a file nor from the environment.
        .current_dir(Path::new(env!("CARGO_TARGET_TMPDIR")))
        .env_remove("DATABASE_URL")
        .env("SERVICEDESK_DATABASE_URL", url)
        .env("SERVICEDESK_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        let is_setting = name.to_string_lossy().starts_with("SERVICEDESK_");
        if is_setting && !SET_HERE.iter().any(|set| *set == name) {
            command.env_remove(name);
        }
    }
    command.env("SERVICEDESK_MASTER_KEY", MASTER_KEY);
    command
}

/// The position of the last event.
pub(crate) async fn head(db: &Db) -> anyhow::Result<i64> {
    Ok(servicedesk_eventlog::reader::head(db).await?)
}

/// Waits until every projection is at the head of the log.
pub(crate) async fn caught_up(db: &Db) -> anyhow::Result<()> {
    let waited = async {
        let head = head(db).await?;
        loop {
            let checkpoints = servicedesk_eventlog::checkpoint::all(db).await?;
            let is_there = |found: &servicedesk_eventlog::checkpoint::Checkpoint| {
                found.position >= head && found.fault.is_none()
            };
            if !checkpoints.is_empty() && checkpoints.iter().all(is_there) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.context("the projections do not catch up")?
}
