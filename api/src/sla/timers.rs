//! Lines of service levels are recorded when they are crossed (S2).
//!
//! What was crossed is asked of the read model, so what fell due while nothing ran is found as well;
//! the request itself decides, so each line is recorded once, whichever process asks first. While
//! nothing is due, asking is one look into an index.

use std::time::Duration;

use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::{Command, Ticket};
use servicedesk_eventlog::{ExecuteError, Position};
use servicedesk_projections::sla::targets;

use crate::desk::{self, Desk};
use crate::error::ApiError;

/// How often is asked what was crossed, which is how late a line may be recorded.
const PAUSE: Duration = Duration::from_secs(1);
const BATCH: i64 = 200;

/// Records what was crossed, again and again, for as long as the process lives.
pub async fn run(desk: Desk) {
    loop {
        match record_due(&desk).await {
            Ok(requests) if requests > 0 => {
                metrics::counter!("servicedesk_requests_with_lines_crossed")
                    .increment(u64::try_from(requests).unwrap_or(u64::MAX));
            }
            // A failure was logged where it became an error, and is tried again after the pause.
            Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Records the lines of up to a batch of requests, and gives how many requests there were. A line's
/// event carries the moment at which it was crossed, and occurs when it is noticed.
///
/// # Errors
/// [`ApiError`], where the read model or the log fails.
pub async fn record_due(desk: &Desk) -> Result<usize, ApiError> {
    let now = desk.now();
    let due = targets::due(desk.log.db(), now, BATCH).await?;
    let mut last: Position = 0;
    for request_id in &due {
        let context = desk::own_context(Actor::Scheduler, now);
        let command = Command::CrossLines { at: now };
        match desk.log.execute::<Ticket>(*request_id, command, context).await {
            Ok(executed) => last = last.max(executed.position),
            // It is no ticket of this log any more; nothing is to be recorded.
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::warn!(%request_id, %rejection, "a line cannot be recorded");
            }
            Err(error) => return Err(ApiError::internal(&error)),
        }
    }
    if !due.is_empty() {
        // What was recorded, by this process or another, is not asked for again.
        desk.consistent_with(last).await?;
    }
    Ok(due.len())
}
