//! Personal data in events has a type of its own, which names the person it belongs to.
//!
//! Erasing a person (A3) means making every `Personal` value of theirs unreadable while each stored
//! event keeps its bytes. That works when the values are encrypted with a key per person; the
//! stored form therefore already says whose the value is, and `plain` is the first of the forms
//! in which it may stand.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::customer::CustomerId;
use crate::licensing::TradingAccountId;
use crate::staff::StaffMemberId;

/// The person whose data a value is: a customer, a member of staff, or the holder of a trading
/// account, who need not be known; then the account stands for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Uuid);

impl From<CustomerId> for PersonId {
    fn from(id: CustomerId) -> Self {
        Self(id.uuid())
    }
}

impl From<StaffMemberId> for PersonId {
    fn from(id: StaffMemberId) -> Self {
        Self(id.uuid())
    }
}

impl From<TradingAccountId> for PersonId {
    fn from(id: TradingAccountId) -> Self {
        Self(id.uuid())
    }
}

/// A value that identifies or concerns a person: a name, an address, a text, an account number.
///
/// Stored as `{"of": "<person's uuid>", "plain": <value>}`. It prints only whose it is, so that a
/// log line or an error never carries the value itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personal<T> {
    of: PersonId,
    plain: T,
}

impl<T> Personal<T> {
    /// Marks `value` as belonging to `person`.
    pub fn new(person: impl Into<PersonId>, value: T) -> Self {
        Self { of: person.into(), plain: value }
    }

    /// Whose the value is.
    pub fn person(&self) -> PersonId {
        self.of
    }

    /// The value itself.
    pub fn reveal(&self) -> &T {
        &self.plain
    }
}

impl<T> std::fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Personal(of {})", self.of.0)
    }
}
