//! A database that is not there yet, goes away, comes back, or is no longer the one that it was.

use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde_json::json;
use servicedesk_eventlog::DbError;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::app::{mutation, opening, with};
use crate::support::database::master_key;
use crate::support::process::{Server, finished, free_address, printed, program, said};
use crate::support::{TestDatabase, in_time, on_both, on_postgres, on_sqlite};

/// A way to the database that can be closed, with everybody on it.
struct Way {
    address: SocketAddr,
    to: SocketAddr,
    open: Option<JoinHandle<()>>,
    frozen: watch::Sender<bool>,
}

impl Way {
    fn closed(database: &TestDatabase) -> Self {
        let options = PgConnectOptions::from_str(&database.url).expect("an address");
        let to = format!("{}:{}", options.get_host(), options.get_port());
        let to = to.parse().expect("an address of numbers");
        Self { address: free_address(), to, open: None, frozen: watch::Sender::new(false) }
    }

    /// The address of the database by this way.
    fn url(&self, database: &TestDatabase) -> String {
        let options = PgConnectOptions::from_str(&database.url).expect("an address");
        options.port(self.address.port()).to_url_lossy().to_string()
    }

    async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("a free port");
        let to = self.to;
        self.frozen.send_replace(false);
        let frozen = self.frozen.subscribe();
        self.open = Some(tokio::spawn(async move {
            let mut travellers = tokio::task::JoinSet::new();
            while let Ok((mut from, _)) = listener.accept().await {
                let mut frozen = frozen.clone();
                travellers.spawn(async move {
                    let mut onward = TcpStream::connect(to).await?;
                    let until_frozen = async { drop(frozen.wait_for(|frozen| *frozen).await) };
                    tokio::select! {
                        copied = tokio::io::copy_bidirectional(&mut from, &mut onward) => copied,
                        () = until_frozen => std::future::pending().await,
                    }
                });
            }
        }));
    }

    /// Nothing comes through any more, and nobody is told, as when a network is cut.
    fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    async fn close(&mut self) {
        let open = self.open.take().expect("it is open");
        open.abort();
        assert!(open.await.is_err_and(|error| error.is_cancelled()));
    }
}

/// What readiness says, which it says at once.
async fn readiness(server: &Server) -> u16 {
    let begun = Instant::now();
    let answer = reqwest::get(format!("http://{}/readyz", server.address)).await;
    let status = answer.expect("an answer").status().as_u16();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    status
}

