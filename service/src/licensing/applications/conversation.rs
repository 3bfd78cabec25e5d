//! Talking about an application in a ticket.

use servicedesk_domain::catalogue::CategoryId;
use servicedesk_domain::licensing::ApplicationId;
use servicedesk_domain::licensing::application::command::RequestTicket;
use servicedesk_domain::licensing::application::{Command, Rejection};
use servicedesk_domain::ticket::TicketId;
use uuid::Uuid;

use super::{Done, on_application};
use crate::access::policy;
use crate::acting::Acting;

/// Opens a ticket to talk about an application in, for its customer or licensing.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn open_application_ticket(
    acting: Acting<'_>,
    application_id: ApplicationId,
    category_id: CategoryId,
    subject: String,
    text: String,
) -> Done {
    let by = policy::applications_party(acting.caller)?;
    let catalogue = acting.desk.catalogue().await?;
    let category = catalogue.categories.get(&category_id).filter(|one| !one.is_retired);
    let category_id = category.map(|one| one.category_id).ok_or(Rejection::CategoryNotFound);
    let ticket_id = TicketId::new(Uuid::new_v5(&application_id.uuid(), b"ticket"));
    let request = RequestTicket { by, ticket_id, category_id, subject, text };
    on_application(acting, application_id, Ok(Command::RequestTicket(request))).await
}
