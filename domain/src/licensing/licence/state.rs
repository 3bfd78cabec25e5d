//! A licence as decisions see it. Folding an event in never fails.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::LicenceId;
use super::events::{KeyVerdict, LicenceEvent, LicenceKind};
use crate::catalogue::ProductId;
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal};
use crate::licensing::key::{self, KeyFacts};
use crate::licensing::{AccountNumber, ApplicationId, ReleaseId};

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Licence {
    /// Whose it is; none before it was granted.
    pub customer_id: Option<CustomerId>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// For which product.
    pub product_id: ProductId,
    /// The application that it was granted for, if there is one.
    pub application_id: Option<ApplicationId>,
    /// The terms.
    pub kind: LicenceKind,
    /// The time zone that its months are counted in, if that was kept.
    pub time_zone: Option<chrono_tz::Tz>,
    /// The moment from which it is valid.
    pub valid_from: Moment,
    /// The moment until which it is valid. None: without end.
    pub valid_until: Option<Moment>,
    /// The accounts that its key is bound to.
    pub account_numbers: Vec<AccountNumber>,
    /// The number of the key that says what the licence says now; 0 while there is none to be.
    pub key_number: u16,
    /// The number of the last key that was issued.
    pub issued_number: u16,
    /// Keys before this number are bound to accounts that the licence is no longer bound to.
    pub least_number: u16,
    /// So many days before its end was last noticed; 0: that it has ended.
    pub noticed_days: Option<u16>,
    /// The link by which its product is downloaded, the last one.
    pub link: Option<Link>,
    /// The last download by a link.
    pub last_download: Option<Download>,
    /// What was asked of its keys on the last day on which anything was.
    pub checks: Checks,
}

/// A link by which a licence's product is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Link number within the licence, from 1.
    pub number: u32,
    /// The moment until which it is valid.
    pub expires_at: Moment,
}

/// A download by a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// The number of its link within the licence, from 1.
    pub number: u32,
    /// Of which release.
    pub release_id: ReleaseId,
    /// When it began.
    pub begun_at: Moment,
}

/// What was asked of a licence's keys on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checks {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// For which accounts, and what was answered.
    pub answered: Vec<(u16, AccountNumber, KeyVerdict)>,
}

impl Licence {
    /// What a key says that is issued now. None if there is none to issue.
    pub fn key_facts(&self, licence_id: LicenceId, signing_key: u16) -> Option<KeyFacts> {
        let is_due = self.issued_number < self.key_number && !self.is_revoked;
        is_due.then(|| KeyFacts {
            signing_key,
            licence_id,
            number: self.key_number,
            product: key::product_tag(self.product_id),
            kind: self.kind,
            valid_from: key::second_of(self.valid_from),
            valid_until: self.valid_until.map(key::second_of),
            account_numbers: self.account_numbers.clone(),
        })
    }

    /// Whether it has ended by then.
    pub fn has_ended(&self, now: Moment) -> bool {
        self.valid_until.is_some_and(|until| until <= now)
    }

    /// Whether it was granted and is of no use any more: revoked, or ended by then.
    pub fn is_over(&self, now: Moment) -> bool {
        self.customer_id.is_some() && (self.is_revoked || self.has_ended(now))
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: &LicenceEvent) {
        match event {
            LicenceEvent::Granted {
                customer_id,
                product_id,
                kind,
                valid_from,
                valid_until,
                account_numbers,
                application_id,
                time_zone,
            } => {
                self.time_zone = *time_zone;
                self.customer_id = Some(*customer_id);
                self.application_id = *application_id;
                self.product_id = *product_id;
                self.kind = *kind;
                self.valid_from = *valid_from;
                self.valid_until = *valid_until;
                self.bind(account_numbers);
                self.another_key();
                self.least_number = self.key_number;
            }
            LicenceEvent::KeyIssued { number, .. } => self.issued_number = *number,
            LicenceEvent::KeyChecked { number, account_number, verdict, checked_at, .. } => {
                let day = checked_at.date_naive();
                if self.checks.day != day {
                    self.checks = Checks { day, answered: Vec::new() };
                }
                if let Some(account) = account_number.reveal() {
                    self.checks.answered.push((*number, account.clone(), *verdict));
                }
            }
            LicenceEvent::Rebound { account_numbers, .. } => {
                self.bind(account_numbers);
                self.another_key();
                self.least_number = self.key_number;
            }
            LicenceEvent::Renewed { valid_until, .. } => {
                self.valid_until = Some(*valid_until);
                self.noticed_days = None;
                self.another_key();
            }
            LicenceEvent::Expiring { days, .. } => self.noticed_days = Some(*days),
            LicenceEvent::Expired { .. } => self.noticed_days = Some(0),
            LicenceEvent::LinkIssued { number, expires_at, .. } => {
                self.link = Some(Link { number: *number, expires_at: *expires_at });
            }
            LicenceEvent::LinkUsed { number, release_id, used_at, .. } => {
                let (number, release_id, begun_at) = (*number, *release_id, *used_at);
                self.last_download = Some(Download { number, release_id, begun_at });
            }
            LicenceEvent::Revoked { .. } => self.is_revoked = true,
        }
    }

    /// An erased customer's licence is bound to no account that anybody knows.
    fn bind(&mut self, account_numbers: &Personal<Vec<AccountNumber>>) {
        self.account_numbers = account_numbers.reveal().cloned().unwrap_or_default();
    }

    /// A licence that is bound to no account has no key.
    fn another_key(&mut self) {
        if !self.account_numbers.is_empty() {
            self.key_number = self.key_number.saturating_add(1);
        }
    }
}
