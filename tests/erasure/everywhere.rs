//! What is left of an erased person: nothing that anybody could read, in no table, in no file.

use serde_json::{Value, json};
use servicedesk::graphql::relay::parse_id;
use servicedesk_domain::access::Principal;
use servicedesk_domain::staff::Role;
use servicedesk_projections::rebuild::{names, rebuild};
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::app::{App, Person, licence, opening, with};
use crate::support::applications::free_advisor;
use crate::support::browser::{Browser, PASSWORD};
use crate::support::payloads::erasure_of;
use crate::support::{System, TestDatabase, with_database};

const EMAIL: &str = "zlatoslava@example.com";
const ACCOUNT: &str = "77001122";
/// Each is written in one place of its own, and nowhere else.
const WORDS: [&str; 13] = [
    "zlatoslava",
    "Prokofyevna",
    "kuropatka",
    "medovukha",
    "prostokvasha",
    "varenets",
    "kulebyaka",
    "rassolnik",
    "botvinya",
    "solyanka",
    "syrniki",
    "okroshka",
    ACCOUNT,
];

/// A customer of whom something is known in as many places as there are.
struct Known {
    anna: Person,
    browser: Browser,
    admin: Person,
    ticket: Value,
}

async fn known(app: &App) -> Known {
    let mut browser = Browser::open(app).await;
    let joined = browser.join_as(app, EMAIL, "Prokofyevna").await;
    let id = joined.payload()["customer"]["id"].as_str().expect("an id").to_owned();
    let id = async_graphql::ID(id);
    let principal = Principal::Customer(parse_id(&id).expect("a customer"));
    let anna = app.person(id.0, principal).await;
    let admin = app.staff("Admin", Role::Admin, &["technical", "licensing"]).await;
    let words = json!({ "subject": "kuropatka", "text": "medovukha" });
    let ticket = anna.expect_done("openTicket", with(opening("bug_report"), &words)).await;
    let on_it = |further: Value| with(json!({ "ticketId": ticket["id"] }), &further);
    let sent = app.uploaded(&anna, "okroshka.txt", b"A file of hers").await;
    let reply = json!({ "text": "prostokvasha", "fileIds": [sent] });
    anna.expect_done("addReply", on_it(reply)).await;
    let about = app.uploaded(&admin, "about.txt", b"A file about her").await;
    admin.expect_done("addNote", on_it(json!({ "text": "varenets", "fileIds": [about] }))).await;
    // What waits for a message.
    app.uploaded(&anna, "waits.txt", b"Another file of hers").await;
    admin.expect_done_on("acceptTicket", &ticket).await;
    admin
        .expect_done(
            "grantLicence",
            with(
                licence(&anna),
                &json!({
        "accountNumbers": [ACCOUNT] }),
            ),
        )
        .await;
    admin.expect_done("logTime", on_it(json!({ "minutes": 5, "note": "kulebyaka" }))).await;
    admin.expect_done("resolveTicket", on_it(json!({ "summary": "rassolnik" }))).await;
    anna.expect_done("reopenTicket", on_it(json!({ "reason": "botvinya" }))).await;
    let payment = json!({ "customerId": anna.id, "reference": "solyanka",
                          "amount": { "amount": "5.00", "currency": "USD" },
                          "receivedOn": app.clock.now().date_naive() });
    admin.expect_done("recordPayment", payment).await;
    let wish = with(free_advisor(ACCOUNT), &json!({ "comment": "syrniki" }));
    anna.expect_done("applyForFreeAdvisor", wish).await;
    // A message that waits, and a code beside the log.
    assert_eq!(
        browser.act("requestPasswordReset", json!({ "email": EMAIL })).await.outcome(),
        "ok"
    );
    app.settle().await;
    Known { anna, browser, admin, ticket }
}

