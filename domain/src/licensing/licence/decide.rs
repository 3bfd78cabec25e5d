//! Decisions about a licence; [`decide`] only dispatches.

mod keys;
mod life;
mod links;

use chrono::TimeDelta;

pub use keys::{Check, MAX_CHECKS_A_DAY, Rebind, Signer, verdict};
pub use life::{PassTime, Renew, months_in};
pub use links::{Download, IssueLink, goes_on, may_download};

use super::LicenceId;
use super::events::{LicenceEvent, LicenceKind};
use super::rejection::Rejection;
use super::state::Licence;
use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal, Text};
use crate::licensing::{AccountNumber, ApplicationId};

/// A licence begins at most this many days back or ahead, and ends at most this many days ahead:
/// ten years.
pub(crate) const MAX_DAYS: i64 = 3_653;

/// The most trading accounts that one key is bound to.
pub const MAX_ACCOUNTS: usize = 10;

/// A command on a licence.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`GrantLicence`].
    Grant(GrantLicence),
    /// Issues the key that says what the licence says now, unless it was issued before.
    IssueKey {
        /// The licence's own id.
        licence_id: LicenceId,
        /// Who signs it.
        signer: Signer,
    },
    /// See [`Check`].
    CheckKey(Check),
    /// See [`Rebind`].
    Rebind(Rebind),
    /// See [`Renew`].
    Renew(Renew),
    /// See [`IssueLink`].
    IssueLink(IssueLink),
    /// See [`Download`].
    Download(Download),
    /// See [`PassTime`].
    PassTime(PassTime),
    /// See [`Revoke`].
    Revoke(Revoke),
}

/// Grants a customer a new licence.
#[derive(Debug, Clone)]
pub struct GrantLicence {
    /// The customer who gets it, or why there is none.
    pub customer_id: Result<CustomerId, Rejection>,
    /// The licensed product, or why there is none.
    pub product_id: Result<ProductId, Rejection>,
    /// The terms.
    pub kind: LicenceKind,
    /// The moment from which it is valid.
    pub valid_from: Moment,
    /// The moment until which it is valid. None: without end.
    pub valid_until: Option<Moment>,
    /// The trading accounts that its key is bound to, or why one of them is not valid. If there are
    /// none, there is no key.
    pub account_numbers: Result<Vec<AccountNumber>, Rejection>,
    /// The application that it is granted for, if there is one.
    pub application_id: Option<ApplicationId>,
    /// The time zone of the calendar that its months are counted in.
    pub time_zone: chrono_tz::Tz,
    /// The moment of the decision.
    pub at: Moment,
}

/// Revokes a licence: from now on it is no longer valid.
#[derive(Debug, Clone)]
pub struct Revoke {
    /// The reason.
    pub reason: String,
    /// The most characters of a reason.
    pub max_characters: usize,
    /// The moment of the decision.
    pub at: Moment,
}

/// The events that a decision leads to.
pub type Decision = Result<Vec<LicenceEvent>, Rejection>;

/// Decides a command on a licence.
///
/// # Errors
/// The [`Rejection`]; nothing is recorded.
pub fn decide(licence: &Licence, command: Command) -> Decision {
    match command {
        Command::Grant(grant) => self::grant(licence, grant),
        Command::IssueKey { licence_id, signer } => keys::issue(licence, licence_id, &signer),
        Command::CheckKey(check) => keys::check(licence, &check),
        Command::Rebind(rebind) => keys::rebind(licence, rebind),
        Command::Renew(renew) => life::renew(licence, renew),
        Command::IssueLink(issue) => links::issue(licence, issue),
        Command::Download(download) => links::download(licence, download),
        Command::PassTime(pass) => life::pass_time(licence, &pass),
        Command::Revoke(revoke) => self::revoke(licence, &revoke),
    }
}

fn grant(licence: &Licence, grant: GrantLicence) -> Decision {
    if licence.customer_id.is_some() {
        return Err(Rejection::AlreadyGranted);
    }
    let (customer_id, product_id) = (grant.customer_id?, grant.product_id?);
    let (valid_from, valid_until) = (grant.valid_from, grant.valid_until);
    match (grant.kind, valid_until) {
        (LicenceKind::Rental, None) => return Err(Rejection::EndMissing),
        (LicenceKind::Unlimited, Some(_)) => return Err(Rejection::EndNotAllowed),
        _ => {}
    }
    let days = TimeDelta::days(MAX_DAYS);
    let earliest = grant.at.checked_sub_signed(days).unwrap_or(Moment::MIN_UTC);
    let latest = grant.at.checked_add_signed(days).unwrap_or(Moment::MAX_UTC);
    let last = valid_until.unwrap_or(valid_from).max(valid_from);
    if valid_from < earliest || last > latest {
        return Err(Rejection::TooFar { earliest, latest });
    }
    if valid_until.is_some_and(|until| until <= valid_from) {
        return Err(Rejection::EndNotAfterStart);
    }
    let accounts = accounts(grant.account_numbers?)?;
    Ok(vec![LicenceEvent::Granted {
        customer_id,
        product_id,
        kind: grant.kind,
        valid_from,
        valid_until,
        account_numbers: Personal::new(customer_id, accounts),
        application_id: grant.application_id,
        time_zone: Some(grant.time_zone),
    }])
}

/// Sorted and without duplicates, so that the same accounts always make the same key.
fn accounts(mut numbers: Vec<AccountNumber>) -> Result<Vec<AccountNumber>, Rejection> {
    numbers.sort();
    numbers.dedup();
    if numbers.len() > MAX_ACCOUNTS {
        return Err(Rejection::TooManyAccounts { most: MAX_ACCOUNTS });
    }
    Ok(numbers)
}

fn revoke(licence: &Licence, revoke: &Revoke) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    if licence.is_revoked {
        return Err(Rejection::LicenceRevoked);
    }
    let reason = Text::parse(&revoke.reason, revoke.max_characters);
    let reason = reason.map_err(Rejection::BadReason)?.into_string();
    let reason = Personal::new(customer_id, reason);
    Ok(vec![LicenceEvent::Revoked { customer_id, revoked_at: revoke.at, reason }])
}
