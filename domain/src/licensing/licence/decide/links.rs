//! Links with which a licence's product is downloaded (R3).

use chrono::TimeDelta;

use super::super::events::LicenceEvent;
use super::super::rejection::Rejection;
use super::super::state::Licence;
use super::Decision;
use crate::customer::CustomerId;
use crate::kernel::Moment;
use crate::licensing::ReleaseId;

/// Repeated requests with one link for one release are the same download for so many minutes.
const DOWNLOAD_MINUTES: i64 = 60;

/// Issues a link, which replaces the one before.
#[derive(Debug, Clone, Copy)]
pub struct IssueLink {
    /// The customer who asks. None: staff or the service itself.
    pub customer_id: Option<CustomerId>,
    /// For how many hours it is valid.
    pub hours: u16,
    /// The moment of the decision.
    pub at: Moment,
}

/// Records that a download was started with a link.
#[derive(Debug, Clone, Copy)]
pub struct Download {
    /// The link's number.
    pub number: u32,
    /// The downloaded release.
    pub release_id: ReleaseId,
    /// The moment of the download.
    pub at: Moment,
}

pub(super) fn issue(licence: &Licence, issue: IssueLink) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    if issue.customer_id.is_some_and(|asking| asking != customer_id) {
        return Err(Rejection::LicenceNotFound);
    }
    if licence.is_revoked {
        return Err(Rejection::LicenceRevoked);
    }
    if licence.has_ended(issue.at) {
        return Err(Rejection::LicenceExpired);
    }
    let number = licence.link.map_or(1, |link| link.number.saturating_add(1));
    let good_for = TimeDelta::hours(i64::from(issue.hours));
    // Before the licence begins nothing can be downloaded, so that time does not count.
    let begins_at = issue.at.max(licence.valid_from);
    let expires_at = begins_at.checked_add_signed(good_for).unwrap_or(Moment::MAX_UTC);
    Ok(vec![LicenceEvent::LinkIssued { customer_id, number, expires_at }])
}

/// Whether something may be downloaded with a link now.
///
/// # Errors
/// The [`Rejection`] that forbids it.
pub fn may_download(licence: &Licence, number: u32, at: Moment) -> Result<CustomerId, Rejection> {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    if licence.is_revoked {
        return Err(Rejection::LicenceRevoked);
    }
    let link = licence.link.filter(|link| link.number == number).ok_or(Rejection::LinkReplaced)?;
    if link.expires_at <= at {
        return Err(Rejection::LinkExpired);
    }
    if licence.has_ended(at) {
        return Err(Rejection::LicenceExpired);
    }
    if at < licence.valid_from {
        return Err(Rejection::LicenceNotBegun);
    }
    Ok(customer_id)
}

/// Whether a download that began recently goes on, so that nothing is to be recorded.
pub fn goes_on(licence: &Licence, number: u32, release_id: ReleaseId, at: Moment) -> bool {
    licence.last_download.is_some_and(|last| {
        let is_same = last.number == number && last.release_id == release_id;
        is_same && at < last.begun_at + TimeDelta::minutes(DOWNLOAD_MINUTES)
    })
}

pub(super) fn download(licence: &Licence, download: Download) -> Decision {
    let Download { number, release_id, at } = download;
    let customer_id = may_download(licence, number, at)?;
    if goes_on(licence, number, release_id, at) {
        return Ok(Vec::new());
    }
    Ok(vec![LicenceEvent::LinkUsed { customer_id, number, release_id, used_at: at }])
}
