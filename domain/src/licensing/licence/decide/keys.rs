//! Keys of a licence: issuing, rebinding, and checking one that is presented (F6).

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
pub const MAX_CHECKS_A_DAY: usize = 20;

/// Who signs a key.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The number by which keys name it.
    pub number: u16,
    /// Its secret half.
    pub secret: SigningKey,
}

/// Binds a licence to other accounts.
#[derive(Debug, Clone)]
pub struct Rebind {
    /// The accounts, or why one of them is not valid.
    pub account_numbers: Result<Vec<AccountNumber>, Rejection>,
    /// The reason.
    pub reason: String,
    /// The most characters of a reason.
    pub max_characters: usize,
    /// The moment of the decision.
    pub at: Moment,
}

/// Records that a key with a valid signature was presented.
#[derive(Debug, Clone)]
pub struct Check {
    /// What the key says.
    pub facts: KeyFacts,
    /// The account that it was presented for.
    pub account_number: AccountNumber,
    /// The product that it was presented for, if named.
    pub product: Option<ProductTag>,
    /// The moment of the decision.
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
        Text::parse(&rebind.reason, rebind.max_characters).map_err(Rejection::BadReason)?;
    Ok(vec![LicenceEvent::Rebound {
        customer_id,
        account_numbers: Personal::new(customer_id, accounts),
        reason: Personal::new(customer_id, reason.into_string()),
        rebound_at: rebind.at,
    }])
}

/// What is answered about the key. Nothing else is said to a caller with another account.
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

/// Records the first check of its kind each day, up to [`MAX_CHECKS_A_DAY`].
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
    !is_known && answered.len() < MAX_CHECKS_A_DAY
}
