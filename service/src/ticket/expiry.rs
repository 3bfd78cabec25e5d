//! Resolved tickets close by themselves when the period for reopening is over (T4).
//!
//! What is due is asked of the read model, so nothing is lost over a restart; the ticket itself
//! decides, so it closes once, whichever process asks first.

use std::time::Duration;

use servicedesk_domain::kernel::Actor;
use servicedesk_domain::ticket::{Command, Ticket};
use servicedesk_eventlog::{CommandContext, ExecuteError};
use servicedesk_projections::ticket::ticket_details;
use uuid::Uuid;

use crate::background;
use crate::desk::{self, Desk};
use crate::error::ApiError;
use crate::free;

/// How often is asked what is due; the period is in days, so a few seconds late is on time.
const PAUSE: Duration = Duration::from_secs(5);
const BATCH: usize = 200;

/// Closes what is due, again and again, for as long as the process lives.
pub async fn run(desk: Desk) {
    background::every(PAUSE, BATCH, || close_due(&desk)).await;
}

/// Closes up to a batch of tickets that are due, and gives how many.
///
/// # Errors
/// [`ApiError`], where the read model or the log fails.
pub async fn close_due(desk: &Desk) -> Result<usize, ApiError> {
    let now = desk.now();
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let due = ticket_details::due_to_close(desk.log.db(), now, most).await?;
    let due: Vec<Uuid> = due.iter().map(|ticket_id| ticket_id.uuid()).collect();
    let sequences = free::sequences::<Ticket>(desk, &due).await?;
    let circumstances = desk.circumstances(now).await?;
    let mut closed = 0;
    for ticket_id in due {
        // Held since it was asked for.
        let Some(sequence) = sequences.get(&ticket_id) else { continue };
        let context = CommandContext {
            expected_sequence: Some(*sequence),
            ..desk::own_context(Actor::Scheduler, now)
        };
        let command = (Command::Expire, circumstances.clone());
        match desk.log.execute::<Ticket>(ticket_id, command, context).await {
            Ok(_) => closed += 1,
            // Somebody was faster; the read model will show it.
            Err(ExecuteError::Rejected(_) | ExecuteError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if closed > 0 {
        tracing::info!(closed, "tickets closed by themselves");
    }
    Ok(closed)
}
