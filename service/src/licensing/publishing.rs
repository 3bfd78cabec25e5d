//! Announcing, publishing and withdrawing releases, by licensing (R3).

use chrono::TimeDelta;
use servicedesk_domain::catalogue::{Catalogue, ProductId};
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::licensing::release::decide::{Announce, Publish, Withdraw};
use servicedesk_domain::licensing::release::{Command, Rejection, ReleaseFile, release_of};
use servicedesk_domain::licensing::{Release, ReleaseId};
use servicedesk_eventlog::{ExecuteError, Executed};

use super::signed_links::{self, SignedLink};
use crate::access::policy;
use crate::acting::Acting;
use crate::desk::{self, Desk};
use crate::error::{ApiError, Failure};

/// For how long a file may be uploaded after its release was announced.
const UPLOAD_HOURS: i64 = 24;

/// What a use case on a release gives.
pub type Done = Result<Executed, Failure<Rejection>>;

/// A release to be announced.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// The product.
    pub product_id: ProductId,
    /// The version.
    pub version: String,
    /// What is new in it.
    pub notes: String,
    /// The name under which its file is saved.
    pub file_name: String,
    /// The file's length in bytes.
    pub bytes: i64,
    /// The file's SHA-256.
    pub sha256: String,
}

/// Announces a release, whose file is then awaited.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn publish_release(acting: Acting<'_>, new: NewRelease, max_bytes: u64) -> Done {
    policy::acting_licenser(acting.caller)?;
    let (id, command) = announcement(&*acting.desk.catalogue().await?, new, max_bytes);
    acting.execute::<Release>(id.uuid(), Ok(command)).await
}

/// The command that announces a release.
pub fn announcement(
    catalogue: &Catalogue,
    new: NewRelease,
    max_bytes: u64,
) -> (ReleaseId, Command) {
    let product = catalogue.products.get(&new.product_id).filter(|one| !one.is_retired);
    let id = release_of(new.product_id, &new.version);
    let command = Command::Announce(Announce {
        product_id: product.map(|one| one.product_id).ok_or(Rejection::ProductNotFound),
        version: new.version,
        notes: new.notes,
        file_name: new.file_name,
        bytes: new.bytes,
        sha256: new.sha256,
        max_bytes,
        max_characters: catalogue.ticket_policy.text_characters,
    });
    (id, command)
}

/// Records that a release's file has arrived.
///
/// # Errors
/// The rule that refuses it, or a fault.
pub async fn publish(
    desk: &Desk,
    release_id: ReleaseId,
    file: ReleaseFile,
) -> Result<Executed, ExecuteError<Rejection>> {
    let at = desk.now();
    let context = desk::own_context(Actor::Reactor, at);
    let command = Command::Publish(Publish { file, at });
    desk.log.execute::<Release>(release_id.uuid(), command, context).await
}

/// Withdraws a release: from now on it can no longer be downloaded.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn withdraw_release(acting: Acting<'_>, release_id: ReleaseId, reason: String) -> Done {
    policy::acting_licenser(acting.caller)?;
    let max_characters = acting.desk.catalogue().await?.ticket_policy.reason_characters;
    let command = Command::Withdraw(Withdraw { reason, max_characters, at: acting.now() });
    acting.execute::<Release>(release_id.uuid(), Ok(command)).await
}

/// Where the file of a release is uploaded, as a path on this service.
///
/// # Errors
/// `Internal` if there is no secret to sign it with.
pub async fn upload_path(desk: &Desk, release_id: ReleaseId) -> Result<String, ApiError> {
    let secret = signed_links::secret(&desk.log).await.map_err(ApiError::from)?;
    let until = desk.now().checked_add_signed(TimeDelta::hours(UPLOAD_HOURS));
    let pass = SignedLink::Upload(release_id, until.unwrap_or(Moment::MAX_UTC));
    Ok(format!("/uploads/{}", pass.seal(&secret)))
}
