//! What work on a ticket would cost: asked before time is logged, because beyond the free time the
//! customer must have agreed (B5).

use servicedesk_domain::billing::account::account_of;
use servicedesk_domain::billing::account::decide::{self, Command};
use servicedesk_domain::billing::account::events::CreditBasis;
use servicedesk_domain::billing::{InForce, SupportAccount};
use servicedesk_domain::staff::StaffMemberId;
use servicedesk_domain::ticket::command::{Cost, Work, began};
use servicedesk_domain::ticket::decide::time::whole_minutes;
use servicedesk_domain::ticket::events::Charging;
use servicedesk_domain::ticket::{Ticket, TicketId, TimeEntryId};
use servicedesk_eventlog::reader;
use servicedesk_projections::runner::WaitError;

use crate::billing::terms;
use crate::desk::Desk;
use crate::error::ApiError;

/// What work on a ticket would cost, with what time logged until now has drawn already. In a
/// correction the wrong entry's minutes are there again.
///
/// What is logged elsewhere in the same instant is not known yet. If that takes the last free
/// minutes, the settlement charges nothing that was not agreed.
///
/// # Errors
/// `Internal` if it cannot be known.
pub async fn of_work(
    desk: &Desk,
    ticket_id: TicketId,
    work: &Work,
    instead_of: Option<TimeEntryId>,
) -> Result<Cost, ApiError> {
    // What cannot be logged at all is refused by the ticket, by name.
    let Ok(minutes) = whole_minutes(work, desk.now()) else {
        let version = terms::for_request(&desk.log, desk.now()).await?;
        return Ok(Cost { terms: InForce::throughout(version), free_minutes: 0 });
    };
    let started_at = work.started_at.unwrap_or_else(|| began(minutes, work.worked_at));
    let terms = terms::in_force_during(&desk.log, started_at, work.worked_at).await;
    let terms = terms.map_err(ApiError::from)?;
    let (ticket, _) =
        desk.log.load_recent::<Ticket>(ticket_id.uuid()).await.map_err(ApiError::from)?;
    if work.courtesy.is_some() || ticket.agreement.may_charge_by(&terms) {
        // Then it does not matter what is free, and agreements are never taken back.
        return Ok(Cost { terms, free_minutes: 0 });
    }
    wait_for_settlements(desk).await?;
    let account_id = account_of(ticket.customer_id).uuid();
    let (mut account, _) =
        desk.log.load::<SupportAccount>(account_id).await.map_err(ApiError::from)?;
    if let Some(entry_id) = instead_of {
        let credit = Command::Credit { entry_id, basis: CreditBasis::Reversal };
        // An entry that is not there is refused by the ticket, by name.
        for event in decide::decide(&account, credit).unwrap_or_default() {
            account.evolve(event);
        }
    }
    let to_settle = decide::Work {
        // It is not settled yet, so it cannot be one that is.
        entry_id: TimeEntryId::default(),
        ticket_id,
        product_id: ticket.product_id,
        staff_member_id: StaffMemberId::default(),
        started_at,
        worked_at: work.worked_at,
        minutes,
        charging: Charging::FreeOnly,
        terms: terms.clone(),
    };
    Ok(Cost { terms, free_minutes: decide::free_minutes_of(&account, to_settle) })
}

/// Waits until whatever time was logged before is settled. Where that takes too long, time is
/// logged all the same, because the work was done.
async fn wait_for_settlements(desk: &Desk) -> Result<(), ApiError> {
    let head = reader::head(desk.log.db()).await?;
    match desk.reactions.wait_for(head, desk.patience).await {
        Ok(()) => Ok(()),
        Err(WaitError::Behind { reached, asked }) => {
            tracing::warn!(reached, asked, "time is logged before earlier time is settled");
            Ok(())
        }
        Err(error @ WaitError::Db(_)) => Err(error.into()),
    }
}
