//! What becomes of files that nobody needs, and of what killed processes left.

use chrono::TimeDelta;
use serde_json::json;
use servicedesk::graphql::relay::parse_id;
use servicedesk_domain::access::Principal;
use servicedesk_domain::file::{Attachment, Command, File, FileId, Place, Uploader};
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::{MessageId, TicketId};
use servicedesk_service::desk::own_context;
use servicedesk_service::file::expiry;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, Person};
use crate::support::files::upload_of;
use crate::support::{System, with_database};

/// Claims a file as a process does that is killed before the message is recorded.
async fn claim(app: &App, by: &Person, file: &str, ticket: &serde_json::Value) {
    let Principal::Customer(customer_id) = by.principal else { panic!("they are a customer") };
    let ticket_id: TicketId = parse_id(&ticket["id"].as_str().expect("an id").into()).expect("one");
    let place = Place::Reply(MessageId::named("never recorded"));
    let by = Uploader::Customer(customer_id);
    let at = app.clock.now();
    let command = Command::Attach { by, to: Attachment { ticket_id, place }, at };
    let id: FileId = parse_id(&file.into()).expect("a file");
    let context = own_context(Actor::Customer(customer_id), at);
    app.log().execute::<File>(id.uuid(), command, context).await.expect("claimed");
    app.settle().await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_nobody_needs_is_gone_after_a_day_and_what_is_attached_stays(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("bug_report").await;
        let (begun, url) = customer.expect_requested(upload_of("begun.log", 9)).await;
        assert_eq!(app.patch(&customer, &url, 0, b"12").await.status, 204);
        let alone = app.uploaded(&customer, "alone.log", b"1").await;
        let claimed = app.uploaded(&customer, "claimed.log", b"1").await;
        claim(&app, &customer, &claimed, &ticket).await;
        let kept = app.uploaded(&customer, "kept.log", b"1").await;
        let reply = json!({ "ticketId": ticket["id"], "text": "See", "fileIds": [kept] });
        customer.expect_done("addReply", reply).await;
        app.settle().await;
        let desk = &app.service.app.desk;
        app.advance(TimeDelta::hours(23));
        assert_eq!(expiry::discard_due(desk).await, Ok(0));
        app.advance(TimeDelta::hours(2));
        assert!(expiry::discard_due(desk).await.expect("done") <= 4);
        app.settle().await;
        for (id, is_gone) in [(begun, true), (alone, true), (claimed, true), (kept, false)] {
            let file = customer.file(&id).await;
            assert_eq!(file["isDiscarded"], is_gone, "{file}");
            assert_eq!(file["downloadUrl"].is_string(), !is_gone, "{file}");
        }
        assert_eq!(app.stored_files().len(), 1, "{:?}", app.stored_files());
        // It is looked at once, and never again.
        app.advance(TimeDelta::days(99));
        assert_eq!(expiry::discard_due(desk).await, Ok(0));
        app.settle().await;
        assert_eq!(app.stored_files().len(), 1);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_killed_processes_were_writing_is_removed(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let stored = app.uploaded(&customer, "stored.log", b"1").await;
        let (_, awaited) = customer.expect_requested(upload_of("awaited.log", 9)).await;
        let id: FileId = parse_id(&stored.into()).expect("a file");
        let awaited = awaited.rsplit('/').next().expect("an id").to_owned();
        let folder = database.files();
        let now = std::time::SystemTime::from(app.clock.now());
        let day = std::time::Duration::from_hours(24);
        let write = |path: String, age: std::time::Duration| {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            let file = std::fs::File::create(&path).expect("written");
            file.set_modified(now - age).expect("a time");
            path
        };
        let gone = [
            // As earlier versions called what they were writing.
            write("incoming/0198c0de-0000-7000-8000-000000000001.part".to_owned(), 2 * day),
            write("releases/a-b#1".to_owned(), 2 * day),
            write(format!("files/{id}/000000000001#2"), 2 * day),
            write(format!("incoming/{id}/attempt/000000000000"), day / 24),
        ];
        let stays = [
            write("releases/a-b#2".to_owned(), day / 24),
            write("releases/a-b".to_owned(), 2 * day),
            write(format!("incoming/{awaited}/attempt/000000000000"), day / 24),
            folder.join(format!("files/{id}/000000000000")),
        ];
        expiry::sweep(&app.service.app.desk).await.expect("looked through");
        for path in gone {
            assert!(!path.exists(), "{}", path.display());
        }
        for path in stays {
            assert!(path.exists(), "{}", path.display());
        }
    })
    .await;
}
