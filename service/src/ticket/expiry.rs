//! Resolved tickets close by themselves when the period for reopening is over (T4).
//!
//! What is due is asked of the read model, so nothing is lost over a restart; the ticket itself
//! decides, so it closes once, whichever process asks first.

use std::time::Duration;

use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::{Command, Ticket};
use servicedesk_eventlog::ExecuteError;
use servicedesk_projections::ticket::ticket_details;

use crate::desk::{self, Desk};
use crate::error::ApiError;

/// How often is asked what is due; the period is in days, so a few seconds late is on time.
const PAUSE: Duration = Duration::from_secs(5);
const BATCH: i64 = 200;

/// Closes what is due, again and again, for as long as the process lives.
pub async fn run(desk: Desk) {
    loop {
        match close_due(&desk).await {
            Ok(closed) if closed > 0 => tracing::info!(closed, "tickets closed by themselves"),
            // A failure was logged where it became an error, and is tried again after the pause.
            Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Closes up to a batch of tickets that are due, and gives how many.
///
/// # Errors
/// [`ApiError`], where the read model or the log fails.
pub async fn close_due(desk: &Desk) -> Result<usize, ApiError> {
    let now = desk.now();
    let due = ticket_details::due_to_close(desk.log.db(), now, BATCH).await?;
    let circumstances = desk.circumstances(now).await?;
    let mut closed = 0;
    for ticket_id in due {
        let context = desk::own_context(Actor::Scheduler, now);
        let command = (Command::Expire, circumstances.clone());
        match desk.log.execute::<Ticket>(ticket_id.uuid(), command, context).await {
            Ok(_) => closed += 1,
            // Somebody was faster; the read model will show it.
            Err(ExecuteError::Rejected(_)) => {}
            Err(error) => return Err(ApiError::internal(&error)),
        }
    }
    Ok(closed)
}
