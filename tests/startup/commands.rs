//! The commands that look after people, tokens, the catalogue and the read models.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use test_case::test_case;
use uuid::Uuid;

use crate::support::process::{Server, printed, run, said};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn tokens_are_made_listed_and_revoked(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        let customer = printed(folder, url, &["customer", "add", "--name", "Customer"]).await;
        assert!(Uuid::parse_str(&customer).is_ok(), "{customer}");
        let staff = ["staff", "add", "--name", "Agent", "--department", "technical,sales"];
        let agent = printed(folder, url, &staff).await;
        let make = ["token", "create", "--customer", &customer, "--scopes", "read", "--label", "mine"];
        let token = printed(folder, url, &make).await;
        assert!(token.starts_with("sd_"), "{token}");
        let of_agent = printed(folder, url, &["token", "create", "--staff", &agent]).await;
        let listed = printed(folder, url, &["token", "list"]).await;
        assert_eq!(listed.lines().count(), 2, "{listed}");
        let line = listed.lines().find(|line| line.contains(&customer)).expect("the customer's");
        assert!(line.contains("valid") && line.contains("mine") && line.contains("read"), "{line}");
        assert!(!listed.contains(&token) && !listed.contains(&of_agent), "a token is never shown again");

        let server = Server::start(folder, url).await;
        let viewer = json!({ "query": "{ viewer { scopes customer { name } staffMember { departments { code } } } }" });
        let seen = server.send(&token, &viewer).await.expect("an answer");
        assert_eq!(seen["data"]["viewer"]["scopes"], json!(["READ"]));
        assert_eq!(seen["data"]["viewer"]["customer"]["name"], "Customer");
        let seen = server.send(&of_agent, &viewer).await.expect("an answer");
        let departments = &seen["data"]["viewer"]["staffMember"]["departments"];
        assert_eq!(*departments, json!([{ "code": "technical" }, { "code": "sales" }]));

        // A token made or revoked by the command line counts in the service that runs.
        let late = ["customer", "add", "--name", "Late", "--token"];
        let late = printed(folder, url, &late).await;
        let seen = server.send(&late, &viewer).await.expect("an answer");
        assert_eq!(seen["data"]["viewer"]["customer"]["name"], "Late", "{seen}");
        let id = line.split_whitespace().next().expect("an id").to_owned();
        assert_eq!(printed(folder, url, &["token", "revoke", &id]).await, "revoked");
        let refused = crate::support::in_time("the token's end", async {
            loop {
                let seen = server.send(&token, &viewer).await.expect("an answer");
                if !seen["errors"].is_null() {
                    return seen;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        });
        assert_eq!(refused.await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        let listed = printed(folder, url, &["token", "list"]).await;
        let line = listed.lines().find(|line| line.contains(&id)).expect("it stays in the list");
        assert!(line.contains("revoked"), "{line}");
        assert!(server.stop().await.success());
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_cannot_be_done_is_said_and_records_nothing(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        printed(folder, url, &["staff", "add", "--name", "Manager", "--role", "manager"]).await;
        let head = database.number("SELECT position FROM log_head").await;
        let nobody = Uuid::from_u128(1).to_string();
        let long = "x".repeat(300);
        for (arguments, named) in [
            (
                vec!["staff", "add", "--name", "Agent", "--department", "tecnical"],
                vec!["tecnical", "accounting", "technical", "sales", "licensing"],
            ),
            (vec!["staff", "add", "--name", "Agent"], vec!["department"]),
            (vec!["staff", "add", "--name", "", "--role", "manager"], vec!["name"]),
            (vec!["staff", "add", "--name", "Agent", "--role", "chief"], vec!["chief", "manager"]),
            (vec!["customer", "add", "--name", " "], vec!["name"]),
            (vec!["customer", "add", "--name", &long], vec!["name"]),
            (vec!["customer", "add"], vec!["--name"]),
            (vec!["token", "create"], vec!["--customer", "--staff"]),
            (vec!["token", "create", "--customer", &nobody], vec![&nobody]),
            (vec!["token", "create", "--staff", &nobody], vec![&nobody]),
            (vec!["token", "create", "--customer", "x"], vec!["x"]),
            (vec!["token", "create", "--customer", &nobody, "--scopes", "all"], vec!["all"]),
            (vec!["token", "create", "--customer", &nobody, "--days", "-1"], vec!["-1"]),
            (vec!["token", "revoke", &nobody], vec!["token"]),
            (vec!["token", "revoke", "x"], vec!["x"]),
            (vec!["rebuild", "nothing"], vec!["nothing", "department_queue"]),
            (vec!["catalogue", "load", "missing.toml"], vec!["missing.toml"]),
            (vec!["nothing"], vec!["nothing"]),
        ] {
            let output = run(folder, url, &arguments).await;
            assert!(!output.status.success(), "{arguments:?} succeeded");
            let said = said(&output);
            assert!(named.iter().all(|name| said.contains(name)), "{arguments:?}: {said}");
            assert!(!said.contains("panicked"), "{said}");
        }
        assert_eq!(database.number("SELECT position FROM log_head").await, head);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn status_shows_the_head_and_each_read_model(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        let before = printed(folder, url, &["status"]).await;
        assert!(before.starts_with("log head 0"), "{before}");
        let token =
            printed(folder, url, &["customer", "add", "--name", "Customer", "--token"]).await;
        let server = Server::start(folder, url).await;
        let head = database.number("SELECT position FROM log_head").await;
        server.settle(&token, head).await;
        assert!(server.stop().await.success());
        let status = printed(folder, url, &["status"]).await;
        assert!(
            status.starts_with(&format!("log head {head} on {}", database.system())),
            "{status}"
        );
        for name in servicedesk_projections::rebuild::names() {
            let line = status.lines().find(|line| line.starts_with(name)).expect(name);
            assert!(line.contains("sound"), "{line}");
            let words: Vec<_> = line.split_whitespace().collect();
            let lag = words.iter().position(|word| *word == "lag").map(|at| words[at + 1]);
            assert_eq!(lag, Some("0"), "{line}");
        }
        let fault =
            "UPDATE projection_checkpoints SET fault = 'broken' WHERE name = 'ticket_details'";
        database.run(fault).await.expect("it is set");
        let output = run(folder, url, &["status"]).await;
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("broken"));
        printed(folder, url, &["rebuild", "ticket_details"]).await;
        assert!(printed(folder, url, &["status"]).await.matches("sound").count() > 1);
    })
    .await;
}
