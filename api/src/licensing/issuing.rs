//! What follows for a licence's key: granted, bound anew or renewed, a licence gets the key that
//! says so (F6).

use servicedesk_domain::Event;
use servicedesk_domain::licensing::licence::decide::IssueLink;
use servicedesk_domain::licensing::licence::{Command, Rejection};
use servicedesk_domain::licensing::{Licence, LicenceEvent, LicenceId};
use servicedesk_eventlog::{CommandContext, CommandId, ExecuteError, Recorded};
use uuid::Uuid;

use super::signing::{self, SigningError};
use crate::desk::Desk;
use crate::reactions::{self, Trouble};

/// Does what follows from the event.
///
/// # Errors
/// [`Trouble`], where that fails.
pub async fn follow(desk: &Desk, event: &Recorded) -> Result<(), Trouble> {
    if let Event::Licence(LicenceEvent::Granted { application_id: Some(_), .. }) = &event.event {
        issue_link(desk, event, LicenceId::new(event.aggregate_id)).await?;
    }
    let is_for_a_key = match &event.event {
        Event::Licence(LicenceEvent::Granted { account_numbers, .. }) => {
            !account_numbers.reveal().is_empty()
        }
        Event::Licence(LicenceEvent::Rebound { .. } | LicenceEvent::Renewed { .. }) => true,
        _ => false,
    };
    if !is_for_a_key {
        return Ok(());
    }
    let signer = signing::signer(&desk.log).await.map_err(|error| match &error {
        SigningError::Db(_)
        | SigningError::Randomness(_)
        | SigningError::Log(
            ExecuteError::Fault(_) | ExecuteError::Unavailable(_) | ExecuteError::Contended,
        ) => Trouble::Passing(error.to_string()),
        SigningError::SecretMissing(_) | SigningError::Log(_) => {
            Trouble::Lasting { position: event.position, what: error.to_string() }
        }
    })?;
    let licence_id = LicenceId::new(event.aggregate_id);
    let command = Command::IssueKey { licence_id, signer };
    let context = following_too(event, b"issue key");
    let done = desk.log.execute::<Licence>(event.aggregate_id, command, context).await;
    done.map_err(|error| Trouble::following(event, &error))?;
    Ok(())
}

/// A licence that was applied for comes with a link to what is licensed, and so does one that was
/// there before (R1, R2).
///
/// # Errors
/// [`Trouble`], where that fails.
pub async fn issue_link(
    desk: &Desk,
    event: &Recorded,
    licence_id: LicenceId,
) -> Result<(), Trouble> {
    let catalogue = desk.catalogue().await;
    let catalogue = catalogue.map_err(|error| Trouble::Passing(error.to_string()))?;
    let (hours, at) = (catalogue.licensing_policy.link_hours, event.metadata.occurred_at);
    let command = Command::IssueLink(IssueLink { customer_id: None, hours, at });
    let what = format!("issue link {licence_id}");
    let context = following_too(event, what.as_bytes());
    match desk.log.execute::<Licence>(licence_id.uuid(), command, context).await {
        // Revoked before this was reached, it needs none.
        Ok(_)
        | Err(ExecuteError::Rejected(Rejection::LicenceRevoked | Rejection::LicenceExpired)) => {
            Ok(())
        }
        Err(error) => Err(Trouble::following(event, &error)),
    }
}

/// The context of a further command that follows from an event.
pub fn following_too(event: &Recorded, what: &[u8]) -> CommandContext {
    let first = reactions::following(event);
    let id = Uuid::new_v5(&first.command_id.id, what);
    CommandContext { command_id: CommandId { id, ..first.command_id }, ..first }
}
