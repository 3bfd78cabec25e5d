//! The reaction that keeps timers in step: logged time stops the timer that it came from, where a
//! crash came between the ticket's event and the agent's.

use servicedesk_domain::Event;
use servicedesk_domain::staff::{Command, StaffMember, StaffMemberId};
use servicedesk_domain::ticket::{TicketEvent, TimeEntryId};
use servicedesk_eventlog::Recorded;

use crate::desk::Desk;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};

/// Stops the timer that became an entry, if it still runs. Only an entry that was a timer says when
/// the work began, so for all others the agent's stream, which may be long, is not read.
pub fn stop_timer<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Ticket(TicketEvent::TimeLogged {
        entry_id,
        staff_member_id,
        started_at: Some(_),
        ..
    }) = &event.event
    else {
        return None;
    };
    let key = OrderingKey::of("staff_member", staff_member_id.uuid());
    Some(Planned::under(key, stop(desk, event, *staff_member_id, *entry_id)))
}

async fn stop(
    desk: &Desk,
    event: &Recorded,
    staff_member_id: StaffMemberId,
    entry_id: TimeEntryId,
) -> Result<(), ReactionError> {
    let member_id = staff_member_id.uuid();
    let (member, _) = desk.log.load::<StaffMember>(member_id).await?;
    if member.timer.is_none_or(|timer| timer.entry_id != entry_id) {
        return Ok(());
    }
    let context = reaction::further_context(event, "stop timer");
    desk.log.execute::<StaffMember>(member_id, Command::StopTimer { entry_id }, context).await?;
    Ok(())
}
