//! Defining calendars and service levels, from now on (S4). For managers.

use servicedesk_domain::catalogue::file::{CalendarEntry, ServiceLevelEntry};
use servicedesk_domain::catalogue::{Catalogue, CatalogueFile, Command, Rejection, catalogue_id};
use servicedesk_eventlog::Executed;

use crate::access::policy;
use crate::acting::Acting;
use crate::error::Failure;

type Done = Result<Executed, Failure<Rejection>>;

/// Defines a calendar.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn define_calendar(acting: Acting<'_>, entry: CalendarEntry) -> Done {
    let file = CatalogueFile { calendars: vec![entry], ..CatalogueFile::default() };
    define(acting, file).await
}

/// Defines how long requests of a kind may take.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn define_service_level(acting: Acting<'_>, entry: ServiceLevelEntry) -> Done {
    let file = CatalogueFile { service_levels: vec![entry], ..CatalogueFile::default() };
    define(acting, file).await
}

async fn define(acting: Acting<'_>, file: CatalogueFile) -> Done {
    policy::acting_manager(acting.caller)?;
    let command = Command::Load(Box::new(file), acting.now());
    acting.execute::<Catalogue>(catalogue_id().uuid(), Ok(command)).await
}
