//! Lines of service levels are recorded when they are crossed (S2).
//!
//! What was crossed is asked of the read model, so what fell due while nothing ran is found as well;
//! the request itself decides, so each line is recorded once, whichever process asks first. While
//! nothing is due, asking is one look into an index.

use std::time::Duration;

use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::licensing::{Application, application};
use servicedesk_domain::sla::RequestKind;
use servicedesk_domain::ticket::{self, Ticket};
use servicedesk_eventlog::{ExecuteError, Executed, Position};
use servicedesk_projections::sla::targets;
use uuid::Uuid;

use crate::desk::{self, Desk};
use crate::error::ApiError;
use crate::licensing::applications::facts;

/// How often is asked what was crossed, which is how late a line may be recorded.
const PAUSE: Duration = Duration::from_secs(1);
/// How long others come first while there is more to record than one batch.
const BREATH: Duration = Duration::from_millis(20);
const BATCH: usize = 200;

/// Records what was crossed, again and again, for as long as the process lives.
pub async fn run(desk: Desk) {
    loop {
        // A failure was logged where it became an error, and is tried again after the pause.
        let requests = record_due(&desk).await.unwrap_or(0);
        let counted = u64::try_from(requests).unwrap_or(u64::MAX);
        metrics::counter!("servicedesk_requests_with_lines_crossed").increment(counted);
        // There is always a pause, so that a read model that has stopped keeps nobody busy.
        tokio::time::sleep(if requests < BATCH { PAUSE } else { BREATH }).await;
    }
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
    let sent = due.iter().map(|request_id| {
        let kind = known.get(request_id).map(|request| request.belonging.request);
        cross_lines(desk, *request_id, kind.unwrap_or(RequestKind::Ticket), now)
    });
    let mut last: Position = 0;
    for (request_id, done) in due.iter().zip(futures::future::join_all(sent).await) {
        if let Some(position) = done? {
            last = last.max(position);
        } else {
            // It is no request of this log any more; nothing is to be recorded.
            tracing::warn!(%request_id, "a line cannot be recorded");
        }
    }
    if !due.is_empty() {
        // What was recorded, by this process or another, is not asked for again.
        desk.consistent_with(last).await?;
    }
    Ok(due.len())
}

/// Lets a request record its lines, and gives the position of the last; none where there is no such
/// request.
async fn cross_lines(
    desk: &Desk,
    request_id: Uuid,
    kind: RequestKind,
    at: Moment,
) -> Result<Option<Position>, ApiError> {
    let context = desk::own_context(Actor::Scheduler, at);
    match kind {
        RequestKind::Ticket => {
            let command = ticket::Command::CrossLines { at };
            position(desk.log.execute::<Ticket>(request_id, command, context).await)
        }
        RequestKind::FreeAdvisorApplication
        | RequestKind::RentalApplication
        | RequestKind::UpdateApplication => {
            let circumstances = facts::circumstances(desk, at).await?;
            let command = (application::Command::CrossLines, circumstances);
            position(desk.log.execute::<Application>(request_id, command, context).await)
        }
    }
}

fn position<R: std::fmt::Display>(
    done: Result<Executed, ExecuteError<R>>,
) -> Result<Option<Position>, ApiError> {
    match done {
        Ok(executed) => Ok(Some(executed.position)),
        Err(ExecuteError::Rejected(_)) => Ok(None),
        Err(error) => Err(ApiError::internal(&error)),
    }
}
