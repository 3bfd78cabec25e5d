//! No free minute is drawn twice and no work is lost, however many log at once, and whatever is
//! killed between the ticket's event and the account's (`quality.md` Q1, Q2).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use test_case::test_case;

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use servicedesk::graphql::relay::parse_id;
use servicedesk_domain::customer::CustomerId;
use servicedesk_projections::billing::support_accounts;
use servicedesk_projections::ticket::time_entries;
use uuid::Uuid;

use super::model::Model;
use crate::support::app::{category, mutation, product};
use crate::support::process::{Server, printed, send};
use crate::support::{PATIENCE, TestDatabase, in_time, on_postgres};

const CLIENTS: u32 = 200;
const ROUNDS: u32 = 4;

/// A customer with a licence and tickets on which charges are agreed, and an agent.
struct Desk {
    agent: String,
    customer_id: CustomerId,
    tickets: Vec<String>,
    client: reqwest::Client,
}

impl Desk {
    async fn of(folder: &Path, url: &str, server: &Server, is_agreed: bool) -> Self {
        const AGENT: &[&str] =
            &["staff", "add", "--token", "--name", "Agent", "--department", "technical"];
        let add = |arguments: &'static [&'static str]| printed(folder, url, arguments);
        let customer = add(&["customer", "add", "--token", "--name", "Customer"]).await;
        let agent = add(AGENT).await;
        let manager = add(&["staff", "add", "--token", "--role", "manager", "--name", "M"]).await;
        let done = |token: String, name: &'static str, input: Value| async move {
            let answer = server.send(&token, &mutation(name, &input)).await.expect("an answer");
            let payload = answer["data"][name].clone();
            assert_eq!(payload["userErrors"], json!([]), "{answer}");
            payload
        };
        let viewer = json!({ "query": "{ viewer { customer { id } } }" });
        let viewer = server.send(&customer, &viewer).await.expect("an answer");
        let id = viewer["data"]["viewer"]["customer"]["id"].as_str().expect("an id");
        let granted = json!({ "customerId": id, "productId": product("utility"),
                              "kind": "UNLIMITED", "validFrom": "2020-01-01T00:00:00Z" });
        done(manager, "grantLicence", granted).await;
        let mut tickets = Vec::new();
        for _ in 0..8 {
            let open = json!({ "categoryId": category("bug_report"), "subject": "A request",
                               "productId": product("utility"), "text": "A text" });
            let opened = done(customer.clone(), "openTicket", open).await;
            let ticket = opened["ticket"]["id"].as_str().expect("an id").to_owned();
            if is_agreed {
                done(customer.clone(), "agreeToCharges", json!({ "ticketId": ticket })).await;
            }
            tickets.push(ticket);
        }
        let customer_id = parse_id(&id.into()).expect("an id");
        Self { agent, customer_id, tickets, client: reqwest::Client::new() }
    }

    /// Logs under a key that belongs to the number; whether a whole answer came, and which.
    async fn log(&self, number: u32, minutes: u32, address: SocketAddr) -> Option<String> {
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
        let ticket = &self.tickets[number as usize % self.tickets.len()];
        let query = "mutation($input: LogTimeInput!) { logTime(input: $input) { position \
             userErrors { ... on TicketError { code } } } }";
        let input = json!({ "ticketId": ticket, "minutes": minutes, "idempotencyKey": key,
                            "overlapReason": "Many at once" });
        let request = json!({ "query": query, "variables": { "input": input } });
        let answer = loop {
            let answer = send(&self.client, address, &self.agent, &request).await.ok()?;
            // All of them are one agent's. If too many meet, they are told to try again.
            if answer["errors"][0]["extensions"]["code"] != "UNAVAILABLE" {
                break answer;
            }
        };
        assert!(answer["errors"].is_null(), "{answer}");
        let code = answer["data"]["logTime"]["userErrors"][0]["code"].as_str();
        Some(code.unwrap_or("ok").to_owned())
    }

    /// Every entry is settled once, as the plain computation says, and a rebuild says the same.
    async fn assert_settled(
        &self,
        folder: &Path,
        database: &TestDatabase,
        server: Server,
    ) -> Model {
        in_time("settling", self.settled(database, &server)).await;
        assert!(server.stop().await.success());
        let model = Model::of(database).await;
        let db = database.open().await;
        let accounts = support_accounts::by_customers(&db, &[self.customer_id]).await;
        let account = accounts.expect("readable").remove(&self.customer_id).expect("an account");
        let used: u32 = account.account.packages.iter().map(|one| one.used_minutes).sum();
        assert!(used <= 300, "more was drawn than there was: {used}");
        assert_eq!(used as usize, model.free_minutes(self.customer_id));
        let billed: i64 = account.account.months.values().map(|totals| totals.cents).sum();
        assert_eq!(billed, model.cents(self.customer_id), "to the cent");
        db.close().await;
        let live = database.projected().await;
        printed(folder, &database.url, &["rebuild"]).await;
        assert!(live == database.projected().await, "the rows are not those of a rebuild");
        model
    }

    /// Waits until what follows from every event is done and shown.
    async fn settled(&self, database: &TestDatabase, server: &Server) {
        let mut head = 0;
        loop {
            let now = database.number("SELECT position FROM log_head").await;
            if now == head {
                return;
            }
            head = now;
            let query = "query($at: EventPosition!) { supportTerms(consistentWith: $at) { version } \
                 timeEntries(consistentWith: $at) { totalCount } }";
            let request = json!({ "query": query, "variables": { "at": head.to_string() } });
            let answer = server.send(&self.agent, &request).await.expect("an answer");
            assert!(answer["errors"].is_null(), "{answer}");
            let done = "SELECT position FROM projection_checkpoints WHERE name = 'reactions'";
            while database.number(done).await < head {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

/// The free minutes are enough for 150 of them; each further one is charged.
#[tokio::test]
async fn two_hundred_clients_at_two_processes_draw_each_free_minute_once() {
    on_postgres(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let one = Server::start(folder, &database.url).await;
        let two = Server::start(folder, &database.url).await;
        let desk = Desk::of(folder, &database.url, &one, true).await;
        let addresses = [one.address, two.address];
        let log = |number: u32| desk.log(number, 2, addresses[number as usize % 2]);
        let answers = tokio::time::timeout(PATIENCE * 2, join_all((0..CLIENTS).map(log))).await;
        let answers = answers.expect("all of them are answered");
        assert!(answers.iter().all(|code| code.as_deref() == Some("ok")), "{answers:?}");
        assert!(two.stop().await.success());
        let model = desk.assert_settled(folder, &database, one).await;
        assert_eq!(model.entries(), CLIENTS as usize);
        assert_eq!(model.free_minutes(desk.customer_id), 300);
        // A hundred minutes beyond, at $5 an hour.
        assert_eq!(model.cents(desk.customer_id), 833);
    })
    .await;
}

/// Nobody has agreed, so nothing is charged, whichever request gets the last free minute.
#[tokio::test]
async fn a_race_for_the_last_free_minutes_charges_nothing_that_was_not_agreed() {
    on_postgres(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let one = Server::start(folder, &database.url).await;
        let two = Server::start(folder, &database.url).await;
        let desk = Desk::of(folder, &database.url, &one, false).await;
        let addresses = [one.address, two.address];
        let log = |number: u32| desk.log(number, 7, addresses[number as usize % 2]);
        let answers = tokio::time::timeout(PATIENCE * 2, join_all((0..CLIENTS).map(log))).await;
        let answers: Vec<_> =
            answers.expect("all of them are answered").into_iter().flatten().collect();
        assert_eq!(answers.len(), CLIENTS as usize);
        let is_expected = |code: &String| code == "ok" || code == "CHARGES_NOT_AGREED";
        assert!(answers.iter().all(is_expected), "{answers:?}");
        assert!(two.stop().await.success());
        let model = desk.assert_settled(folder, &database, one).await;
        let accepted = answers.iter().filter(|code| *code == "ok").count();
        assert_eq!(model.entries(), accepted);
        assert!(model.free_minutes(desk.customer_id) > 300 - 7, "all that fits is drawn");
        assert_eq!(model.cents(desk.customer_id), 0);
    })
    .await;
}

/// Killed at any moment and started again, with retries under the same keys.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_kill_between_the_tickets_event_and_the_accounts_loses_and_doubles_nothing(
    system: System,
) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let first = Server::start(folder, &database.url).await;
        let desk = Desk::of(folder, &database.url, &first, true).await;
        first.kill().await;
        let mut random = StdRng::seed_from_u64(7);
        let mut unanswered: Vec<u32> = (0..ROUNDS * 40).collect();
        for _ in 0..ROUNDS {
            let server = Server::start(folder, &database.url).await;
            let address = server.address;
            let logging = join_all(unanswered.iter().map(|number| desk.log(*number, 3, address)));
            let killed = async {
                tokio::time::sleep(Duration::from_millis(random.random_range(5..150))).await;
                server.kill().await;
            };
            let (answers, ()) = in_time("a round", async { tokio::join!(logging, killed) }).await;
            let is_open =
                |(number, answer): (u32, Option<String>)| answer.is_none().then_some(number);
            unanswered = unanswered.into_iter().zip(answers).filter_map(is_open).collect();
        }
        let server = Server::start(folder, &database.url).await;
        let address = server.address;
        let rest = join_all(unanswered.iter().map(|number| desk.log(*number, 3, address))).await;
        assert!(rest.iter().all(Option::is_some), "a living service does not answer");
        let model = desk.assert_settled(folder, &database, server).await;
        assert_eq!(model.entries(), (ROUNDS * 40) as usize);
        let db = database.open().await;
        let filter = time_entries::Filter::default();
        let reader = time_entries::Reader::Staff;
        let count = time_entries::count(&db, reader, filter).await.expect("readable");
        assert_eq!(count, i64::from(ROUNDS * 40));
        db.close().await;
    })
    .await;
}
