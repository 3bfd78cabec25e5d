//! Exactly what the rule allows is granted on an account, however many ask at once at how many
//! processes, and whatever is killed in between; and each loser is told why (F5, Q1, Q2).

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
use uuid::Uuid;

use crate::support::app::mutation;
use crate::support::applications::{deposit, free_advisor};
use crate::support::process::{Server, printed, send};
use crate::support::{PATIENCE, TestDatabase, in_time, on_postgres};

const CLIENTS: usize = 200;
const ROUNDS: usize = 4;
const ACCOUNT: &str = "123456";

/// Applications of several customers for one account, each taken by a manager.
struct Race {
    manager: String,
    applications: Vec<String>,
    client: reqwest::Client,
}

/// The result of asking for an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    code: String,
    retry_at: Option<String>,
    missing: Vec<String>,
}

impl Race {
    async fn of(folder: &Path, url: &str, server: &Server, applications: usize) -> Self {
        let add = |arguments: &'static [&'static str]| printed(folder, url, arguments);
        let manager = add(&["staff", "add", "--token", "--role", "manager", "--name", "M"]).await;
        let mut customers = Vec::new();
        for _ in 0..4 {
            customers.push(add(&["customer", "add", "--token", "--name", "Customer"]).await);
        }
        let one = |number: usize| {
            let (customer, manager) = (&customers[number % customers.len()], &manager);
            async move {
                // Nothing is granted yet, so all of them may apply.
                let applied = done(server, customer, "applyForFreeAdvisor", free_advisor(ACCOUNT));
                let id = applied.await["application"]["id"].as_str().expect("an id").to_owned();
                let taken = json!({ "applicationId": id });
                done(server, manager, "takeApplication", taken).await;
                id
            }
        };
        let applications = join_all((0..applications).map(one)).await;
        Self { manager, applications, client: reqwest::Client::new() }
    }

    async fn deposits(&self, server: &Server, amount: &str) {
        done(server, &self.manager, "recordDeposit", deposit(ACCOUNT, amount)).await;
    }

    /// Asks for the approval under a key that belongs to the application and the attempt.
    async fn approve(&self, number: usize, attempt: &str, address: SocketAddr) -> Option<Told> {
        let id = &self.applications[number];
        let key = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{id}/{attempt}").as_bytes());
        let query = "mutation($input: ApproveApplicationInput!) { approveApplication(input: $input) \
             { position userErrors { ... on LicensingError { code retryAt \
             missing { kind } } } } }";
        let input = json!({ "applicationId": id, "idempotencyKey": key });
        let request = json!({ "query": query, "variables": { "input": input } });
        let answer = send(&self.client, address, &self.manager, &request).await.ok()?;
        assert!(answer["errors"].is_null(), "{answer}");
        let error = &answer["data"]["approveApplication"]["userErrors"][0];
        let missing = error["missing"].as_array().into_iter().flatten();
        Some(Told {
            code: error["code"].as_str().unwrap_or("ok").to_owned(),
            retry_at: error["retryAt"].as_str().map(str::to_owned),
            missing: missing.map(|one| one["kind"].as_str().expect("a kind").to_owned()).collect(),
        })
    }

    /// So many are granted, approved and licensed, and a rebuild says the same.
    async fn assert_granted(
        &self,
        folder: &Path,
        database: &TestDatabase,
        server: Server,
        expected: usize,
    ) {
        in_time("settling", self.settled(database, &server)).await;
        let query = "{ applications(filter: { status: APPROVED }) { totalCount } licences { \
                     totalCount } tradingAccounts { nodes { grants { application { id } held { id \
                     } } } } }";
        let answer = server.send(&self.manager, &json!({ "query": query })).await;
        let found = answer.expect("an answer")["data"].clone();
        let grants = found["tradingAccounts"]["nodes"][0]["grants"].as_array().expect("grants");
        assert_eq!(grants.len(), expected, "{found}");
        assert_eq!(found["applications"]["totalCount"], expected, "{found}");
        assert_eq!(found["licences"]["totalCount"], expected, "{found}");
        assert!(server.stop().await.success());
        let live = database.projected().await;
        printed(folder, &database.url, &["rebuild"]).await;
        assert!(live == database.projected().await, "the rows are not those of a rebuild");
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
            server.settle(&self.manager, head).await;
            let done = "SELECT position FROM projection_checkpoints WHERE name = 'reactions'";
            while database.number(done).await < head {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn done(server: &Server, token: &str, name: &str, input: Value) -> Value {
    let answer = server.send(token, &mutation(name, &input)).await.expect("an answer");
    let payload = answer["data"][name].clone();
    assert_eq!(payload["userErrors"], json!([]), "{answer}");
    payload
}

/// The deposit is enough for one, then for three.
#[tokio::test]
async fn two_hundred_race_for_one_account_at_two_processes_and_each_loser_is_told_why() {
    on_postgres(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let one = Server::start(folder, &database.url).await;
        let two = Server::start(folder, &database.url).await;
        let race = Race::of(folder, &database.url, &one, CLIENTS).await;
        let addresses = [one.address, two.address];
        let mut open: Vec<usize> = (0..CLIENTS).collect();
        let mut granted = 0;
        for (amount, attempt, more) in [("500.00", "first", 1), ("1500.00", "second", 2)] {
            race.deposits(&one, amount).await;
            let approve = |number: &usize| race.approve(*number, attempt, addresses[number % 2]);
            let told = tokio::time::timeout(PATIENCE * 2, join_all(open.iter().map(approve)));
            let told = told.await.expect("all of them are answered");
            let told: Vec<Told> = told.into_iter().map(|one| one.expect("an answer")).collect();
            let won = told.iter().filter(|told| told.code == "ok").count();
            assert_eq!(won, more, "{told:?}");
            for lost in told.iter().filter(|told| told.code != "ok") {
                assert_eq!(lost.code, "MONTH_NOT_PASSED");
                assert!(lost.retry_at.is_some());
                assert_eq!(lost.missing, ["MONTH", "TRADING", "DEPOSIT"]);
            }
            granted += won;
            let lost = open.iter().zip(&told).filter(|(_, told)| told.code != "ok");
            open = lost.map(|(number, _)| *number).collect();
        }
        assert!(two.stop().await.success());
        race.assert_granted(folder, &database, one, granted).await;
    })
    .await;
}

/// Killed at any moment and started again, with retries under the same keys.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_kill_between_the_accounts_grant_and_the_approval_grants_nothing_twice(system: System) {
    with_database(system, |database| async move {
        const OPEN: usize = 60;
        const COVERED: usize = 7;
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let first = Server::start(folder, &database.url).await;
        let race = Race::of(folder, &database.url, &first, OPEN).await;
        race.deposits(&first, "3500.00").await;
        first.kill().await;
        let mut random = StdRng::seed_from_u64(11);
        let mut told: Vec<Option<Told>> = vec![None; OPEN];
        for _ in 0..ROUNDS {
            let server = Server::start(folder, &database.url).await;
            let address = server.address;
            let open: Vec<usize> = (0..OPEN).filter(|number| told[*number].is_none()).collect();
            let asking = join_all(open.iter().map(|number| race.approve(*number, "", address)));
            let killed = async {
                tokio::time::sleep(Duration::from_millis(random.random_range(5..120))).await;
                server.kill().await;
            };
            let (answers, ()) = in_time("a round", async { tokio::join!(asking, killed) }).await;
            for (number, answer) in open.into_iter().zip(answers) {
                told[number] = answer;
            }
        }
        let server = Server::start(folder, &database.url).await;
        let address = server.address;
        for (number, told) in told.iter_mut().enumerate() {
            if told.is_none() {
                *told = race.approve(number, "", address).await;
            }
        }
        let code = |told: &Option<Told>| told.clone().expect("a living service answers").code;
        let codes: Vec<String> = told.iter().map(code).collect();
        let won = codes.iter().filter(|code| *code == "ok").count();
        assert_eq!(won, COVERED, "{codes:?}");
        assert!(codes.iter().all(|code| code == "ok" || code == "MONTH_NOT_PASSED"), "{codes:?}");
        race.assert_granted(folder, &database, server, COVERED).await;
    })
    .await;
}
