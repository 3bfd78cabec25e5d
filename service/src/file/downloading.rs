//! Downloading a file: by a link that names who may use it, and the ticket's rules each time (T2).

use chrono::TimeDelta;
use servicedesk_domain::file::{FileId, Uploader};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::staff::StaffMember;
use servicedesk_projections::file::files::FileRow;
use servicedesk_projections::ticket::ticket_details;

use super::uploading;
use crate::access::{Caller, Identity, policy};
use crate::desk::Desk;
use crate::error::ApiError;
use crate::licensing::signed_links::SignedLink;

/// The link with which a caller downloads a file, for so many seconds.
pub fn link(desk: &Desk, caller: &Caller, file_id: FileId, seconds: u64) -> SignedLink {
    let seconds = TimeDelta::try_seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
    let until = seconds.and_then(|seconds| desk.now().checked_add_signed(seconds));
    let reader = match &caller.identity {
        Identity::Customer(id) => Uploader::Customer(*id),
        Identity::Staff(worker) => Uploader::Staff(worker.staff_member_id),
    };
    SignedLink::File(file_id, reader, until.unwrap_or(Moment::MAX_UTC))
}

/// A file that somebody may download now; none if they may not, or there is none.
///
/// # Errors
/// `Internal` or `Unavailable` if it cannot be found out.
pub async fn visible_to(
    desk: &Desk,
    reader: Uploader,
    file_id: FileId,
) -> Result<Option<FileRow>, ApiError> {
    let Some(identity) = identity(desk, reader).await? else { return Ok(None) };
    let row = uploading::row(desk, file_id).await?;
    let Some(row) = row.filter(FileRow::is_there) else { return Ok(None) };
    Ok(may_see(desk, &identity, &row).await?.then_some(row))
}

/// Whether somebody may see a file: who sent it, and who sees the message that has it.
///
/// # Errors
/// `Internal` or `Unavailable` if it cannot be found out.
pub async fn may_see(desk: &Desk, identity: &Identity, row: &FileRow) -> Result<bool, ApiError> {
    if policy::has_sent(identity, row) {
        return Ok(true);
    }
    let Some(attachment) = row.attachment else { return Ok(false) };
    let db = desk.log.db();
    let tickets = ticket_details::by_ids(db, &[attachment.ticket_id]).await?;
    let Some(ticket) = tickets.get(&attachment.ticket_id) else { return Ok(false) };
    Ok(policy::may_see_attached(identity, ticket, attachment))
}

/// Who somebody is now, as far as rules ask.
async fn identity(desk: &Desk, reader: Uploader) -> Result<Option<Identity>, ApiError> {
    match reader {
        Uploader::Customer(id) => Ok(Some(Identity::Customer(id))),
        Uploader::Staff(id) => {
            let loaded = desk.log.load_recent::<StaffMember>(id.uuid()).await;
            let (member, _) = loaded.map_err(ApiError::from)?;
            Ok(member.worker.map(Identity::Staff))
        }
    }
}
