//! Keys of a licence: issuing, binding anew, and what is said of one that is presented (F6).

use chrono::NaiveDate;
use ed25519_dalek::SigningKey;

use super::super::events::{KeyVerdict, LicenceEvent};
use super::super::rejection::Rejection;
use super::super::state::Licence;
use super::{Decision, accounts};
use crate::kernel::{Moment, Personal, Text};
use crate::licensing::key::{KeyFacts, ProductTag};
use crate::licensing::{AccountNumber, LicenceId};

/// The most checks of a licence's keys that are recorded in a day.
pub const MOST_CHECKS_A_DAY: usize = 20;

/// By whom a key is signed.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The number by which keys name it.
    pub number: u16,
    /// Its secret half.
    pub secret: SigningKey,
}

/// The accounts that a licence is to be bound to.
#[derive(Debug, Clone)]
pub struct Rebind {
    /// The accounts, as far as they are such.
    pub account_numbers: Result<Vec<AccountNumber>, Rejection>,
    /// Why.
    pub reason: String,
    /// The most characters of a reason.
    pub most_characters: usize,
    /// Now.
    pub at: Moment,
}

/// A key whose signature is good, with what it was presented for.
#[derive(Debug, Clone)]
pub struct Check {
    /// What the key says.
    pub facts: KeyFacts,
    /// With which account.
    pub account_number: AccountNumber,
    /// For which product, where that was said.
    pub product: Option<ProductTag>,
    /// Now.
    pub at: Moment,
}

/// Signs the key that says what the licence says now, unless it was issued.
pub(super) fn issue(licence: &Licence, licence_id: LicenceId, signer: &Signer) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    let Some(facts) = licence.key_facts(licence_id, signer.number) else { return Ok(Vec::new()) };
    let key = Personal::new(customer_id, facts.sign(&signer.secret));
    let (number, signing_key) = (facts.number, signer.number);
    Ok(vec![LicenceEvent::KeyIssued { customer_id, number, signing_key, key }])
}

pub(super) fn rebind(licence: &Licence, rebind: Rebind) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    if licence.is_revoked {
        return Err(Rejection::LicenceRevoked);
    }
    if licence.has_ended(rebind.at) {
        return Err(Rejection::LicenceExpired);
    }
    let accounts = accounts(rebind.account_numbers?)?;
    if accounts.is_empty() {
        return Err(Rejection::AccountsMissing);
    }
    if accounts == licence.account_numbers {
        return Err(Rejection::AccountsUnchanged);
    }
    let reason =
        Text::parse(&rebind.reason, rebind.most_characters).map_err(Rejection::BadReason)?;
    Ok(vec![LicenceEvent::Rebound {
        customer_id,
        account_numbers: Personal::new(customer_id, accounts),
        reason: Personal::new(customer_id, reason.into_string()),
        rebound_at: rebind.at,
    }])
}

/// What is said of the key. To whom has another account nothing is said but that.
pub fn verdict(licence: &Licence, check: &Check) -> KeyVerdict {
    let Check { facts, account_number, product, at } = check;
    if !facts.is_bound_to(account_number) {
        KeyVerdict::BoundElsewhere
    } else if product.is_some_and(|product| product != facts.product) {
        KeyVerdict::OtherProduct
    } else if licence.is_revoked {
        KeyVerdict::Revoked
    } else if facts.number < licence.least_number {
        KeyVerdict::Replaced
    } else if !facts.has_begun(*at) {
        KeyVerdict::NotYetValid
    } else if facts.has_ended(*at) {
        KeyVerdict::Expired
    } else {
        KeyVerdict::Valid
    }
}

/// Records what is asked for the first time that day, up to so many times.
pub(super) fn check(licence: &Licence, check: &Check) -> Decision {
    let customer_id = licence.customer_id.ok_or(Rejection::LicenceNotFound)?;
    let (number, verdict) = (check.facts.number, verdict(licence, check));
    if !is_news(licence, check.at.date_naive(), number, &check.account_number, verdict) {
        return Ok(Vec::new());
    }
    Ok(vec![LicenceEvent::KeyChecked {
        customer_id,
        number,
        account_number: Personal::new(customer_id, check.account_number.clone()),
        verdict,
        checked_at: check.at,
    }])
}

fn is_news(
    licence: &Licence,
    day: NaiveDate,
    number: u16,
    account: &AccountNumber,
    verdict: KeyVerdict,
) -> bool {
    if licence.checks.day != day {
        return true;
    }
    let answered = &licence.checks.answered;
    let is_known =
        answered.iter().any(|(one, of, said)| (*one, *said) == (number, verdict) && of == account);
    !is_known && answered.len() < MOST_CHECKS_A_DAY
}
