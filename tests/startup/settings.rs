//! Configuration: what is in force, and what is refused by its name.

use std::process::Output;

use tempfile::TempDir;

use crate::support::process::{finished, program, said};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

async fn config(folder: &TempDir, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = program(folder.path());
    command.env_clear().envs(variables.iter().copied()).args(arguments).arg("config");
    finished(command).await
}

fn value(output: &Output, key: &str) -> String {
    assert!(output.status.success(), "{}", said(output));
    let text = String::from_utf8_lossy(&output.stdout);
    let table: toml::Table = text.parse().expect("TOML");
    table[key].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = folder();
    let default = config(&folder, &[], &[]).await;
    assert_eq!(value(&default, "database_url"), "sqlite:data/servicedesk.db");
    assert_eq!(value(&default, "listen"), "127.0.0.1:8080");
    std::fs::write(folder.path().join("servicedesk.toml"), "listen = \"127.0.0.1:1\"\n")
        .expect("written");
    assert_eq!(value(&config(&folder, &[], &[]).await, "listen"), "127.0.0.1:1");
    let variables = [("SERVICEDESK_LISTEN", "127.0.0.1:2"), ("DATABASE_URL", "sqlite:a")];
    let output = config(&folder, &variables, &[]).await;
    assert_eq!(value(&output, "listen"), "127.0.0.1:2");
    assert_eq!(value(&output, "database_url"), "sqlite:a");
    let flags = ["--listen", "127.0.0.1:3", "--database-url", "sqlite:b"];
    let output = config(&folder, &variables, &flags).await;
    assert_eq!(value(&output, "listen"), "127.0.0.1:3");
    assert_eq!(value(&output, "database_url"), "sqlite:b");
}

#[tokio::test]
async fn a_password_is_masked() {
    let folder = folder();
    let url = "postgres://desk:s3cret@db.example/desk";
    let output = config(&folder, &[("DATABASE_URL", url)], &[]).await;
    assert_eq!(value(&output, "database_url"), "postgres://desk:***@db.example/desk");
    assert!(!format!("{output:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_is_no_setting_is_an_error_that_names_it() {
    let folder = folder();
    let file = folder.path().join("other.toml");
    let path = file.to_str().expect("a text");
    for (content, named) in [
        ("lissten = \"127.0.0.1:1\"\n", "lissten"),
        ("[limits]\ndepht = 3\n", "depht"),
        ("listen = 7\n", "listen"),
        ("listen = \"nowhere\"\n", "listen"),
        ("listen = \n", "other.toml"),
        ("[limits]\nbucket_cost = nan\n", "limits.bucket_cost"),
        ("[limits]\nkey_checks_per_second = nan\n", "limits.key_checks_per_second"),
        ("[limits]\nrestore_rate = inf\n", "limits.restore_rate"),
        ("[limits]\nrestore_rate = -1.0\n", "limits.restore_rate"),
        ("[limits]\nconcurrent_requests = 0\n", "limits.concurrent_requests"),
        ("[limits]\nconcurrent_requests = 9223372036854775807\n", "limits.concurrent_requests"),
        ("[limits]\nbody_bytes = 0\n", "limits.body_bytes"),
        ("[limits]\nrequest_seconds = 0\n", "limits.request_seconds"),
        ("database_connections = 0\n", "database_connections"),
        ("database_url = \"servicedesk.db\"\n", "database_url"),
        ("public_url = \"desk.example.com\"\n", "public_url"),
        ("client_address_header = \"x forwarded for\"\n", "client_address_header"),
        ("log = \"info,=x=\"\n", "log"),
        ("files = \"\"\n", "files"),
    ] {
        std::fs::write(&file, content).expect("written");
        let output = config(&folder, &[], &["--config", path]).await;
        assert!(!output.status.success(), "{content}");
        assert!(said(&output).contains(named), "{content}: {}", said(&output));
    }
    let output = config(&folder, &[], &["--config", "missing.toml"]).await;
    assert!(
        !output.status.success() && said(&output).contains("missing.toml"),
        "{}",
        said(&output)
    );
    for (name, named) in
        [("SERVICEDESK_LISSTEN", "lissten"), ("SERVICEDESK_LIMITS__DEPHT", "depht")]
    {
        let output = config(&folder, &[(name, "1")], &[]).await;
        assert!(!output.status.success(), "{name}");
        assert!(said(&output).to_lowercase().contains(named), "{name}: {}", said(&output));
    }
    for arguments in [["--lissten", "x"], ["--port", "1"]] {
        let output = config(&folder, &[], &arguments).await;
        assert!(!output.status.success());
        assert!(said(&output).contains(arguments[0]), "{}", said(&output));
    }
}

#[tokio::test]
async fn the_printed_schema_is_the_committed_one() {
    let folder = folder();
    let mut command = program(folder.path());
    command.arg("schema");
    let output = finished(command).await;
    assert!(output.stdout == include_bytes!("../../web/schema.graphql"), "run `make schema`");
    assert!(!folder.path().join("data").exists(), "printing the schema needs no database");
}
