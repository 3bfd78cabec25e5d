//! Announcing, publishing and withdrawing releases, by licensing (R3).

use chrono::TimeDelta;
use serde::Serialize;
use servicedesk_domain::catalogue::{Catalogue, ProductId};
use servicedesk_domain::kernel::{Actor, Moment};
use servicedesk_domain::licensing::release::decide::Announce;
use servicedesk_domain::licensing::release::{Command, Rejection, ReleaseFile, release_of};
use servicedesk_domain::licensing::{Release, ReleaseId};
use servicedesk_eventlog::{ExecuteError, Executed};

use super::signed_links::{self, SignedLink};
use crate::access::policy;
use crate::desk::{self, CommandRequest, Desk};
use crate::error::{ApiError, Failure};

/// For how long a file may be sent after its release was announced.
const UPLOAD_HOURS: i64 = 24;

/// A release to be announced.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// Of which product.
    pub product_id: ProductId,
    /// Which version.
    pub version: String,
    /// What is new in it.
    pub notes: String,
    /// Under which name its file is saved.
    pub file_name: String,
    /// How long the file is.
    pub bytes: i64,
    /// The file's SHA-256.
    pub sha256: String,
}

/// Announces a release, whose file is then awaited.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn announce(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    new: NewRelease,
    most_bytes: u64,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_licenser(request.caller)?;
    let context = desk::context(request, "publishRelease", content, desk.now())?;
    let (id, command) = announcement(&*desk.catalogue().await?, new, most_bytes);
    Ok(desk.log.execute::<Release>(id.uuid(), command, context).await?)
}

/// The command that announces a release.
pub fn announcement(
    catalogue: &Catalogue,
    new: NewRelease,
    most_bytes: u64,
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
        most_bytes,
        most_characters: catalogue.ticket_policy.text_characters,
    });
    (id, command)
}

/// Says that a release's file is there.
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
    desk.log.execute::<Release>(release_id.uuid(), Command::Publish { file, at }, context).await
}

/// Withdraws a release: from now on it is downloaded no more.
///
/// # Errors
/// The rule that refuses it, or why the request failed.
pub async fn withdraw(
    desk: &Desk,
    request: CommandRequest<'_>,
    content: &impl Serialize,
    release_id: ReleaseId,
    reason: String,
) -> Result<Executed, Failure<Rejection>> {
    policy::acting_licenser(request.caller)?;
    let at = desk.now();
    let context = desk::context(request, "withdrawRelease", content, at)?;
    let most_characters = desk.catalogue().await?.ticket_policy.reason_characters;
    let command = Command::Withdraw { reason, most_characters, at };
    Ok(desk.log.execute::<Release>(release_id.uuid(), command, context).await?)
}

/// Where the file of a release is sent, as a path on this service.
///
/// # Errors
/// `Internal`, where there is no secret to sign it with.
pub async fn upload_path(desk: &Desk, release_id: ReleaseId) -> Result<String, ApiError> {
    let secret =
        signed_links::secret(&desk.log).await.map_err(|error| ApiError::internal(&error))?;
    let until = desk.now().checked_add_signed(TimeDelta::hours(UPLOAD_HOURS));
    let pass = SignedLink::Upload(release_id, until.unwrap_or(Moment::MAX_UTC));
    Ok(format!("/uploads/{}", pass.seal(&secret)))
}
