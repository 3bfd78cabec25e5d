//! Releases: announced, sent, published, withdrawn (R3).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::json;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use super::count;
use crate::support::app::{App, config, product, with};
use crate::support::process::{printed, run, said};
use crate::support::releases::{RELEASE_IDS, release};

const RELEASES: &str =
    "query($id: ID!) { releases(productId: $id) { version publishedAt withdrawnAt sha256 } }";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_release_is_there_for_customers_when_its_file_is(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let customer = app.customer("Customer").await;
        let file = vec![7; 300_000];
        let url = app.announce(&manager, release("1.0", &file)).await;
        app.settle().await;
        let of = json!({ "id": product("trading_robot") });
        let seen = async |who: &crate::support::app::Person| {
            who.ask(RELEASES, of.clone()).await.payload().as_array().map_or(0, Vec::len)
        };
        assert_eq!((seen(&customer).await, seen(&manager).await), (0, 1), "it is awaited");
        let sent = app.http("PUT", &url, &[], &file).await;
        assert_eq!(sent.status, 201, "{sent:?}");
        app.settle().await;
        assert_eq!((seen(&customer).await, seen(&manager).await), (1, 1));
        // Sent again it is refused, and announced again as well.
        assert_eq!(app.http("PUT", &url, &[], &file).await.status, 409);
        let again = manager.act("publishRelease", release("1.0", b"another")).await;
        assert_eq!(again.refusal(), Some("VERSION_PUBLISHED"));
        let withdraw = json!({ "releaseId": manager.ask(RELEASE_IDS, of.clone()).await.payload()[0]["id"], "reason": "Broken" });
        manager.expect_done("withdrawRelease", withdraw).await;
        app.settle().await;
        assert_eq!((seen(&customer).await, seen(&manager).await), (0, 1), "it is withdrawn");
    })
    .await;
}

/// A patch for an old line does not take the place of what is current.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_newest_release_is_the_highest_version(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        for version in ["1.9", "2.0-rc1", "1.10", "1.9.5"] {
            app.publish(&manager, version, version.as_bytes()).await;
        }
        app.settle().await;
        let of = json!({ "id": product("trading_robot") });
        let shown = manager.ask(RELEASES, of).await;
        let shown = shown.payload().as_array().expect("releases").clone();
        let versions: Vec<_> = shown.iter().map(|one| one["version"].clone()).collect();
        assert_eq!(versions, ["1.10", "1.9.5", "1.9", "2.0-rc1"]);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_that_is_not_what_was_announced_leaves_nothing(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let file = b"the file".to_vec();
        let url = app.announce(&manager, release("1.0", &file)).await;
        let head = app.head().await;
        let length = |number: &str| [("content-length", number.to_owned())];
        for (sent, told) in [
            (b"the other".to_vec(), "another length"),
            (b"the fil".to_vec(), "another length"),
            (Vec::new(), "another length"),
            (b"the fire".to_vec(), "another SHA-256"),
        ] {
            let answer = app.http("PUT", &url, &[], &sent).await;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 400, "{said}");
            assert!(said.contains(told), "{said}");
        }
        let [(name, value)] = length("9");
        let answer = app.http("PUT", &url, &[(name, &value)], &file).await;
        assert_eq!(answer.status, 400, "told before a byte is read");
        let changed = format!("{}A", &url[..url.len() - 1]);
        for wrong in [changed.as_str(), "/uploads/x", "/uploads/%2e%2e"] {
            if wrong != url {
                assert_eq!(app.http("PUT", wrong, &[], &file).await.status, 404, "{wrong}");
            }
        }
        assert_eq!(app.head().await, head, "nothing was recorded");
        let left = app.stored_files();
        assert!(left.is_empty(), "nothing is left of what was refused: {left:?}");
        // A link to send a file to is good for a day.
        app.advance(TimeDelta::hours(24));
        assert_eq!(app.http("PUT", &url, &[], &file).await.status, 410);
        let url = app.announce(&manager, release("1.0", &file)).await;
        assert_eq!(app.http("PUT", &url, &[], &file).await.status, 201);
    })
    .await;
}

/// What is longer than the service takes is refused when it is announced.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_may_be_so_long_and_no_longer(system: System) {
    with_database(system, |database| async move {
        let mut config = config();
        config.limits.release_bytes = 10;
        let app = App::start_with(&database, config).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let input = with(release("1.0", b"0123456789"), &json!({ "bytes": 11 }));
        let answer = manager.act("publishRelease", input).await;
        let error = &answer.payload()["userErrors"][0];
        assert_eq!((&error["code"], &error["limit"]), (&json!("SIZE_OUT_OF_RANGE"), &json!(10)));
        app.publish(&manager, "1.0", b"0123456789").await;
        assert_eq!(count(&app, "release.published").await, 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_command_line_publishes_and_looks_after_signing_keys(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        std::fs::write(folder.join("robot-1.0.zip"), b"the file").expect("written");
        std::fs::write(folder.join("notes.txt"), "Faster.").expect("written");
        let publish = |product, version| {
            let notes = ["--notes", "notes.txt", "robot-1.0.zip"];
            [["product", "publish", "--product", product, "--version", version].as_slice(), &notes]
                .concat()
        };
        let told = printed(folder, url, &publish("trading_robot", "1.0")).await;
        assert_eq!(told, "trading_robot 1.0 is published");
        let kept = std::fs::read_dir(folder.join("data/files/releases")).expect("a folder");
        assert_eq!(kept.count(), 1);
        for wrong in [publish("nothing", "1.0"), publish("trading_robot", "one two")] {
            let refused = run(folder, url, &wrong).await;
            assert!(!refused.status.success(), "{wrong:?}");
            assert!(said(&refused).contains("product") || said(&refused).contains("version"));
        }
        assert_eq!(printed(folder, url, &["keys", "list"]).await, "");
        let exported = printed(folder, url, &["keys", "export"]).await;
        let keys: serde_json::Value = serde_json::from_str(&exported).expect("JSON");
        assert_eq!(keys["1"].as_str().map(str::len), Some(64), "{exported}");
        let listed = printed(folder, url, &["keys", "rotate"]).await;
        let states: Vec<&str> =
            listed.lines().filter_map(|line| line.split_whitespace().last()).collect();
        assert_eq!(states, ["checks", "signs"], "{listed}");
    })
    .await;
}
