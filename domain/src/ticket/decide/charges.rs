//! Whether work beyond the customer's free time may be charged (B5).

use super::{Decision, personal_text, staff_access};
use crate::ticket::command::{AgreeToCharges, AllowCharges, AskForAgreement, Circumstances};
use crate::ticket::events::TicketEvent;
use crate::ticket::rejection::{Rejection, TextField};
use crate::ticket::state::{Status, Ticket};

/// Asks the customer to agree, at the price in force. What they have agreed to already is not asked
/// again.
pub(super) fn ask_for_agreement(ticket: &Ticket, ask: &AskForAgreement) -> Decision {
    staff_access(ticket, &ask.by)?;
    not_closed(ticket)?;
    let hourly_price = ask.version.terms.hourly_price;
    if ticket.agreement.is_allowed || ticket.agreement.covers(hourly_price) {
        return Ok(Vec::new());
    }
    let staff_member_id = ask.by.staff_member_id;
    let terms_version = ask.version.version;
    Ok(vec![TicketEvent::AgreementAsked { staff_member_id, hourly_price, terms_version }])
}

/// The customer agrees, at the price in force. It holds for the ticket, until the price rises. If
/// they say which price they were shown, they agree to no other.
pub(super) fn agree_to_charges(ticket: &Ticket, agree: &AgreeToCharges) -> Decision {
    if !ticket.is_opened || ticket.customer_id != agree.customer_id {
        return Err(Rejection::TicketNotFound);
    }
    not_closed(ticket)?;
    let hourly_price = agree.version.terms.hourly_price;
    let shown_price = agree.shown_price.transpose().map_err(Rejection::BadAmount)?;
    if shown_price.is_some_and(|shown| shown != hourly_price) {
        return Err(Rejection::PriceChanged);
    }
    if ticket.agreement.covers(hourly_price) {
        return Ok(Vec::new());
    }
    Ok(vec![TicketEvent::ChargesAgreed { hourly_price, terms_version: agree.version.version }])
}

/// A manager decides that work on the ticket is charged without the customer's agreement; also on
/// a closed one, whose time may have to be corrected.
pub(super) fn allow_charges(
    ticket: &Ticket,
    AllowCharges { by, reason }: AllowCharges,
    Circumstances { policy, .. }: &Circumstances,
) -> Decision {
    staff_access(ticket, &by)?;
    if !by.leads() {
        return Err(Rejection::ManagerNeeded);
    }
    let reason =
        personal_text(ticket.customer_id, TextField::Reason, &reason, policy.reason_characters)?;
    if ticket.agreement.is_allowed {
        return Ok(Vec::new());
    }
    Ok(vec![TicketEvent::ChargesAllowed { staff_member_id: by.staff_member_id, reason }])
}

/// A closed ticket takes no more time, so there is nothing to agree to.
fn not_closed(ticket: &Ticket) -> Result<(), Rejection> {
    if ticket.status == Status::Closed { Err(Rejection::TicketClosed) } else { Ok(()) }
}
