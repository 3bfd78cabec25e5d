//! What callers can do with service levels: authorise, look up the facts, make the command, execute.

use serde::Serialize;
use servicedesk_domain::catalogue::file::{CalendarEntry, ServiceLevelEntry};
use servicedesk_domain::catalogue::{self, Catalogue, CatalogueFile, catalogue_id};
use servicedesk_domain::ticket::{self, Command, Ticket, TicketId};
use servicedesk_eventlog::Executed;

use crate::auth::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

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
    let now = desk.now();
    let mut context = desk::context(request, "remeasureTicket", content, now)?;
    let events = desk.log.read_aggregate("ticket", ticket_id.uuid(), 0, i64::MAX).await;
    let events = events.map_err(|error| ApiError::internal(&error))?;
    let history = events.iter().filter_map(|event| {
        let fact = event.event.as_ticket().and_then(ticket::fact)?;
        Some((fact, event.metadata.occurred_at))
    });
    let command = Command::Remeasure {
        by,
        reason,
        history: history.collect(),
        at: now,
        book: desk.book().await?,
        policy: desk.catalogue().await?.ticket_policy.clone(),
    };
    // What happens meanwhile is not in the history, so the caller has to ask again.
    let seen = events.last().map(|event| event.sequence);
    context.expected_sequence = context.expected_sequence.or(seen);
    Ok(desk.log.execute::<Ticket>(ticket_id.uuid(), command, context).await?)
}
