//! What callers can do with service levels: authorise, look up the facts, make the command, execute.

use serde::Serialize;
use servicedesk_domain::Event;
use servicedesk_domain::catalogue::file::{CalendarEntry, ServiceLevelEntry};
use servicedesk_domain::catalogue::{self, Catalogue, CatalogueFile, catalogue_id};
use servicedesk_domain::licensing::application::{self, Application, ApplicationId};
use servicedesk_eventlog::Executed;

use crate::access::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::Failure;
use crate::sla::remeasuring;

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
    let context = desk::context(request, "remeasureApplication", content, at)?;
    let most_characters = desk.catalogue().await?.ticket_policy.reason_characters;
    let book = desk.book().await?;
    let fact = |event: &Event| match event {
        Event::Application(told) => application::clocks::fact(told),
        _ => None,
    };
    let command = |history| {
        let (by, reason, book) = (by.clone(), reason.clone(), book.clone());
        application::Command::Remeasure { by, reason, most_characters, history, at, book }
    };
    remeasuring::remeasure::<Application>(desk, application_id.uuid(), context, fact, command).await
}