/// Every row of every table as a text.
async fn every_row(database: &TestDatabase) -> String {
    let tables = if database.is_postgres() {
        "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    let tables: Vec<String> = database.texts(tables).await.into_iter().flatten().collect();
    for name in names() {
        assert!(tables.iter().any(|table| table == name), "{name} is not looked at");
    }
    let mut all = Vec::new();
    for table in tables.iter().filter(|table| !table.starts_with("_sqlx")) {
        all.push(format!("{table}: {:?}", database.table(table).await));
    }
    all.join("\n")
}

fn words_in(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    WORDS.into_iter().filter(|word| text.contains(&word.to_lowercase())).collect()
}

/// What is on the disk of a SQLite database, as far as it is a text.
fn files_of(database: &TestDatabase) -> String {
    let path = database.url.trim_start_matches("sqlite:");
    let read = |suffix: &str| std::fs::read(format!("{path}{suffix}")).unwrap_or_default();
    String::from_utf8_lossy(&[read(""), read("-wal")].concat()).into_owned()
}

const SHOWN: &str = "query($ticket: ID!, $customer: ID!) {
  ticket(id: $ticket) {
    subject text customer { name erasedAt }
    timeline { nodes { text files { name } } }
    timeEntries { nodes { note } }
  }
  customer: node(id: $customer) { ... on Customer {
    name
    licences { nodes { accountNumbers } }
    applications { nodes { accountNumber comment } }
    supportAccount { balance { amount } payments { amount { amount } reference } }
  } }
}";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn nothing_of_an_erased_person_can_be_read_anywhere(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let other_process = App::start(&database).await;
        let Known { anna, mut browser, admin, ticket } = known(&app).await;
        let asked = json!({ "ticket": ticket["id"], "customer": anna.id });
        let found = |admin: Person| async move {
            let query = "{ tickets(filter: { text: \"kuropatka\" }) { nodes { id } } }";
            let answer = admin.ask(query, json!({})).await;
            answer.body["data"]["tickets"]["nodes"].as_array().map(Vec::len)
        };
        let before = admin.ask(SHOWN, asked.clone()).await;
        assert_eq!(before.error(), None, "{}", before.text);
        let shown = words_in(&before.text);
        assert_eq!(shown.len(), WORDS.len() - 1, "{shown:?} are shown in {}", before.text);
        assert_eq!(browser.viewer().await["email"], EMAIL);
        assert_eq!(found(admin.clone()).await, Some(1));
        // Even before, nothing is readable in the tables but what must be searched and sent.
        let searched = ["zlatoslava", "Prokofyevna", "kuropatka"];
        assert_eq!(words_in(&every_row(&database).await), searched);
        assert_eq!(app.mails().len(), 2, "one to confirm, one to reset");
        assert_eq!(app.stored_files().len(), 3);

        admin.expect_done("eraseCustomer", erasure_of(&anna, "Prokofyevna")).await;
        app.settle().await;
        other_process.settle().await;

        assert_eq!(words_in(&every_row(&database).await), Vec::<&str>::new());
        if !database.is_postgres() {
            assert_eq!(words_in(&files_of(&database)), Vec::<&str>::new());
        }
        assert_eq!(app.mails(), Vec::<String>::new());
        assert_eq!(app.stored_files(), Vec::<String>::new());
        for admin in [admin.clone(), admin.at(&other_process)] {
            let after = admin.ask(SHOWN, asked.clone()).await;
            assert_eq!(after.error(), None, "{}", after.text);
            assert_eq!(words_in(&after.text), Vec::<&str>::new(), "{}", after.text);
            let (before, after) = (&before.body["data"], &after.body["data"]);
            assert_eq!(after["ticket"]["subject"], "[erased]");
            assert_eq!(after["ticket"]["customer"]["name"], "[erased]");
            assert!(after["ticket"]["customer"]["erasedAt"].is_string());
            let balance = |shown: &Value| shown["customer"]["supportAccount"]["balance"].clone();
            assert_eq!(balance(after), balance(before));
            assert_eq!(found(admin).await, Some(0));
        }
        // Nobody gets in as her, and nothing more is written about her.
        for anna in [anna.clone(), anna.at(&other_process)] {
            let refused = anna.act("openTicket", opening("bug_report")).await;
            assert_eq!(refused.error(), Some("UNAUTHENTICATED"), "{}", refused.text);
        }
        assert_eq!(browser.viewer().await, Value::Null);
        assert_eq!(browser.log_in(EMAIL, PASSWORD).await.outcome(), "WRONG_CREDENTIALS");
        let input = json!({ "ticketId": ticket["id"], "text": "medovukha" });
        let refused = admin.act("addReply", input).await;
        assert_eq!(refused.error(), Some("ERASED"), "{}", refused.text);
        // What can be done without a text is done.
        admin.expect_done_on("acceptTicket", &ticket).await;

        // A rebuild gives the same, and the address is anybody's again.
        app.settle().await;
        let live = database.projected().await;
        rebuild(app.log(), &names(), &mut |_, _| {}).await.expect("rebuilt");
        for ((table, live), (_, rebuilt)) in live.iter().zip(&database.projected().await) {
            assert_eq!(live, rebuilt, "the rows of {table} differ");
        }
        let mut browser = browser.another("192.0.2.7");
        let joined = browser.join_as(&app, EMAIL, "Another").await;
        assert_eq!(joined.outcome(), "ok", "{}", joined.text);
        assert_ne!(joined.payload()["customer"]["id"], json!(anna.id));
    })
    .await;
}
