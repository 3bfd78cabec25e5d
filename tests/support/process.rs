//! The real program as processes of their own, which tests start, ask, stop and kill.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::database::MASTER_KEY;
use super::in_time;

const POLL: Duration = Duration::from_millis(10);

/// The program with nothing in its environment but what a test gives it, in a folder of its own.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_servicedesk"));
    command
        .env_clear()
        .env("SERVICEDESK_LIMITS__BUCKET_COST", "1000000000")
        .env("SERVICEDESK_MASTER_KEY", MASTER_KEY)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs one command of the program to its end.
pub(crate) async fn run(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    let mut command = program(folder);
    command.args(["--database-url", url]).args(arguments);
    finished(command).await
}

/// Runs the program to its end.
pub(crate) async fn finished(mut command: Command) -> Output {
    in_time("the program's end", command.output()).await.expect("the program starts")
}

/// Runs one command of the program, which must succeed, and gives what it prints.
pub(crate) async fn printed(folder: &Path, url: &str, arguments: &[&str]) -> String {
    let output = run(folder, url, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("a text").trim_end().to_owned()
}

/// What the program wrote as an error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The service as a process of its own.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
}

/// An address of this machine at which nobody listens.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

impl Server {
    /// Starts the service on a database and waits until it is ready.
    pub(crate) async fn start(folder: &Path, url: &str) -> Self {
        let mut command = program(folder);
        command.args(["--database-url", url]);
        Self::start_as(command).await
    }

    /// Starts the service and waits until it is ready.
    pub(crate) async fn start_as(mut command: Command) -> Self {
        let address = free_address();
        command.args(["--listen", &address.to_string(), "serve"]).stdout(Stdio::null());
        let child = command.spawn().expect("the program starts");
        let mut server = Self { child, address, client: reqwest::Client::new() };
        in_time("the service's readiness", server.ready()).await;
        server
    }

    async fn ready(&mut self) {
        let url = format!("http://{}/readyz", self.address);
        loop {
            let answer = self.client.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.child.try_wait().expect("its state is known");
            assert!(ended.is_none(), "the service has ended: {ended:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Sends a request; an error where no whole answer came.
    pub(crate) async fn send(&self, token: &str, request: &Value) -> Result<Value, reqwest::Error> {
        send(&self.client, self.address, token, request).await
    }

    /// Waits until the read models show everything that is recorded.
    pub(crate) async fn settle(&self, token: &str, head: i64) {
        let query = "query($at: EventPosition!) { catalogue(consistentWith: $at) { reopenDays } }";
        let request = json!({ "query": query, "variables": { "at": head.to_string() } });
        let answer = self.send(token, &request).await.expect("an answer");
        assert!(answer["errors"].is_null(), "{answer}");
    }

    /// Kills the process as a power cut would, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it is killed");
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        in_time("the service's end", self.child.wait()).await.expect("its status")
    }

    /// Asks the process to end, and waits until it has.
    pub(crate) async fn stop(mut self) -> ExitStatus {
        let id = self.child.id().expect("it runs").to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(told.expect("kill is there").success());
        in_time("the service's end", self.child.wait()).await.expect("its status")
    }
}

/// Sends a request to a process; an error where no whole answer came.
pub(crate) async fn send(
    client: &reqwest::Client,
    address: SocketAddr,
    token: &str,
    request: &Value,
) -> Result<Value, reqwest::Error> {
    let url = format!("http://{address}/graphql");
    client.post(url).bearer_auth(token).json(request).send().await?.json().await
}