/// Waits until the file holds the text.
async fn says(file: &Path, text: &str) {
    loop {
        if std::fs::read_to_string(file).is_ok_and(|said| said.contains(text)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_waited_for_and_its_absence_is_told_by_name() {
    on_postgres(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let add = ["customer", "add", "--name", "Customer", "--token"];
        let token = printed(folder.path(), &database.url, &add).await;
        let mut way = Way::closed(&database);
        let log = folder.path().join("log");
        let mut command = program(folder.path());
        command
            .args(["--database-url", &way.url(&database)])
            .stderr(std::fs::File::create(&log).expect("a file"));
        let starting = tokio::spawn(Server::start_as(command));
        in_time("the wait", says(&log, "waiting up to 60 s for the database")).await;
        way.open().await;
        let server = in_time("the start", starting).await.expect("no panic");

        for (number, is_silent) in [(1, false), (2, true)] {
            let key = format!("0191d1f2-0000-7000-8000-00000000000{number}");
            let input = with(opening("finance"), &json!({ "idempotencyKey": key }));
            let request = mutation("openTicket", &input);
            if is_silent {
                way.freeze();
            } else {
                way.close().await;
            }
            let begun = Instant::now();
            let answer = server.send(&token, &request).await.expect("an answer");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
            assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
            assert_eq!(readiness(&server).await, 503);

            if is_silent {
                way.close().await;
            }
            way.open().await;
            let answer = server.send(&token, &request).await.expect("an answer");
            assert!(answer["errors"].is_null(), "{answer}");
            let opened = "SELECT COUNT(*) FROM events WHERE event_type = 'ticket.opened'";
            assert_eq!(database.number(opened).await, number);
        }
        assert_eq!(server.stop().await.code(), Some(0));
    })
    .await;
}

#[tokio::test]
async fn a_database_that_does_not_come_is_not_waited_for_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = program(folder.path());
    let url = format!("postgres://desk@{}/desk", free_address());
    command.args(["--database-url", &url, "serve"]).env("SERVICEDESK_DATABASE_WAIT_SECONDS", "1");
    let output = finished(command).await;
    assert!(!output.status.success());
    assert!(said(&output).contains("waiting up to 1 s"), "{}", said(&output));
    assert!(said(&output).contains("the database is not available"), "{}", said(&output));
}

#[tokio::test]
async fn a_process_whose_log_has_lost_its_end_says_so_and_ends() {
    on_both(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("log");
        let mut command = program(folder.path());
        command
            .args(["--database-url", &database.url])
            .stderr(std::fs::File::create(&log).expect("a file"));
        let server = Server::start_as(command).await;
        let off = if database.is_postgres() {
            "ALTER TABLE events DISABLE TRIGGER ALL"
        } else {
            "DROP TRIGGER events_no_delete"
        };
        database.run(off).await.expect("the owner can");
        let lose = "DELETE FROM events WHERE position = (SELECT position FROM log_head); \
             UPDATE log_head SET position = position - 1";
        database.run(lose).await.expect("the owner can");
        assert_eq!(server.ended().await.code(), Some(1));
        let said = std::fs::read_to_string(&log).expect("a log");
        assert!(said.contains("servicedesk: the log is not the one"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_by_readiness() {
    on_sqlite(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(folder.path(), &database.url).await;
        let file = database.url.trim_start_matches("sqlite:").to_owned();
        let aside = format!("{file}.aside");
        std::fs::rename(&file, &aside).expect("moved");
        assert_eq!(readiness(&server).await, 503);
        std::fs::rename(&aside, &file).expect("moved back");
        assert_eq!(readiness(&server).await, 200);
    })
    .await;
}

/// Where Debian puts it, which is in no ordinary user's path.
const PGBOUNCER: &str = "/usr/sbin/pgbouncer";

/// `PgBouncer` in this mode before the database, and the address that leads through it.
fn pooled(database: &TestDatabase, mode: &str, folder: &Path) -> (tokio::process::Child, String) {
    let options = PgConnectOptions::from_str(&database.url).expect("an address");
    let address = free_address();
    let settings = format!(
        "[databases]\n{} = user={} host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
         default_pool_size = 20\n",
        options.get_database().expect("a database"),
        options.get_username(),
        options.get_host(),
        options.get_port(),
        address.port()
    );
    let file = folder.join("pgbouncer.ini");
    std::fs::write(&file, settings).expect("written");
    let mut command = tokio::process::Command::new(PGBOUNCER);
    if std::fs::metadata(&file).expect("it is there").uid() == 0 {
        // It refuses to be root, and must be able to read its settings as somebody else.
        let readable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder, readable).expect("opened");
        command.args(["-u", "nobody"]);
    }
    command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let url = options.port(address.port()).to_url_lossy().to_string();
    (command.spawn().expect("it starts"), url)
}

#[tokio::test]
async fn a_pooler_that_shares_connections_is_refused_by_name_and_one_that_does_not_works() {
    if !Path::new(PGBOUNCER).exists() {
        eprintln!("NOT TESTED with PgBouncer: {PGBOUNCER} is not installed");
        return;
    }
    on_postgres(|database| async move {
        for mode in ["transaction", "statement", "session"] {
            let folder = tempfile::tempdir().expect("a folder");
            let (_pooler, url) = pooled(&database, mode, folder.path());
            let opened = in_time("the pooler", async {
                loop {
                    match servicedesk_eventlog::Db::open(&url, 6, &master_key()).await {
                        Err(DbError::Unavailable(_)) => {
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                        opened => break opened,
                    }
                }
            })
            .await;
            if mode == "session" {
                let log = servicedesk_eventlog::Log::open(
                    opened.expect("it opens"),
                    database.clock.as_log_clock(),
                );
                let log = log.await.expect("the log opens");
                crate::support::desk::opened(&log, "1").await;
            } else {
                let error = opened.expect_err("refused");
                assert!(error.to_string().contains("pool_mode = session"), "{mode}: {error}");
            }
        }
    })
    .await;
}
