//! Whether work beyond the customer's free time may be charged (B5).

use servicedesk_domain::kernel::{AmountProblem, Money};
use servicedesk_domain::ticket::TicketId;
use servicedesk_domain::ticket::command::{AgreeToCharges, AllowCharges, AskForAgreement};

use super::acting::Done;
use crate::acting::Acting;
use crate::billing::terms;

/// Asks the customer to agree to charges, at the price in force.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn ask_for_agreement(acting: Acting<'_>, ticket_id: TicketId) -> Done {
    let by = acting.staff()?;
    let version = terms::for_request(&acting.desk.log, acting.now()).await?;
    acting.on_ticket(ticket_id, AskForAgreement { by, version }).await
}

/// The customer agrees to charges, at the price in force.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn agree_to_charges(
    acting: Acting<'_>,
    ticket_id: TicketId,
    shown_price: Option<Result<Money, AmountProblem>>,
) -> Done {
    let customer_id = acting.customer()?;
    let version = terms::for_request(&acting.desk.log, acting.now()).await?;
    acting.on_ticket(ticket_id, AgreeToCharges { customer_id, shown_price, version }).await
}

/// A manager lets work be charged without the customer's agreement.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn allow_charges(acting: Acting<'_>, ticket_id: TicketId, reason: String) -> Done {
    let by = acting.staff()?;
    acting.on_ticket(ticket_id, AllowCharges { by, reason }).await
}
