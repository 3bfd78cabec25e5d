//! What commands print: a closed pipe ends them in silence, a full disk is told, and nothing is
//! asked of a terminal that is not there.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::process::{Output, Stdio};

use crate::support::process::{finished, printed, program, said};
use crate::support::{TestDatabase, on_sqlite};

/// Every command that prints.
fn commands(customer: &str) -> Vec<Vec<String>> {
    let of = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let create = ["token", "create", "--customer", customer].map(str::to_owned).to_vec();
    [
        "--help",
        "--version",
        "help import",
        "schema",
        "config",
        "status",
        "token list",
        "customer add --name Other",
        "customer add --name Other --token",
        "staff add --name Agent --department technical",
        "catalogue load catalogue.toml",
        "keys list",
        "keys export",
        "sla report",
        "sla report --csv",
        "sla forecast",
        "rebuild",
        "import --mapping mapping.toml history.csv",
    ]
    .iter()
    .map(|words| of(words))
    .chain([create])
    .collect()
}

async fn prepared(database: &TestDatabase) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("mapping.toml", include_str!("../../imports/osticket.toml"));
    write("history.csv", include_str!("../import/samples/osticket.csv"));
    write("catalogue.toml", include_str!("../../service/src/catalogue/default.toml"));
    let add = ["customer", "add", "--name", "Customer"];
    let customer = printed(folder.path(), &database.url, &add).await;
    // A key and a token to be listed.
    printed(folder.path(), &database.url, &["keys", "rotate"]).await;
    let add = ["customer", "add", "--name", "With a token", "--token"];
    printed(folder.path(), &database.url, &add).await;
    (folder, customer)
}

async fn run(
    folder: &tempfile::TempDir,
    url: &str,
    arguments: &[String],
    (stdout, stderr): (Stdio, Stdio),
) -> Output {
    let mut command = program(folder.path());
    command.args(["--database-url", url]).args(arguments).stdout(stdout).stderr(stderr);
    let child = command.spawn().expect("the program starts");
    let ended = crate::support::in_time("the program's end", child.wait_with_output());
    ended.await.expect("its output")
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").expect("it is there").into()
}

/// The end of a pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    OwnedFd::from(writer).into()
}

#[tokio::test]
async fn a_closed_pipe_ends_every_command_in_silence() {
    on_sqlite(|database| async move {
        let (folder, customer) = prepared(&database).await;
        for arguments in commands(&customer) {
            let output = run(&folder, &database.url, &arguments, (closed(), Stdio::piped())).await;
            let said = said(&output);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
            let is_told = said.contains("panicked") || said.contains("pipe");
            assert!(!is_told, "{arguments:?}: {said}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_is_told_by_every_command() {
    on_sqlite(|database| async move {
        let (folder, customer) = prepared(&database).await;
        for arguments in commands(&customer) {
            let output = run(&folder, &database.url, &arguments, (full(), Stdio::piped())).await;
            let said = said(&output);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
            let is_told = said.contains("standard output cannot be written: No space left");
            assert!(is_told && !said.contains("panicked"), "{arguments:?}: {said}");
        }
    })
    .await;
}

#[tokio::test]
async fn errors_that_cannot_be_written_end_no_command_early() {
    on_sqlite(|database| async move {
        let (folder, customer) = prepared(&database).await;
        for arguments in commands(&customer) {
            let output = run(&folder, &database.url, &arguments, (Stdio::piped(), full())).await;
            assert_eq!(output.status.code(), Some(0), "{arguments:?}");
            assert!(!output.stdout.is_empty(), "{arguments:?}");
        }
        let mut command = program(folder.path());
        command.args(["--database-url", "sqlite:folder/", "status"]).stderr(full());
        let output = finished_without_errors(command).await;
        assert_eq!(output.status.code(), Some(1), "it fails, and is not broken off");
    })
    .await;
}

/// The program's end, its standard error being what it is.
async fn finished_without_errors(mut command: tokio::process::Command) -> Output {
    let child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    child.wait_with_output().await.expect("its output")
}

#[tokio::test]
async fn nothing_is_asked_of_a_terminal_that_is_not_there() {
    on_sqlite(|database| async move {
        let (folder, customer) = prepared(&database).await;
        for arguments in commands(&customer) {
            let mut command = program(folder.path());
            command.args(["--database-url", &database.url]).args(&arguments);
            let output = finished(command).await;
            assert!(output.status.success(), "{arguments:?}: {}", said(&output));
            let shown = [&output.stdout[..], &output.stderr[..]].concat();
            let has_controls = shown.iter().any(|byte| *byte == 0x1b || *byte == b'\r');
            assert!(!has_controls, "{arguments:?}: {}", String::from_utf8_lossy(&shown));
        }
    })
    .await;
}
