//! Starting and stopping the service.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use test_case::test_case;

use crate::support::process::{Server, finished, free_address, printed, program, run, said};
use crate::support::{in_time, on_postgres};

#[tokio::test]
async fn the_first_start_makes_everything_and_the_second_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data/servicedesk.db");
    let mut heads = Vec::new();
    for _ in 0..2 {
        let server = Server::start_as(program(folder.path())).await;
        assert!(file.exists());
        let status = server.stop().await;
        assert_eq!(status.code(), Some(0), "{status}");
        let status = printed(folder.path(), "sqlite:data/servicedesk.db", &["status"]).await;
        heads.push(status.lines().next().expect("a head").to_owned());
    }
    assert_eq!(heads[0], heads[1]);
    assert_ne!(heads[0], "log head 0 on SQLite");
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_said_to_be_so() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("text.db"), "This is no database. ".repeat(200))
        .expect("written");
    std::fs::create_dir(folder.path().join("folder.db")).expect("made");
    for (url, named) in [
        ("mysql://localhost/desk", "mysql"),
        ("servicedesk.db", "postgres://"),
        ("", "postgres://"),
        ("sqlite:text.db", "database"),
        ("sqlite:folder.db", "database"),
        ("postgres://localhost:port/desk", "database"),
    ] {
        // Another test may have the usual port.
        let output = run(folder.path(), url, &["--listen", "127.0.0.1:0", "serve"]).await;
        assert!(!output.status.success(), "{url}");
        assert!(said(&output).contains(named), "{url}: {}", said(&output));
        assert!(!said(&output).contains("panicked"), "{}", said(&output));
    }
}

#[tokio::test]
async fn a_database_that_is_not_on_the_server_is_said_to_be_so() {
    on_postgres(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("{}_missing", database.url.split('?').next().expect("an address"));
        let output = run(folder.path(), &url, &["status"]).await;
        assert!(!output.status.success());
        assert!(said(&output).contains("does not exist"), "{}", said(&output));
    })
    .await;
}

#[tokio::test]
async fn a_database_server_that_is_not_there_is_said_to_be_so_without_its_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("postgres://desk:s3cret@{}/desk", free_address());
    let output = run(folder.path(), &url, &["status"]).await;
    assert!(!output.status.success());
    assert!(said(&output).contains("the database is not available"), "{}", said(&output));
    assert!(!said(&output).contains("s3cret"), "{}", said(&output));
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_port_in_use_is_said_to_be_so(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let output = run(folder.path(), &database.url, &["--listen", &address, "serve"]).await;
        assert!(!output.status.success());
        assert!(said(&output).contains(&address), "{}", said(&output));
        // It does not say first that it is to be found there.
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        drop(database.open().await);
        let none = if database.is_postgres() { "'\\x00'" } else { "x'00'" };
        let newer = format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'newer', TRUE, {none}, 0)"
        );
        database.run(&newer).await.expect("it is written");
        for arguments in [&["--listen", "127.0.0.1:0", "serve"][..], &["status"], &["customer", "add", "--name", "Customer"]] {
            let output = run(folder.path(), &database.url, arguments).await;
            assert!(!output.status.success(), "{arguments:?}");
            assert!(said(&output).contains("9999"), "{}", said(&output));
        }
        assert_eq!(database.number("SELECT position FROM log_head").await, 0);
    })
    .await;
}

#[tokio::test]
async fn two_services_that_start_at_once_load_the_catalogue_once() {
    on_postgres(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let start = || Server::start(folder.path(), &database.url);
        let (one, two, three) = tokio::join!(start(), start(), start());
        let defined = database.number(
            "SELECT COUNT(*) FROM events WHERE event_type = 'catalogue.department_defined'",
        );
        assert_eq!(defined.await, 4);
        for server in [one, two, three] {
            assert_eq!(server.stop().await.code(), Some(0));
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_service_that_is_told_to_end_does_so_although_somebody_watches(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let add = ["staff", "add", "--name", "Agent", "--department", "technical", "--token"];
        let token = printed(folder.path(), &database.url, &add).await;
        let server = Server::start(folder.path(), &database.url).await;
        let watch = json!({ "query": format!("subscription {{ queueChanged(departmentId: \"{}\") \
             {{ position }} }}", crate::support::app::department("technical")) });
        let response = reqwest::Client::new()
            .post(format!("http://{}/graphql", server.address))
            .bearer_auth(&token)
            .header("accept", "text/event-stream")
            .json(&watch)
            .send();
        let mut response = response.await.expect("a stream");
        let first = in_time("the snapshot", response.chunk()).await.expect("readable");
        assert!(first.is_some_and(|first| first.starts_with(b"event: next")));
        let status = server.stop().await;
        assert_eq!(status.code(), Some(0), "{status}");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_log_line_holds_no_token_and_no_text_of_a_customers(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("log");
        let add = ["customer", "add", "--name", "Customer", "--token"];
        let token = printed(folder.path(), &database.url, &add).await;
        let mut command = program(folder.path());
        command
            .args(["--database-url", &database.url])
            .env("SERVICEDESK_LOG", "debug,sqlx=warn")
            .stderr(std::fs::File::create(&log).expect("a file"));
        let server = Server::start_as(command).await;
        let input = crate::support::app::with(
            crate::support::app::opening("finance"),
            &json!({ "text": "A customer's secret" }),
        );
        let request = crate::support::app::mutation("openTicket", &input);
        let answer = server.send(&token, &request).await.expect("an answer");
        assert!(answer["errors"].is_null(), "{answer}");
        server.send("sd_wrong", &request).await.expect("an answer");
        assert!(server.stop().await.success());
        let lines = std::fs::read_to_string(&log).expect("a log");
        for secret in [token.as_str(), "A customer's secret", "sd_wrong"] {
            assert!(!lines.contains(secret), "{lines}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_program_tells_its_version_and_its_commands() {
    let folder = tempfile::tempdir().expect("a folder");
    for (argument, expected) in [("--version", env!("CARGO_PKG_VERSION")), ("--help", "rebuild")] {
        let mut command = program(folder.path());
        command.arg(argument);
        let output = finished(command).await;
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains(expected));
    }
}
