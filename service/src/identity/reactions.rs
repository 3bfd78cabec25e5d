//! What follows when somebody has confirmed their address: they are a customer, and can log in.

use servicedesk_domain::Event;
use servicedesk_domain::customer::{self, Customer};
use servicedesk_domain::identity::login::decide::Open;
use servicedesk_domain::identity::login::{Command, login_of};
use servicedesk_domain::identity::{EmailClaimEvent, Login};
use servicedesk_eventlog::Recorded;

use crate::desk::Desk;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};

/// Makes a customer and a login of somebody who has confirmed their address.
pub fn open_login<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::EmailClaim(claimed) = &event.event else { return None };
    let EmailClaimEvent::Claimed { customer_id, .. } = claimed else { return None };
    let key = OrderingKey::of("login", customer_id.uuid());
    Some(Planned::under(key, open(desk, event, claimed)))
}

async fn open(
    desk: &Desk,
    event: &Recorded,
    claimed: &EmailClaimEvent,
) -> Result<(), ReactionError> {
    let EmailClaimEvent::Claimed { customer_id, address, name, password_id, language, time_zone } =
        claimed
    else {
        return Ok(());
    };
    // Somebody who was erased in the meantime is not made a customer again.
    let Some(name) = name.reveal().cloned() else { return Ok(()) };
    let register = customer::Command::Register { customer_id: *customer_id, name };
    let context = reaction::further_context(event, "register customer");
    desk.log.execute::<Customer>(customer_id.uuid(), register, context).await?;
    let open = Command::Open(Open {
        customer_id: *customer_id,
        address: address.clone(),
        password_id: *password_id,
        language: *language,
        time_zone: *time_zone,
    });
    let context = reaction::further_context(event, "open login");
    desk.log.execute::<Login>(login_of(*customer_id).uuid(), open, context).await?;
    Ok(())
}
