//! Reactions and background work: what handles which event, what happens to a reaction that cannot
//! be done, and to a task that ends.

mod background;
mod command;
mod parking;
mod refused_by_the_database;
mod table;
mod turns;

use std::time::Duration;

use servicedesk_eventlog::parking::{self as stored, ParkedKey};

use crate::support::app::App;
use crate::support::{TestDatabase, in_time};

/// How often a test looks whether something has happened.
const POLL: Duration = Duration::from_millis(10);

/// The secret halves of the signing keys, taken away and put back by the owner of the database.
struct Secrets(Vec<(String, String)>);

impl Secrets {
    async fn take(database: &TestDatabase) -> Self {
        let column = |column: &str| {
            format!("SELECT {column} FROM secrets WHERE name LIKE 'licence keys %' ORDER BY name")
        };
        let names = database.texts(&column("name")).await;
        let secrets = database.texts(&column("secret")).await;
        database.run("DELETE FROM secrets WHERE name LIKE 'licence keys %'").await.expect("gone");
        let taken: Vec<_> =
            names.into_iter().flatten().zip(secrets.into_iter().flatten()).collect();
        assert!(!taken.is_empty(), "there was no signing key yet");
        Self(taken)
    }

    async fn put_back(self, database: &TestDatabase) {
        for (name, secret) in self.0 {
            let insert =
                format!("INSERT INTO secrets (name, secret) VALUES ('{name}', '{secret}')");
            database.run(&insert).await.expect("put back");
        }
    }
}

/// What is parked.
async fn parked(app: &App) -> Vec<ParkedKey> {
    stored::all(app.log().db()).await.expect("readable")
}

/// Waits until what is parked is as told, and gives it.
async fn parked_until(
    app: &App,
    what: &str,
    is_so: impl Fn(&[ParkedKey]) -> bool,
) -> Vec<ParkedKey> {
    in_time(what, async {
        loop {
            let found = parked(app).await;
            if is_so(&found) {
                return found;
            }
            tokio::time::sleep(POLL).await;
        }
    })
    .await
}

/// How often events of this type are in the log.
async fn count(database: &TestDatabase, event_type: &str) -> i64 {
    database.number(&format!("SELECT COUNT(*) FROM events WHERE event_type = '{event_type}'")).await
}
