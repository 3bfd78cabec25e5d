//! What follows when somebody was erased (A3): nothing that is kept of them beside the log is left.
//! The keys of their data went with the event itself.

use servicedesk_domain::Event;
use servicedesk_domain::access::{ApiToken, Command, Principal};
use servicedesk_domain::customer::{CustomerEvent, CustomerId};
use servicedesk_domain::file::{self, File};
use servicedesk_domain::identity::login::{self, login_of};
use servicedesk_domain::identity::{EmailClaim, EmailClaimId, Login, claim};
use servicedesk_eventlog::{Recorded, logins};
use servicedesk_projections::access::api_tokens;
use servicedesk_projections::file::files;

use crate::desk::Desk;
use crate::error::ApiError;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};

/// Ends what an erased person could get in with, and deletes what is kept of them. It comes behind
/// the opening of their login.
pub fn forget<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Customer(CustomerEvent::Erased { customer_id, email_claim_id, .. }) = &event.event
    else {
        return None;
    };
    let key = OrderingKey::of("login", customer_id.uuid());
    Some(Planned::under(key, forget_person(desk, event, *customer_id, *email_claim_id)))
}

async fn forget_person(
    desk: &Desk,
    event: &Recorded,
    customer_id: CustomerId,
    email_claim_id: Option<EmailClaimId>,
) -> Result<(), ReactionError> {
    let (log, db) = (&desk.log, desk.log.db());
    let context = |purpose: &str| reaction::further_context(event, purpose);
    let login_id = login_of(customer_id).uuid();
    log.execute::<Login>(login_id, login::Command::Close, context("close login")).await?;
    if let Some(claim_id) = email_claim_id {
        let release = claim::Command::Release(customer_id);
        log.execute::<EmailClaim>(claim_id.uuid(), release, context("release address")).await?;
        desk.outbox.forget(claim_id).await?;
    }
    for token in api_tokens::all(db).await.map_err(ApiError::from)? {
        let id = token.api_token_id;
        if token.principal == Principal::Customer(customer_id) && token.revoked_at.is_none() {
            let context = context(&format!("revoke token {id}"));
            log.execute::<ApiToken>(id.uuid(), Command::Revoke, context).await?;
        }
    }
    logins::forget_person(db, customer_id.uuid()).await?;
    // The read models give up what they are searched by; only then is it gone from the disk.
    desk.consistent_with(event.position).await?;
    let at = event.metadata.occurred_at;
    for file in files::concerning(db, customer_id).await.map_err(ApiError::from)? {
        let id = file.file_id;
        let context = context(&format!("discard file {id}"));
        log.execute::<File>(id.uuid(), file::Command::Erase { at }, context).await?;
    }
    Ok(db.shed_deleted().await?)
}
