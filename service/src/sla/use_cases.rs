//! What callers can do with service levels: authorise, look up the facts, make the command, execute.

use serde::Serialize;
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::file::{CalendarEntry, ServiceLevelEntry};
use servicedesk_domain::catalogue::{self, Catalogue, CatalogueFile, catalogue_id};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::sla::Fact;
use servicedesk_domain::ticket::{self, Ticket, TicketId};
use servicedesk_eventlog::execute::Executable;
use servicedesk_eventlog::{CommandContext, ExecuteError, Executed};
use uuid::Uuid;

use crate::access::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

/// How often a request's history is read that others go on with meanwhile.
const MOST_READ: usize = 8;

/// What comes of a definition.
pub type Defined = Result<Executed, Failure<catalogue::Rejection>>;

/// Defines a calendar, from now on (S4). For managers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn define_calendar(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    entry: CalendarEntry,
) -> Defined {
    let file = CatalogueFile { calendars: vec![entry], ..CatalogueFile::default() };
    define(desk, request, "defineCalendar", content, file).await
}

/// Defines how long requests of a kind may take, from now on (S4). For managers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn define_service_level(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    entry: ServiceLevelEntry,
) -> Defined {
    let file = CatalogueFile { service_levels: vec![entry], ..CatalogueFile::default() };
    define(desk, request, "defineServiceLevel", content, file).await
}

async fn define(
    desk: &Desk,
    request: CommandRequest<'_>,
    name: &str,
    content: &impl Serialize,
    file: CatalogueFile,
) -> Defined {
    policy::acting_manager(request.caller)?;
    let now = desk.now();
    let context = desk::context(request, name, content, now)?;
    let command = catalogue::Command::Load(Box::new(file), now);
    Ok(desk.log.execute::<Catalogue>(catalogue_id().uuid(), command, context).await?)
}

/// Has a ticket measured anew, by the terms in force now (S4). What happened to it is read from the
/// log, so a ticket of a time before anything was measured can be measured as well. For managers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn remeasure_ticket(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    ticket_id: TicketId,
    reason: String,
) -> Result<Executed, Failure<ticket::Rejection>> {
    let by = policy::acting_manager(request.caller)?.clone();
    let at = desk.now();
    let context = desk::context(request, "remeasureTicket", content, at)?;
    let (policy, book) = (desk.catalogue().await?.ticket_policy.clone(), desk.book().await?);
    let fact = |event: &Event| event.as_ticket().and_then(ticket::fact);
    let command = |history| {
        let (by, reason) = (by.clone(), reason.clone());
        let (book, policy) = (book.clone(), policy.clone());
        ticket::Command::Remeasure { by, reason, history, at, book, policy }
    };
    remeasured::<Ticket>(desk, ticket_id.uuid(), context, fact, command).await
}

/// Measures a request anew by what has happened to it. What happens while that is read is not in it,
/// so then it is read again, unless the caller said which version she has seen.
pub(crate) async fn remeasured<A: Executable>(
    desk: &Desk,
    id: Uuid,
    context: CommandContext,
    fact: impl Fn(&Event) -> Option<Fact>,
    command: impl Fn(Vec<(Fact, Moment)>) -> A::Command,
) -> Result<Executed, Failure<A::Error>> {
    for _ in 0..MOST_READ {
        let events = desk.log.read_aggregate(A::TYPE, id, 0, i64::MAX).await;
        let events = events.map_err(|error| ApiError::internal(&error))?;
        let facts = events
            .iter()
            .filter_map(|recorded| Some((fact(&recorded.event)?, recorded.metadata.occurred_at)));
        let seen = events.last().map(|event| event.sequence);
        let expected_sequence = context.expected_sequence.or(seen);
        let asked = CommandContext { expected_sequence, ..context };
        match desk.log.execute::<A>(id, command(facts.collect()), asked).await {
            Err(ExecuteError::Stale { .. }) if context.expected_sequence.is_none() => {}
            done => return Ok(done?),
        }
    }
    Err(ExecuteError::Contended.into())
}
