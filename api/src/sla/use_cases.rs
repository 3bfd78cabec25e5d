//! What callers can do with service levels: authorise, look up the facts, make the command, execute.

use serde::Serialize;
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::file::{CalendarEntry, ServiceLevelEntry};
use servicedesk_domain::catalogue::{self, Catalogue, CatalogueFile, catalogue_id};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::application::{self, Application, ApplicationId};
use servicedesk_domain::sla::Fact;
use servicedesk_domain::ticket::{self, Ticket, TicketId};
use servicedesk_eventlog::Executed;
use uuid::Uuid;

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
    let at = desk.now();
    let mut context = desk::context(request, "remeasureTicket", content, at)?;
    let id = ticket_id.uuid();
    let fact = |event: &Event| event.as_ticket().and_then(ticket::fact);
    let (history, seen) = history(desk, "ticket", id, fact).await?;
    let policy = desk.catalogue().await?.ticket_policy.clone();
    let book = desk.book().await?;
    let command = ticket::Command::Remeasure { by, reason, history, at, book, policy };
    context.expected_sequence = context.expected_sequence.or(seen);
    Ok(desk.log.execute::<Ticket>(id, command, context).await?)
}

/// Has an application measured anew, by the terms in force now (S4). For managers.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn remeasure_application(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    application_id: ApplicationId,
    reason: String,
) -> Result<Executed, Failure<application::Rejection>> {
    let by = policy::acting_manager(request.caller)?.clone();
    let at = desk.now();
    let mut context = desk::context(request, "remeasureApplication", content, at)?;
    let id = application_id.uuid();
    let fact = |event: &Event| match event {
        Event::Application(told) => application::clocks::fact(told),
        _ => None,
    };
    let (history, seen) = history(desk, "application", id, fact).await?;
    let most_characters = desk.catalogue().await?.ticket_policy.reason_characters;
    let book = desk.book().await?;
    let command =
        application::Command::Remeasure { by, reason, most_characters, history, at, book };
    context.expected_sequence = seen;
    Ok(desk.log.execute::<Application>(id, command, context).await?)
}

/// What happened to a request until now as far as its clocks are concerned, and its last event's
/// sequence: what happens meanwhile is not in it, so the caller has to ask again.
async fn history(
    desk: &Desk,
    aggregate_type: &str,
    id: Uuid,
    fact: impl Fn(&Event) -> Option<Fact>,
) -> Result<(Vec<(Fact, Moment)>, Option<i64>), ApiError> {
    let events = desk.log.read_aggregate(aggregate_type, id, 0, i64::MAX).await;
    let events = events.map_err(|error| ApiError::internal(&error))?;
    let facts = events
        .iter()
        .filter_map(|recorded| Some((fact(&recorded.event)?, recorded.metadata.occurred_at)));
    Ok((facts.collect(), events.last().map(|event| event.sequence)))
}
