//! What follows for a customer's support account: a licence opens or ends a package (B1), logged
//! time draws on it and is charged (B2, B3), a correction gives back (B4).

use servicedesk_domain::Event;
use servicedesk_domain::billing::SupportAccount;
use servicedesk_domain::billing::account::decide::Work;
use servicedesk_domain::billing::account::events::CreditBasis;
use servicedesk_domain::billing::account::{self, Command};
use servicedesk_domain::licensing::{LicenceEvent, LicenceId};
use servicedesk_domain::ticket::{Ticket, TicketEvent, TicketId};
use servicedesk_eventlog::Recorded;
use uuid::Uuid;

use super::terms;
use crate::desk::Desk;
use crate::reactions::{self, Trouble};

/// Whose account the event concerns, if any does.
///
/// # Errors
/// [`Trouble`], where the log cannot be read.
pub async fn account_of(desk: &Desk, event: &Recorded) -> Result<Option<Uuid>, Trouble> {
    let customer_id = match &event.event {
        Event::Licence(
            LicenceEvent::Granted { customer_id, .. }
            | LicenceEvent::Rebound { customer_id, .. }
            | LicenceEvent::Renewed { customer_id, .. }
            | LicenceEvent::Revoked { customer_id, .. },
        ) => *customer_id,
        Event::Ticket(
            TicketEvent::TimeLogged { .. }
            | TicketEvent::TimeReversed { .. }
            | TicketEvent::TimeMarkedCourtesy { .. },
        ) => ticket(desk, event).await?.customer_id,
        _ => return Ok(None),
    };
    Ok(Some(account::account_of(customer_id).uuid()))
}

/// Does what follows from the event.
///
/// # Errors
/// [`Trouble`], where that fails.
pub async fn follow(desk: &Desk, event: &Recorded) -> Result<(), Trouble> {
    let (Some(account_id), Some(command)) =
        (account_of(desk, event).await?, command(desk, event).await?)
    else {
        return Ok(());
    };
    let context = reactions::following(event);
    let done = desk.log.execute::<SupportAccount>(account_id, command, context).await;
    done.map_err(|error| Trouble::following(event, &error))?;
    Ok(())
}

async fn command(desk: &Desk, event: &Recorded) -> Result<Option<Command>, Trouble> {
    let credit = |entry_id, basis| Command::Credit { entry_id, basis };
    Ok(match &event.event {
        Event::Licence(LicenceEvent::Granted { product_id, valid_from, valid_until, .. }) => {
            Some(Command::OpenPackage {
                licence_id: LicenceId::new(event.aggregate_id),
                product_id: *product_id,
                valid_from: *valid_from,
                valid_until: *valid_until,
            })
        }
        Event::Licence(LicenceEvent::Renewed { valid_until, .. }) => Some(Command::ExtendPackage {
            licence_id: LicenceId::new(event.aggregate_id),
            valid_until: *valid_until,
        }),
        Event::Licence(LicenceEvent::Revoked { revoked_at, .. }) => Some(Command::EndPackage {
            licence_id: LicenceId::new(event.aggregate_id),
            ended_at: *revoked_at,
        }),
        Event::Ticket(TicketEvent::TimeLogged {
            entry_id,
            staff_member_id,
            minutes,
            worked_at,
            charging,
            ..
        }) => {
            let version = terms::in_force_at(&desk.log, *worked_at).await;
            Some(Command::Settle(Work {
                entry_id: *entry_id,
                ticket_id: TicketId::new(event.aggregate_id),
                product_id: ticket(desk, event).await?.product_id,
                staff_member_id: *staff_member_id,
                worked_at: *worked_at,
                minutes: *minutes,
                charging: charging.clone(),
                version: version.map_err(|error| Trouble::following(event, &error))?,
            }))
        }
        Event::Ticket(TicketEvent::TimeReversed { entry_id, .. }) => {
            Some(credit(*entry_id, CreditBasis::Reversal))
        }
        Event::Ticket(TicketEvent::TimeMarkedCourtesy { entry_id, .. }) => {
            Some(credit(*entry_id, CreditBasis::Courtesy))
        }
        _ => None,
    })
}

/// The event's ticket. Its customer and product never change, so a copy in memory will do.
async fn ticket(desk: &Desk, event: &Recorded) -> Result<Ticket, Trouble> {
    let found = desk.log.load_recent::<Ticket>(event.aggregate_id).await;
    let (ticket, _) = found.map_err(|error| Trouble::following(event, &error))?;
    Ok(ticket)
}
