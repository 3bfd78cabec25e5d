//! Opening a ticket (T1, T3).

use servicedesk_domain::catalogue::{CategoryId, ProductId};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::file::{Attachment, Place};
use servicedesk_domain::ticket::command::Open;
use servicedesk_domain::ticket::events::Priority;
use servicedesk_domain::ticket::{Rejection, TicketId};

use super::acting::Done;
use super::assignment::pick_agent;
use crate::access::Identity;
use crate::acting::Acting;
use crate::error::{ApiError, Failure};
use crate::file::attaching::{self, Files};

/// A new request for help.
#[derive(Debug, Clone)]
pub struct OpenTicket {
    /// Whose request it is, if staff opens it for a customer.
    pub customer_id: Option<CustomerId>,
    /// What it is about.
    pub category_id: CategoryId,
    /// Which product it is about.
    pub product_id: ProductId,
    /// How urgent staff takes it to be.
    pub priority: Option<Priority>,
    /// The request in a line.
    pub subject: String,
    /// The request in full.
    pub text: String,
    /// The files that come with it.
    pub files: Files,
}

/// Opens a ticket. Customers open their own; staff names the customer.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn open_ticket(acting: Acting<'_>, open: OpenTicket) -> Done {
    let acting = acting.numbered();
    let ticket_id: TicketId = acting.new_id("ticket");
    let files = open.files.clone();
    let to = Attachment { ticket_id, place: Place::Request };
    let command = match command(&acting, open).await {
        Ok(open) => {
            let claimed = attaching::claim(&acting, &files, to, open.clone().into()).await;
            claimed.map(|()| open)
        }
        Err(failure) => Err(failure),
    };
    let done = acting.on_ticket_if(ticket_id, command).await;
    attaching::settle(&acting, &files, to, &done).await;
    done
}

async fn command(acting: &Acting<'_>, open: OpenTicket) -> Result<Open, Failure<Rejection>> {
    let (customer_id, priority) = whose(acting, &open).await?;
    let routing = acting.desk.catalogue().await?.route(open.category_id, open.product_id);
    let pick = match &routing {
        Ok(department_ids) => pick_agent(acting.desk, department_ids).await?,
        Err(_) => None,
    };
    Ok(Open {
        customer_id,
        category_id: open.category_id,
        product_id: open.product_id,
        routing,
        priority,
        subject: open.subject,
        text: open.text,
        file_ids: open.files.ids(),
        pick,
    })
}

/// Whose request a new ticket is, and how urgent.
async fn whose(
    acting: &Acting<'_>,
    open: &OpenTicket,
) -> Result<(CustomerId, Priority), Failure<Rejection>> {
    match &acting.caller.identity {
        Identity::Customer(_) if open.customer_id.is_some() => {
            Err(ApiError::Forbidden("customers open tickets of their own").into())
        }
        Identity::Customer(_) if open.priority.is_some() => {
            Err(ApiError::Forbidden("the priority is for staff to judge").into())
        }
        Identity::Customer(id) => Ok((*id, Priority::default())),
        Identity::Staff(_) => {
            acting.staff()?;
            let named = open.customer_id.ok_or(Failure::Rejected(Rejection::CustomerNotFound))?;
            if !acting.desk.has_customer(named).await? {
                return Err(Failure::Rejected(Rejection::CustomerNotFound));
            }
            Ok((named, open.priority.unwrap_or_default()))
        }
    }
}
