//! Decisions about a licence; [`decide`] only dispatches.

mod keys;
mod life;
mod links;

use chrono::TimeDelta;

pub use keys::{Check, MOST_CHECKS_A_DAY, Rebind, Signer, verdict};
pub use life::{Renew, months_in};
pub use links::{IssueLink, goes_on, may_download};

use super::LicenceId;
use super::events::{LicenceEvent, LicenceKind};
use super::rejection::Rejection;
use super::state::Licence;
use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal, Text};
use crate::licensing::{AccountNumber, ApplicationId, ReleaseId};

/// A licence begins at most this many days back or ahead, and ends at most as many ahead: ten
/// years.
pub(crate) const MOST_DAYS: i64 = 3_653;

/// The most trading accounts that one key is bound to.
pub const MOST_ACCOUNTS: usize = 10;

/// A command on a licence.
#[derive(Debug, Clone)]
pub enum Command {
    /// See [`Grant`].
    Grant(Grant),
    /// The key that says what the licence says now is to be there.
    IssueKey {
        /// The licence's own id.
        licence_id: LicenceId,
        /// By whom it is signed.
        signer: Signer,
    },
    /// A key was presented.
    CheckKey(Check),
    /// See [`Rebind`].
    Rebind(Rebind),
    /// See [`Renew`].
    Renew(Renew),
    /// See [`IssueLink`].
    IssueLink(IssueLink),
    /// A download is begun by a link.
    Download {
        /// By which link.
        number: u32,
        /// Of which release.
        release_id: ReleaseId,
        /// Now.
        at: Moment,
    },
    /// It is this late now.
    PassTime {
        /// So many days before its end a licence is said to come to it.
        warning_days: Vec<u16>,
        /// Now.
        at: Moment,
    },
    /// It is valid no more.
    Revoke {
        /// Why.
        reason: String,
        /// The most characters of a reason.
        most_characters: usize,
        /// Now.
        at: Moment,
    },
}

/// A new licence.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Whose it is to be, as far as there is such a customer.
    pub customer_id: Result<CustomerId, Rejection>,
    /// For which product, as far as there is such a product.
    pub product_id: Result<ProductId, Rejection>,
    /// On which terms.
    pub kind: LicenceKind,
    /// From when.
    pub valid_from: Moment,
    /// Until when.
    pub valid_until: Option<Moment>,
    /// The trading accounts that its key is to be bound to, as far as they are such; none: no key.
    pub account_numbers: Result<Vec<AccountNumber>, Rejection>,
    /// The application that it is granted for, if it is one.
    pub application_id: Option<ApplicationId>,
    /// Now.
    pub at: Moment,
}

/// What a decision gives.
pub type Decision = Result<Vec<LicenceEvent>, Rejection>;

/// Decides a command on a licence.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(licence: &Licence, command: Command) -> Decision {
    match command {
        Command::Grant(grant) => self::grant(licence, grant),
        Command::IssueKey { licence_id, signer } => keys::issue(licence, licence_id, &signer),
        Command::CheckKey(check) => keys::check(licence, &check),
        Command::Rebind(rebind) => keys::rebind(licence, rebind),
        Command::Renew(renew) => life::renew(licence, renew),
        Command::IssueLink(issue) => links::issue(licence, issue),
        Command::Download { number, release_id, at } => {
            links::download(licence, number, release_id, at)
        }
        Command::PassTime { warning_days, at } => life::pass_time(licence, &warning_days, at),
        Command::Revoke { reason, most_characters, at } => {
            revoke(licence, &reason, most_characters, at)
        }
    }
}

fn grant(licence: &Licence, grant: Grant) -> Decision {
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
    let days = TimeDelta::days(MOST_DAYS);
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
    }])
}

/// In order and each once, so that the same accounts always make the same key.
fn accounts(mut numbers: Vec<AccountNumber>) -> Result<Vec<AccountNumber>, Rejection> {
    numbers.sort();
    numbers.dedup();
    if numbers.len() > MOST_ACCOUNTS {
        return Err(Rejection::TooManyAccounts { most: MOST_ACCOUNTS });
    }
    Ok(numbers)
}

fn revoke(licence: &Licence, reason: &str, most_characters: usize, at: Moment) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    if licence.is_revoked {
        return Err(Rejection::LicenceRevoked);
    }
    let reason = Text::parse(reason, most_characters).map_err(Rejection::BadReason)?;
    let reason = Personal::new(customer_id, reason.into_string());
    Ok(vec![LicenceEvent::Revoked { customer_id, revoked_at: at, reason }])
}
