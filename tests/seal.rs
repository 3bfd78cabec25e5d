//! The seal of the log, on both databases: whatever somebody with every right in the database changes
//! is found and named, and a log that contradicts what was signed is not sealed any further (A2, Q6).

mod growing;
mod served;
mod tampering;

use servicedesk_eventlog::seal::verify::{Trusted, Verified, VerifyError, verify};
use servicedesk_eventlog::seal::{Outside, Sealer};
use servicedesk_eventlog::{Db, Log, Position};

use crate::support::TestDatabase;
use crate::support::desk::{command, note, opened, run};

/// A log with a few events, and what seals it.
struct Sealed {
    log: Log,
    /// The database as a process has it that knows nothing of the log yet.
    db: Db,
    outside: Outside,
    sealer: Sealer,
}

/// Five events of three tickets, all sealed.
async fn sealed(database: &TestDatabase) -> Sealed {
    let log = database.log().await;
    for name in ["1", "2", "3"] {
        opened(&log, name).await;
    }
    run(&log, "1", note("a"), command("a")).await.expect("accepted");
    run(&log, "2", note("b"), command("b")).await.expect("accepted");
    let outside = Outside::at(database.files().join("checkpoint"));
    let db = database.open().await;
    let mut sealer = Sealer::new(db.clone(), outside.clone());
    assert_eq!(sealer.step().await.expect("sealed"), 5);
    Sealed { log, db, outside, sealer }
}

impl Sealed {
    /// Adds an event, and seals it.
    async fn grow(&mut self, name: &str) {
        run(&self.log, "3", note(name), command(name)).await.expect("accepted");
        self.sealer.step().await.expect("sealed");
    }

    async fn verify(&self) -> Result<Verified, VerifyError> {
        self.verify_with(None, None).await
    }

    async fn verify_with(
        &self,
        key: Option<String>,
        kept: Option<(String, String)>,
    ) -> Result<Verified, VerifyError> {
        let trusted = Trusted { outside: self.outside.clone(), key, kept };
        verify(&self.db, &trusted, &mut |_, _| {}).await
    }

    /// The first position that is wrong, and what is.
    async fn found(&self) -> (Option<Position>, String) {
        found(self.verify().await)
    }
}

fn found(verified: Result<Verified, VerifyError>) -> (Option<Position>, String) {
    match verified {
        Err(VerifyError::Found(fault)) => (fault.position, fault.what),
        Err(error) => panic!("not found: {error}"),
        Ok(verified) => panic!("it was passed over: {verified:?}"),
    }
}

/// Runs SQL as somebody who first takes the protection away.
async fn attack(database: &TestDatabase, sql: &str) {
    if database.is_postgres() {
        database.run("ALTER TABLE events DISABLE TRIGGER ALL").await.expect("the owner can");
    } else {
        for trigger in ["events_no_update", "events_no_delete", "events_no_replace"] {
            let drop_it = format!("DROP TRIGGER IF EXISTS {trigger}");
            database.run(&drop_it).await.expect("the owner can");
        }
    }
    database.run(sql).await.expect(sql);
}
