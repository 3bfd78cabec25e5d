//! What is stored of an API token, for ever. Storage format and nothing else.

use cqrs_es::DomainEvent;
use serde::{Deserialize, Serialize};

use super::ApiTokenId;
use crate::customer::CustomerId;
use crate::kernel::Moment;
use crate::staff::StaffMemberId;

/// A fact about an API token.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames,
)]
pub enum AccessEvent {
    /// A token was made.
    #[serde(rename = "access.token_issued")]
    #[strum(serialize = "access.token_issued")]
    TokenIssued {
        /// The token's id.
        api_token_id: ApiTokenId,
        /// SHA-256 of the token, in lower-case hexadecimal.
        token_sha256: String,
        /// For whom it speaks.
        principal: Principal,
        /// What it may be used for.
        scopes: Vec<Scope>,
        /// From when on it is worth nothing.
        expires_at: Moment,
        /// What it is for, in the words of who made it.
        label: String,
    },
    /// The token is worth nothing from now on.
    #[serde(rename = "access.token_revoked")]
    #[strum(serialize = "access.token_revoked")]
    TokenRevoked,
}

/// For whom a token speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// A customer.
    Customer(CustomerId),
    /// A member of staff, with the role and departments that the member has at the time.
    Staff(StaffMemberId),
}

/// What a token may be used for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// Queries and subscriptions.
    Read,
    /// Mutations.
    Write,
}

impl DomainEvent for AccessEvent {
    fn event_type(&self) -> String {
        <&'static str>::from(self).to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
