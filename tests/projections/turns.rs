//! Two processes that project by turns: what one keeps in memory is worth nothing where the other
//! has been since.

use servicedesk_domain::billing::SupportAccount;
use servicedesk_domain::billing::account::{Command, account_of};
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::licensing::LicenceId;
use servicedesk_eventlog::{Log, Position};

use super::assert_as_rebuilt;
use crate::support::clock::start;
use crate::support::desk::{command, customer};
use crate::support::{on_postgres, sees};

/// Changes one row in a way that any state of it takes without a fault.
async fn package(log: &Log, name: &str) -> Position {
    let open = Command::OpenPackage {
        licence_id: LicenceId::named(name),
        product_id: ProductId::named("robot"),
        valid_from: start(),
        valid_until: None,
    };
    let id = account_of(customer()).uuid();
    let done = log.execute::<SupportAccount>(id, open, command(name)).await;
    done.expect("a package is opened").position
}

#[tokio::test]
async fn rows_in_memory_are_forgotten_when_another_process_has_caught_up() {
    on_postgres(|database| async move {
        let (here, there) = (database.log().await, database.log().await);
        let (mut this, mut other) = (database.runner(&here).await, database.runner(&there).await);
        package(&here, "first").await;
        this.catch_up().await.expect("it is projected");
        let second = package(&there, "second").await;
        // It hears of its own event when it has heard of the one before, which is this one's.
        sees(&there, second).await;
        other.catch_up().await.expect("it is projected");
        // This one finds nothing to do where the other has left the checkpoints.
        sees(&here, second).await;
        assert_eq!(this.step().await.expect("it looks"), 0);
        package(&here, "third").await;
        this.catch_up().await.expect("it is projected");
        assert_as_rebuilt(&database).await;
    })
    .await;
}
