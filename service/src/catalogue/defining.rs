//! Changing the catalogue and the policies, as the file that the command line loads does it. For
//! administrators.

use servicedesk_domain::catalogue::{
    Catalogue, CatalogueFile, Command, LicensingPolicy, Rejection, TicketPolicy, catalogue_id,
};
use servicedesk_eventlog::Executed;

use crate::access::policy;
use crate::acting::Acting;
use crate::error::{ApiError, Failure};

/// What a use case on the catalogue gives.
type Done = Result<Executed, Failure<Rejection>>;

/// Defines what a file of entries names; what is so already is no news.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn define(acting: Acting<'_>, file: CatalogueFile) -> Done {
    policy::acting_admin(acting.caller)?;
    let command = Command::Load(Box::new(file), acting.now());
    acting.execute::<Catalogue>(catalogue_id().uuid(), Ok(command)).await
}

/// Takes an entry out of use.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn retire(acting: Acting<'_>, command: Command) -> Done {
    policy::acting_admin(acting.caller)?;
    acting.execute::<Catalogue>(catalogue_id().uuid(), Ok(command)).await
}

/// Changes some of the policy for tickets; the rest stays as it is.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn change_ticket_policy(
    acting: Acting<'_>,
    change: impl FnOnce(&mut TicketPolicy),
) -> Done {
    policy::acting_admin(acting.caller)?;
    let (catalogue, sequence) = as_recorded(&acting).await?;
    let (acting, mut policy) = (acting.expecting(sequence), catalogue.ticket_policy);
    change(&mut policy);
    define(acting, CatalogueFile { ticket_policy: Some(policy), ..CatalogueFile::default() }).await
}

/// Changes some of the policy for applications, licences and links; the rest stays as it is.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn change_licensing_policy(
    acting: Acting<'_>,
    change: impl FnOnce(&mut LicensingPolicy),
) -> Done {
    policy::acting_admin(acting.caller)?;
    let (catalogue, sequence) = as_recorded(&acting).await?;
    let (acting, mut policy) = (acting.expecting(sequence), catalogue.licensing_policy);
    change(&mut policy);
    define(acting, CatalogueFile { licensing_policy: Some(policy), ..CatalogueFile::default() })
        .await
}

/// The catalogue and its version, so that what somebody else changes at the same moment is not
/// changed back: the request fails with a conflict then.
async fn as_recorded(acting: &Acting<'_>) -> Result<(Catalogue, i64), ApiError> {
    let loaded = acting.desk.log.load::<Catalogue>(catalogue_id().uuid()).await;
    loaded.map_err(ApiError::from)
}
