//! Whether work on a ticket may be charged, for the customer to see before it is (B5).

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};
use servicedesk_projections::billing::support_accounts::SupportAccountRow;
use servicedesk_projections::ticket::ticket_details::TicketDetails;

use crate::graphql::loaders::Loaders;
use crate::graphql::query::data;
use crate::graphql::relay::Money;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

/// Whether work on a ticket beyond the customer's free time may be charged.
#[derive(SimpleObject)]
pub struct ChargesAgreement {
    /// What an hour costs beyond the free time, by the terms in force.
    hourly_price: Money,
    /// The minutes that work done now finds free for the ticket's product.
    free_minutes_left: u32,
    /// Whether they were asked to agree.
    is_asked: bool,
    /// To which price of an hour they last agreed, if they did.
    agreed_price: Option<Money>,
    /// Whether work beyond the free time may be charged now: they agreed to this price or a higher
    /// one, a manager let it be, or the terms do not ask for an agreement.
    may_be_charged: bool,
}

/// Whether work on a ticket beyond the customer's free time may be charged.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn agreement(
    context: &Context<'_>,
    ticket: &TicketDetails,
) -> Result<ChargesAgreement, ApiError> {
    let now = data::<Desk>(context)?.now();
    let loaders = data::<Loaders>(context)?;
    let version = loaders.terms().await?;
    let account = loaders.support_account(ticket.customer_id).await?;
    let free = |found: &Arc<SupportAccountRow>| {
        found.account.free_minutes_left(ticket.product_id, now, &version)
    };
    let price = version.terms.hourly_price;
    let agreement = ticket.agreement;
    Ok(ChargesAgreement {
        hourly_price: price.into(),
        free_minutes_left: account.as_ref().map_or(0, free),
        is_asked: agreement.asked.is_some(),
        agreed_price: agreement.agreed.map(Into::into),
        may_be_charged: agreement.may_charge(&version.terms),
    })
}
