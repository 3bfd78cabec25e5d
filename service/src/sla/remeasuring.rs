//! Measuring a request again, of whatever kind it is (S4): by what the log says has happened to it.

use servicedesk_domain::Event;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::sla::Fact;
use servicedesk_eventlog::execute::Executable;
use servicedesk_eventlog::{CommandContext, ExecuteError, Executed};
use uuid::Uuid;

use crate::desk::Desk;
use crate::error::{ApiError, Failure};

/// How often a request's history is read if others go on with it meanwhile.
const MAX_READS: usize = 8;

/// Measures a request again by what has happened to it. What happens while that is read is not in
/// it, so then it is read again, unless the caller said which version they have seen.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub(crate) async fn remeasure<A: Executable>(
    desk: &Desk,
    id: Uuid,
    context: CommandContext,
    fact: impl Fn(&Event) -> Option<Fact>,
    command: impl Fn(Vec<(Fact, Moment)>) -> A::Command,
) -> Result<Executed, Failure<A::Error>> {
    for _ in 0..MAX_READS {
        let events = desk.log.read_aggregate(A::TYPE, id, 0, i64::MAX).await;
        let events = events.map_err(ApiError::from)?;
        let facts = events
            .iter()
            .filter_map(|recorded| Some((fact(&recorded.event)?, recorded.metadata.occurred_at)));
        let seen = events.last().map(|event| event.sequence);
        let expected_sequence = context.expected_sequence.or(seen);
        let remeasuring = CommandContext { expected_sequence, ..context };
        match desk.log.execute::<A>(id, command(facts.collect()), remeasuring).await {
            Err(ExecuteError::Stale { .. }) if context.expected_sequence.is_none() => {}
            done => return Ok(done?),
        }
    }
    Err(ExecuteError::Contended.into())
}
