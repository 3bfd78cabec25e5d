//! Lines of service levels are recorded when they are crossed (S2).
//!
//! What was crossed is asked of the read model, so what fell due while nothing ran is found as well;
//! the request itself decides, so each line is recorded once, whichever process asks first. While
//! nothing is due, asking is one look into an index.

use std::time::Duration;

use futures::FutureExt;
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::licensing::{Application, application};
use servicedesk_domain::sla::RequestKind;
use servicedesk_domain::ticket::{self, Ticket};
use servicedesk_eventlog::{CommandContext, ExecuteError, Executed, Position};
use servicedesk_projections::sla::targets;
use uuid::Uuid;

use crate::background;
use crate::desk::{self, Desk};
use crate::error::ApiError;
use crate::free;
use crate::licensing::applications::facts;

/// How often is asked what was crossed, which is how late a line may be recorded.
const PAUSE: Duration = Duration::from_secs(1);
const BATCH: usize = 200;

/// Records what was crossed, again and again, for as long as the process lives.
pub async fn run(desk: Desk) {
    background::every(PAUSE, BATCH, || record_due(&desk)).await;
}

/// Records the lines of up to a batch of requests, and gives how many requests there were. A line's
/// event carries the moment at which it was crossed, and occurs when it is noticed.
///
/// # Errors
/// [`ApiError`], where the read model or the log fails.
pub async fn record_due(desk: &Desk) -> Result<usize, ApiError> {
    let now = desk.now();
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let due = targets::due(desk.log.db(), now, most).await?;
    // Sent together, so that they go into the log in a few transactions.
    let known = targets::by_ids(desk.log.db(), &due).await?;
    let (tickets, applications): (Vec<Uuid>, Vec<Uuid>) = due.iter().partition(|request_id| {
        let request = known.get(request_id).map(|request| request.belonging.request);
        request.unwrap_or(RequestKind::Ticket) == RequestKind::Ticket
    });
    let sequences = free::sequences::<Ticket>(desk, &tickets).await?;
    let of_tickets = sequences.iter().map(|(ticket_id, sequence)| {
        cross_lines_of_ticket(desk, *ticket_id, *sequence, now).boxed()
    });
    let of_applications =
        applications.iter().map(|id| cross_lines_of_application(desk, *id, now).boxed());
    let sent = of_tickets.chain(of_applications);
    let mut last: Position = 0;
    for done in futures::future::join_all(sent).await {
        last = last.max(done?.unwrap_or_default());
    }
    if !due.is_empty() {
        // What was recorded, by this process or another, is not asked for again.
        desk.consistent_with(last).await?;
    }
    metrics::counter!("servicedesk_requests_with_lines_crossed").increment(due.len() as u64);
    Ok(due.len())
}

/// Lets a ticket that is still at a sequence number record its lines, and gives the position of the
/// last; `None` if it has changed or is not there.
async fn cross_lines_of_ticket(
    desk: &Desk,
    ticket_id: Uuid,
    sequence: i64,
    at: Moment,
) -> Result<Option<Position>, ApiError> {
    let context = CommandContext {
        expected_sequence: Some(sequence),
        ..desk::own_context(Actor::Scheduler, at)
    };
    let command = (ticket::Command::CrossLines, desk.circumstances(at).await?);
    position(ticket_id, desk.log.execute::<Ticket>(ticket_id, command, context).await)
}

/// The same for an application, which nobody holds.
async fn cross_lines_of_application(
    desk: &Desk,
    application_id: Uuid,
    at: Moment,
) -> Result<Option<Position>, ApiError> {
    let context = desk::own_context(Actor::Scheduler, at);
    let circumstances = facts::circumstances(desk, at).await?;
    let command = (application::Command::CrossLines, circumstances);
    position(
        application_id,
        desk.log.execute::<Application>(application_id, command, context).await,
    )
}

fn position<R: std::fmt::Display>(
    request_id: Uuid,
    done: Result<Executed, ExecuteError<R>>,
) -> Result<Option<Position>, ApiError> {
    match done {
        Ok(executed) => Ok(Some(executed.position)),
        // Somebody was faster; the read model will show it.
        Err(ExecuteError::Stale { .. }) => Ok(None),
        Err(ExecuteError::Rejected(_)) => {
            // It is no request of this log any more; nothing is to be recorded.
            tracing::warn!(%request_id, "a line cannot be recorded");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
