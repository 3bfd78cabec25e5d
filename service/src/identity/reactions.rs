//! What follows when somebody has shown that an address is theirs: they can log in, and if they are
//! new, they are a customer. And what follows when somebody no longer works here: their access ends.

use servicedesk_domain::Event;
use servicedesk_domain::access::{self, ApiToken, Principal};
use servicedesk_domain::customer::{self, Customer};
use servicedesk_domain::identity::login::decide::{Open, OpenOnInvitation};
use servicedesk_domain::identity::login::{Command, login_of};
use servicedesk_domain::identity::{EmailClaimEvent, Login};
use servicedesk_domain::staff::{StaffEvent, StaffMemberId};
use servicedesk_eventlog::Recorded;
use servicedesk_projections::access::api_tokens;

use crate::desk::Desk;
use crate::error::ApiError;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};

/// Makes a customer and a login of somebody who has confirmed their address.
pub fn open_login<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::EmailClaim(claimed) = &event.event else { return None };
    let person = match claimed {
        EmailClaimEvent::Claimed { customer_id, .. } => (*customer_id).into(),
        EmailClaimEvent::ClaimedOnInvitation { person, .. } => *person,
        EmailClaimEvent::Released { .. } => return None,
    };
    let key = OrderingKey::of("login", Principal::uuid(person));
    Some(Planned::under(key, open(desk, event, claimed)))
}

async fn open(
    desk: &Desk,
    event: &Recorded,
    claimed: &EmailClaimEvent,
) -> Result<(), ReactionError> {
    let (customer_id, address, name, password_id, language, time_zone) = match claimed {
        EmailClaimEvent::Claimed {
            customer_id,
            address,
            name,
            password_id,
            language,
            time_zone,
        } => (customer_id, address, name, password_id, language, time_zone),
        EmailClaimEvent::ClaimedOnInvitation {
            person,
            address,
            password_id,
            language,
            time_zone,
        } => {
            let open = OpenOnInvitation {
                person: *person,
                address: address.clone(),
                password_id: *password_id,
                language: *language,
                time_zone: *time_zone,
            };
            let context = reaction::further_context(event, "open login");
            let login_id = login_of(*person).uuid();
            let open = Command::OpenOnInvitation(open);
            desk.log.execute::<Login>(login_id, open, context).await?;
            return Ok(());
        }
        EmailClaimEvent::Released { .. } => return Ok(()),
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

/// Ends the sessions and the API tokens of somebody who no longer works here. They are refused
/// already; but should they be back one day, nothing of theirs from before is valid.
pub fn end_access<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Staff(StaffEvent::Deactivated) = &event.event else { return None };
    let person = Principal::Staff(StaffMemberId::new(event.aggregate_id));
    let key = OrderingKey::of("login", person.uuid());
    Some(Planned::under(key, end(desk, event, person)))
}

async fn end(desk: &Desk, event: &Recorded, person: Principal) -> Result<(), ReactionError> {
    let login_id = login_of(person).uuid();
    let (login, _) = desk.log.load::<Login>(login_id).await?;
    if login.person.is_some() {
        let command = Command::EndOtherSessions { kept_session_id: None };
        let context = reaction::further_context(event, "end sessions");
        desk.log.execute::<Login>(login_id, command, context).await?;
    }
    desk.consistent_with(event.position).await?;
    for token in api_tokens::of_person(desk.log.db(), person).await.map_err(ApiError::from)? {
        let id = token.api_token_id;
        let context = reaction::further_context(event, &format!("revoke token {id}"));
        desk.log.execute::<ApiToken>(id.uuid(), access::Command::Revoke, context).await?;
    }
    Ok(())
}
