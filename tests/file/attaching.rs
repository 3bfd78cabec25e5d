//! Attaching files to messages.

use serde_json::{Value, json};
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, Person, opening, with};
use crate::support::files::upload_of;
use crate::support::{System, with_database};

const WITH_FILES: &str = "query($id: ID!) { ticket(id: $id) { files { name size downloadUrl } \
     timeline { nodes { kind files { name } } } } }";

/// Which messages of a ticket somebody sees, each with the names of its files.
async fn messages(app: &App, who: &Person, ticket: &Value) -> Value {
    app.settle().await;
    let answer = who.ask(WITH_FILES, json!({ "id": ticket["id"] })).await;
    assert_eq!(answer.error(), None, "{}", answer.text);
    let nodes = answer.payload()["timeline"]["nodes"].as_array().expect("entries").clone();
    let with_files = nodes.iter().filter(|node| node["files"] != json!([]));
    let names = |node: &Value| {
        let files = node["files"].as_array().expect("files").iter();
        let names: Vec<&str> = files.filter_map(|file| file["name"].as_str()).collect();
        json!([node["kind"], names.join(" ")])
    };
    with_files.map(names).collect()
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn requests_replies_and_notes_have_files(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let (one, two) = (
            app.uploaded(&customer, "one.log", b"1").await,
            app.uploaded(&customer, "two.log", b"22").await,
        );
        let files = json!({ "fileIds": [two, one, two] });
        let input = with(opening("bug_report"), &files);
        let key = json!({ "idempotencyKey": uuid::Uuid::from_u128(7) });
        let ticket = customer.expect_done("openTicket", with(input.clone(), &key)).await;
        let again = customer.expect_done("openTicket", with(input, &key)).await;
        assert_eq!(again["id"], ticket["id"], "a repeat is the same");
        let three = app.uploaded(&customer, "three.log", b"333").await;
        let reply = json!({ "ticketId": ticket["id"], "text": "See", "fileIds": [three] });
        customer.expect_done("addReply", reply).await;
        let four = app.uploaded(&agent, "four.log", b"4444").await;
        let note = json!({ "ticketId": ticket["id"], "text": "Look", "fileIds": [four] });
        agent.expect_done("addNote", note).await;
        let seen = json!([["OPENED", "two.log one.log"], ["REPLY_ADDED", "three.log"]]);
        assert_eq!(messages(&app, &customer, &ticket).await, seen);
        let note = json!(["NOTE_ADDED", "four.log"]);
        assert_eq!(messages(&app, &agent, &ticket).await, json!([seen[0], seen[1], note]));
        let answer = customer.ask(WITH_FILES, json!({ "id": ticket["id"] })).await;
        let sizes: Vec<&Value> = [0, 1].map(|at| &answer.payload()["files"][at]["size"]).to_vec();
        assert_eq!(sizes, [&json!(2), &json!(1)], "{}", answer.text);
        // A note's file does not exist for the customer, nor anything for others.
        assert!(customer.file(&four).await.is_null());
        assert!(agent.file(&three).await["downloadUrl"].is_string());
        let stranger = app.customer("Stranger").await;
        let away = app.agent("Away", &["sales"]).await;
        for file in [&one, &three, &four] {
            assert!(stranger.file(file).await.is_null() && away.file(file).await.is_null());
        }
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_message_has_so_many_files_of_its_writer_each_of_one_message(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let other = app.customer("Other").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let ticket = customer.expect_opened("bug_report").await;
        let theirs = app.uploaded(&other, "theirs.log", b"1").await;
        let taken = app.uploaded(&customer, "taken.log", b"1").await;
        let free = app.uploaded(&customer, "free.log", b"1").await;
        let (awaited, _) = customer.expect_requested(upload_of("awaited.log", 1)).await;
        let reply = |text: &str, files: Value| {
            json!({ "ticketId": ticket["id"], "text": text, "fileIds": files })
        };
        customer.expect_done("addReply", reply("First", json!([taken]))).await;
        let nothing = servicedesk::graphql::relay::global_id(
            servicedesk_domain::file::FileId::named("none"),
        );
        let many: Vec<String> = (0..21)
            .map(|number| {
                let id = servicedesk_domain::file::FileId::named(&number.to_string());
                servicedesk::graphql::relay::global_id(id).0
            })
            .collect();
        let head = app.head().await;
        for (files, code) in [
            (json!([free, taken]), "FILE_ATTACHED"),
            (json!([free, theirs]), "FILE_NOT_FOUND"),
            (json!([free, nothing.0]), "FILE_NOT_FOUND"),
            (json!([free, awaited]), "FILE_NOT_STORED"),
            (json!(many), "TOO_MANY_FILES"),
        ] {
            let answer = customer.act("addReply", reply("Second", files)).await;
            let error = &answer.payload()["userErrors"][0];
            assert_eq!(error["code"], code, "{}", answer.text);
            assert_eq!(error["field"], json!(["input", "fileIds"]), "{}", answer.text);
        }
        // What is refused for another reason leaves the files free.
        let refused = customer.act("addReply", reply(" ", json!([free]))).await;
        assert_eq!(refused.refusal(), Some("TEXT_EMPTY"));
        let stale = with(reply("Second", json!([free])), &json!({ "expectedVersion": 1 }));
        assert_eq!(customer.act("addReply", stale).await.error(), Some("CONFLICT"));
        let by_manager = manager.act("addReply", reply("Second", json!([free]))).await;
        assert_eq!(by_manager.refusal(), Some("FILE_NOT_FOUND"), "it is not the manager's");
        assert_eq!(app.head().await, head, "nothing was recorded");
        customer.expect_done("addReply", reply("Second", json!([free]))).await;
        let wrong = customer.act("addReply", reply("Third", json!([ticket["id"]]))).await;
        assert_eq!(wrong.error(), Some("BAD_USER_INPUT"), "{}", wrong.text);
    })
    .await;
}

/// Two messages at the same moment: one gets the file.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_that_many_messages_want_at_once_is_in_one(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let ticket = customer.expect_opened("bug_report").await;
        for round in 0..5 {
            let file = app.uploaded(&customer, &format!("{round}.log"), b"1").await;
            let send = |number: u32| {
                let (customer, text) = (customer.clone(), format!("Reply {number}"));
                let input = json!({ "ticketId": ticket["id"], "text": text, "fileIds": [file] });
                async move { customer.act("addReply", input).await.outcome().to_owned() }
            };
            let outcomes = futures::future::join_all((0..6).map(send)).await;
            let done = outcomes.iter().filter(|outcome| *outcome == "ok").count();
            assert_eq!(done, 1, "{outcomes:?}");
            let others = outcomes.iter().filter(|outcome| *outcome == "FILE_ATTACHED").count();
            assert_eq!(others, 5, "{outcomes:?}");
        }
        let seen = messages(&app, &customer, &ticket).await;
        assert_eq!(seen.as_array().map(Vec::len), Some(5), "{seen}");
    })
    .await;
}
