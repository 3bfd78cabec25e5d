//! The master key: where it is, what happens without it, and how it is replaced, with the program
//! itself.

use std::path::Path;

use servicedesk_domain::Event;
use servicedesk_domain::customer::CustomerEvent;
use servicedesk_eventlog::{Db, MasterKeySource, reader};

use crate::support::database::{MASTER_KEY, opened};
use crate::support::process::{finished, program, said};
use crate::support::{TestDatabase, on_both, on_sqlite};

const NAME: &str = "Prokofyevna";

/// Runs a command with the master key in a file of its own, or where the arguments say.
async fn run(folder: &Path, url: &str, arguments: &[&str]) -> std::process::Output {
    let mut command = program(folder);
    command.env_remove("SERVICEDESK_MASTER_KEY").args(["--database-url", url]).args(arguments);
    finished(command).await
}

async fn done(folder: &Path, url: &str, arguments: &[&str]) -> String {
    let output = run(folder, url, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("a text")
}

async fn refused(folder: &Path, url: &str, arguments: &[&str]) -> String {
    let output = run(folder, url, arguments).await;
    assert!(!output.status.success(), "{arguments:?} is not refused");
    said(&output)
}

async fn sealed(database: &TestDatabase) -> Vec<Option<String>> {
    database.texts("SELECT CAST(payload AS TEXT) FROM events ORDER BY position").await
}

#[tokio::test]
async fn a_master_key_is_made_once_and_its_loss_and_another_are_refused() {
    on_both(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        let file = match url.strip_prefix("sqlite:") {
            Some(path) => Path::new(&format!("{path}.key")).to_path_buf(),
            None => folder.join("data/master.key"),
        };
        done(folder, url, &["customer", "add", "--name", NAME]).await;
        let listed = sealed(&database).await;
        assert!(!format!("{listed:?}").contains(NAME));
        let key = std::fs::read(&file).expect("it was made");
        let id = done(folder, url, &["master-key", "id"]).await;
        assert_eq!(done(folder, url, &["master-key", "id"]).await, id);

        std::fs::remove_file(&file).expect("it is lost");
        let told = refused(folder, url, &["status"]).await;
        assert!(told.contains("is missing") && told.contains(id.trim()), "{told}");
        assert!(!file.exists(), "no other was made");
        std::fs::write(&file, MASTER_KEY).expect("another");
        let told = refused(folder, url, &["status"]).await;
        assert!(told.contains("was begun with") && !told.contains(MASTER_KEY), "{told}");
        std::fs::write(&file, key).expect("it is found");
        done(folder, url, &["status"]).await;
    })
    .await;
}

#[tokio::test]
async fn replacing_the_master_key_wraps_every_key_again_and_touches_no_event() {
    on_both(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        done(folder, url, &["customer", "add", "--name", NAME]).await;
        let (events, first) =
            (sealed(&database).await, done(folder, url, &["master-key", "id"]).await);
        let wrapped = "SELECT wrapped FROM person_keys ORDER BY person";
        let before = database.texts(wrapped).await;
        let told = done(folder, url, &["master-key", "replace"]).await;
        assert!(!told.contains(first.trim()), "{told}");
        let second = done(folder, url, &["master-key", "id"]).await;
        assert_ne!(first, second);
        assert_ne!(database.texts(wrapped).await, before);
        assert_eq!(sealed(&database).await, events);

        // Into a file that the operator names, and back into the environment's.
        let named = folder.join("named.key");
        let with = ["master-key", "replace", "--with", named.to_str().expect("a path")];
        done(folder, url, &with).await;
        let told = refused(folder, url, &["status"]).await;
        assert!(told.contains("was begun with"), "{told}");
        let source = MasterKeySource::File(named);
        let db = Db::open(url, 4, &source).await.expect("it is the right one");
        let read = reader::read_after(&db, 0, 10).await.expect("a sound log");
        let [event] = &opened(&db, read).await[..] else { panic!("one event") };
        let Event::Customer(CustomerEvent::Registered { name, .. }) = &event.event else {
            panic!("{event:?}");
        };
        assert_eq!(name.shown(), NAME);
        db.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_process_with_the_old_key_makes_no_keys_after_a_replacement() {
    on_sqlite(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let log = database.log().await;
        let register = |name: &str| {
            servicedesk_service::customer::registering::register(&log, name.to_owned())
        };
        register("Anna").await.expect("registered");
        let named = folder.path().join("named.key");
        let mut command = program(folder.path());
        let with = ["master-key", "replace", "--with", named.to_str().expect("a path")];
        command.args(["--database-url", &database.url]).args(with);
        let output = finished(command).await;
        assert!(output.status.success(), "{}", said(&output));
        let error = register("Boris").await.map(|_| ()).expect_err("the key is another");
        assert!(error.to_string().contains("was replaced"), "{error}");
        assert_eq!(database.number("SELECT COUNT(*) FROM person_keys").await, 1);
    })
    .await;
}
