//! The reactions of licences: one that was granted, rebound or renewed gets the key that says so
//! (F6), one that was applied for gets a link (R1), and one that is revoked leaves its trading
//! account.

use servicedesk_domain::Event;
use servicedesk_domain::licensing::licence::decide::IssueLink;
use servicedesk_domain::licensing::licence::{Command, Rejection};
use servicedesk_domain::licensing::{Licence, LicenceEvent, LicenceId};
use servicedesk_eventlog::{ExecuteError, Recorded};

use super::signing::{self, SigningError};
use crate::desk::Desk;
use crate::reaction::{self, OrderingKey, Planned, ReactionError};

impl From<SigningError> for ReactionError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Db(error) => error.into(),
            SigningError::Log(error) => error.into(),
            SigningError::Randomness(_) => Self::Transient(error.to_string()),
            SigningError::SecretMissing(_) => Self::Permanent(error.to_string()),
        }
    }
}

/// A licence with account numbers gets a key whenever what the key says has changed.
pub fn issue_key<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let has_accounts = match &event.event {
        Event::Licence(LicenceEvent::Granted { account_numbers, .. }) => {
            account_numbers.reveal().is_some_and(|numbers| !numbers.is_empty())
        }
        Event::Licence(LicenceEvent::Rebound { .. } | LicenceEvent::Renewed { .. }) => true,
        _ => false,
    };
    has_accounts.then(|| Planned::under(key(event), sign(desk, event)))
}

/// A licence that was applied for comes with a link to what is licensed (R1).
pub fn issue_link<'a>(desk: &'a Desk, event: &'a Recorded) -> Option<Planned<'a>> {
    let Event::Licence(LicenceEvent::Granted { application_id: Some(_), .. }) = &event.event else {
        return None;
    };
    Some(Planned::under(key(event), link(desk, event, LicenceId::new(event.aggregate_id))))
}

fn key(event: &Recorded) -> OrderingKey {
    OrderingKey::of("licence", event.aggregate_id)
}

async fn sign(desk: &Desk, event: &Recorded) -> Result<(), ReactionError> {
    let signer = signing::signer(&desk.log).await?;
    let licence_id = LicenceId::new(event.aggregate_id);
    let command = Command::IssueKey { licence_id, signer };
    let context = reaction::further_context(event, "issue key");
    desk.log.execute::<Licence>(event.aggregate_id, command, context).await?;
    Ok(())
}

/// Issues a link to what is licensed (R1, R2).
///
/// # Errors
/// [`ReactionError`], where that fails.
pub async fn link(
    desk: &Desk,
    event: &Recorded,
    licence_id: LicenceId,
) -> Result<(), ReactionError> {
    let catalogue = desk.catalogue().await?;
    let (hours, at) = (catalogue.licensing_policy.link_hours, event.metadata.occurred_at);
    let command = Command::IssueLink(IssueLink { customer_id: None, hours, at });
    let context = reaction::further_context(event, &format!("issue link {licence_id}"));
    match desk.log.execute::<Licence>(licence_id.uuid(), command, context).await {
        // Revoked before this was reached, it needs none.
        Ok(_)
        | Err(ExecuteError::Rejected(Rejection::LicenceRevoked | Rejection::LicenceExpired)) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
