//! Nothing acknowledged is lost and nothing is done twice (`quality.md` Q1): the real program is
//! killed at any moment under load, started again, and asked for everything that it had answered.
//! `SERVICEDESK_CRASH_ROUNDS` makes the rounds more than the usual few.

mod check;
mod load;

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::path::Path;
use std::time::Duration;
use test_case::test_case;

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::support::process::{Server, printed, program};
use crate::support::{TestDatabase, in_time, on_postgres};
use check::assert_kept;
use load::Worker;

const ROUNDS: u32 = 6;
const WORKERS: u32 = 6;
/// Between these a process is killed, in milliseconds after the load began.
const LIFE: std::ops::Range<u64> = 20..400;

fn rounds() -> u32 {
    std::env::var("SERVICEDESK_CRASH_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(ROUNDS)
}

async fn workers(folder: &Path, url: &str) -> Vec<Worker> {
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        let name = format!("Customer {number}");
        let token = printed(folder, url, &["customer", "add", "--token", "--name", &name]).await;
        workers.push(Worker::new(number, token));
    }
    workers
}

async fn moment(random: &mut StdRng) {
    tokio::time::sleep(Duration::from_millis(random.random_range(LIFE))).await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn crash_of_the_service_under_load_loses_and_doubles_nothing(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let mut workers = workers(folder, &database.url).await;
        let mut random = StdRng::seed_from_u64(1);
        for _ in 0..rounds() {
            let server = Server::start(folder, &database.url).await;
            let address = server.address;
            let load = join_all(workers.iter_mut().map(|worker| worker.work(address)));
            let killed = async {
                moment(&mut random).await;
                server.kill().await;
            };
            in_time("a round", async { tokio::join!(load, killed) }).await;
        }
        let server = Server::start(folder, &database.url).await;
        assert_kept(folder, &database, server, &mut workers).await;
    })
    .await;
}

#[tokio::test]
async fn crash_of_one_of_two_services_on_one_postgresql_leaves_the_other_at_work() {
    on_postgres(|database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let mut workers = workers(folder, &database.url).await;
        let mut random = StdRng::seed_from_u64(2);
        let mut staying = Server::start(folder, &database.url).await;
        for _ in 0..rounds() / 2 {
            let dying = Server::start(folder, &database.url).await;
            let addresses = [dying.address, staying.address];
            let load =
                join_all(workers.iter_mut().enumerate().map(|(number, worker)| async move {
                    let address = addresses[number % 2];
                    if number % 2 == 0 {
                        // Its service dies; the other takes over with what was not answered.
                        worker.work(address).await;
                        worker.work_on(addresses[1], 20).await;
                    } else {
                        worker.work_on(address, 60).await;
                    }
                }));
            let killed = async {
                moment(&mut random).await;
                dying.kill().await;
            };
            in_time("a round", async { tokio::join!(load, killed) }).await;
            // The one that stayed is the next to die, so that leadership passes on each time.
            let next = Server::start(folder, &database.url).await;
            staying.kill().await;
            staying = next;
        }
        assert_kept(folder, &database, staying, &mut workers).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn crash_of_a_rebuild_leaves_the_live_read_models_and_the_next_one_succeeds(system: System) {
    with_database(system, |database: TestDatabase| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let mut workers = workers(folder, &database.url).await;
        let server = Server::start(folder, &database.url).await;
        let address = server.address;
        join_all(workers.iter_mut().map(|worker| worker.work_on(address, 20))).await;
        let head = database.number("SELECT position FROM log_head").await;
        server.settle(&workers[0].token, head).await;
        assert!(server.stop().await.success());
        let before = database.projected().await;
        let mut random = StdRng::seed_from_u64(3);
        for _ in 0..rounds() {
            let mut command = program(folder);
            let mut rebuild = command
                .args(["--database-url", &database.url, "rebuild"])
                .stderr(std::process::Stdio::null())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("it starts");
            tokio::time::sleep(Duration::from_millis(random.random_range(5..120))).await;
            rebuild.kill().await.expect("it is killed");
            assert!(before == database.projected().await, "a killed rebuild left its traces");
        }
        let server = Server::start(folder, &database.url).await;
        assert_kept(folder, &database, server, &mut workers).await;
    })
    .await;
}
