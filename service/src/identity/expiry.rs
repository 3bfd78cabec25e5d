//! Codes that nobody used, attempts that no longer count, and sessions that nobody uses any more.

use std::time::Duration;

use servicedesk_eventlog::{DbError, logins};

use super::SESSION_DAYS;
use crate::background::every;
use crate::desk::Desk;

const PAUSE: Duration = Duration::from_mins(10);

/// Forgets what has expired, for as long as the process lives.
pub async fn run(desk: Desk) {
    // Everything is forgotten at once, so no batch is ever full.
    every(PAUSE, usize::MAX, || async {
        let forgotten = forget(&desk).await;
        if let Err(error) = &forgotten {
            tracing::warn!(%error, "expired codes cannot be deleted and will be later");
        }
        forgotten
    })
    .await;
}

/// Forgets what has expired, and gives how many codes.
///
/// # Errors
/// [`DbError`], where it cannot be deleted.
pub async fn forget(desk: &Desk) -> Result<usize, DbError> {
    let now = desk.now();
    logins::forget_expired(desk.log.db(), now, now - SESSION_DAYS).await
}
