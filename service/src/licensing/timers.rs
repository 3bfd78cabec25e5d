//! Licences say that they come to their end, and that they have (R1).
//!
//! What is due is asked of the read model, so what fell due while nothing ran is found as well; the
//! licence itself decides, so each is said once, whichever process asks first.

use std::time::Duration;

use chrono::TimeDelta;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::licensing::Licence;
use servicedesk_domain::licensing::licence::Command;
use servicedesk_domain::licensing::licence::decide::PassTime;
use servicedesk_eventlog::{ExecuteError, Position};
use servicedesk_projections::licensing::licences;

use crate::background;
use crate::desk::{self, Desk};
use crate::error::ApiError;

/// How often is asked what is due, which is how late it may be said.
const PAUSE: Duration = Duration::from_secs(1);
const BATCH: usize = 200;

/// Records what is due, again and again, for as long as the process lives.
pub async fn run(desk: Desk) {
    background::every(PAUSE, BATCH, || record_due(&desk)).await;
}

/// Records what is due of up to a batch of licences for each line, and gives how many there were.
///
/// # Errors
/// [`ApiError`], where the read model or the log fails.
pub async fn record_due(desk: &Desk) -> Result<usize, ApiError> {
    let now = desk.now();
    let warning_days = desk.catalogue().await?.licensing_policy.warning_days.clone();
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let mut due = Vec::new();
    for days in warning_days.iter().copied().chain([0]) {
        let until = now.checked_add_signed(TimeDelta::days(i64::from(days)));
        let until = until.unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        due.extend(licences::ending(desk.log.db(), until, days, most).await?);
    }
    due.sort_unstable();
    due.dedup();
    // Sent together, so that they go into the log in a few transactions.
    let sent = due.iter().map(|licence_id| {
        let command = Command::PassTime(PassTime { warning_days: warning_days.clone(), at: now });
        let context = desk::own_context(Actor::Scheduler, now);
        desk.log.execute::<Licence>(licence_id.uuid(), command, context)
    });
    let mut last: Position = 0;
    for (licence_id, done) in due.iter().zip(futures::future::join_all(sent).await) {
        match done {
            Ok(executed) => last = last.max(executed.position),
            // It is no licence of this log any more; nothing is to be recorded.
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::warn!(%licence_id, %rejection, "a licence's end cannot be recorded");
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !due.is_empty() {
        // What was recorded, by this process or another, is not asked for again.
        desk.consistent_with(last).await?;
    }
    Ok(due.len())
}
