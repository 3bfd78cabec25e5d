//! The reactions of a customer's support account: a licence opens or ends a package (B1), logged
//! time draws on it and is charged (B2, B3), a correction gives back (B4).

use servicedesk_domain::Event;
use servicedesk_domain::billing::SupportAccount;
use servicedesk_domain::billing::account::decide::Work;
use servicedesk_domain::billing::account::events::CreditBasis;
use servicedesk_domain::billing::account::{self, Command};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::licensing::{LicenceEvent, LicenceId};
use servicedesk_domain::ticket::command::began;
use servicedesk_domain::ticket::{Ticket, TicketEvent, TicketId};
use servicedesk_eventlog::Recorded;

use super::terms;
use crate::desk::Desk;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};

/// Keeps the account up to date with licences and with the time that is worked.
pub fn settle<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let licence_id = LicenceId::new(event.aggregate_id);
    let credit = |entry_id, basis| {
        of_ticket(desk, event, async move { Ok(Command::Credit { entry_id, basis }) })
    };
    Some(match &event.event {
        Event::Licence(LicenceEvent::Granted {
            customer_id,
            product_id,
            valid_from,
            valid_until,
            ..
        }) => {
            let (product_id, valid_from, valid_until) = (*product_id, *valid_from, *valid_until);
            let open = Command::OpenPackage { licence_id, product_id, valid_from, valid_until };
            of_customer(desk, event, *customer_id, open)
        }
        Event::Licence(LicenceEvent::Renewed { customer_id, valid_until, .. }) => {
            let extend = Command::ExtendPackage { licence_id, valid_until: *valid_until };
            of_customer(desk, event, *customer_id, extend)
        }
        Event::Licence(LicenceEvent::Revoked { customer_id, revoked_at, .. }) => {
            let end = Command::EndPackage { licence_id, ended_at: *revoked_at };
            of_customer(desk, event, *customer_id, end)
        }
        Event::Ticket(TicketEvent::TimeLogged {
            entry_id,
            staff_member_id,
            minutes,
            started_at,
            worked_at,
            charging,
            ..
        }) => of_ticket(desk, event, async move {
            let started_at = started_at.unwrap_or_else(|| began(*minutes, *worked_at));
            let terms = terms::in_force_during(&desk.log, started_at, *worked_at).await?;
            Ok(Command::Settle(Work {
                entry_id: *entry_id,
                ticket_id: TicketId::new(event.aggregate_id),
                product_id: ticket(desk, event).await?.product_id,
                staff_member_id: *staff_member_id,
                started_at,
                worked_at: *worked_at,
                minutes: *minutes,
                charging: charging.clone(),
                terms,
            }))
        }),
        Event::Ticket(TicketEvent::TimeReversed { entry_id, .. }) => {
            credit(*entry_id, CreditBasis::Reversal)
        }
        Event::Ticket(TicketEvent::TimeMarkedCourtesy { entry_id, .. }) => {
            credit(*entry_id, CreditBasis::Courtesy)
        }
        _ => return None,
    })
}

/// A command on the account of the customer whom the event names.
fn of_customer<'a>(
    desk: &'a Desk,
    event: &'a Recorded,
    customer_id: CustomerId,
    command: Command,
) -> Planned<'a> {
    Planned::under(key(customer_id), execute(desk, event, customer_id, command))
}

/// A command on the account of the customer whose ticket it is.
fn of_ticket<'a>(
    desk: &'a Desk,
    event: &'a Recorded,
    command: impl Future<Output = Result<Command, ReactionError>> + Send + 'a,
) -> Planned<'a> {
    let work = async move {
        let customer_id = ticket(desk, event).await?.customer_id;
        execute(desk, event, customer_id, command.await?).await
    };
    let key = async move { Ok(Some(key(ticket(desk, event).await?.customer_id))) };
    Planned::under_looked_up(key, work)
}

fn key(customer_id: CustomerId) -> OrderingKey {
    OrderingKey::of("support_account", account::account_of(customer_id).uuid())
}

async fn execute(
    desk: &Desk,
    event: &Recorded,
    customer_id: CustomerId,
    command: Command,
) -> Result<(), ReactionError> {
    let account_id = account::account_of(customer_id).uuid();
    desk.log.execute::<SupportAccount>(account_id, command, reaction::context(event)).await?;
    Ok(())
}

/// The event's ticket. Its customer and product never change, so a copy in memory will do.
async fn ticket(desk: &Desk, event: &Recorded) -> Result<Ticket, ReactionError> {
    let (ticket, _) = desk.log.load_recent::<Ticket>(event.aggregate_id).await?;
    Ok(ticket)
}
