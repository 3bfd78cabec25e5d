//! Who calls: an API token stands for a customer or a member of staff.

pub mod issuing;
pub mod policy;
pub mod tokens;

use servicedesk_domain::access::{ApiTokenId, Scope};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::{Actor, Language};
use servicedesk_domain::staff::Worker;
use uuid::Uuid;

/// For whom a request is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A customer.
    Customer(CustomerId),
    /// A member of staff, with role and departments.
    Staff(Worker),
}

/// A caller with a valid token.
#[derive(Debug, Clone)]
pub struct Caller {
    /// For whom.
    pub identity: Identity,
    /// Which token.
    pub api_token_id: ApiTokenId,
    /// What the token may be used for.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// The originator of whatever this caller causes.
    pub fn actor(&self) -> Actor {
        match &self.identity {
            Identity::Customer(id) => Actor::Customer(*id),
            Identity::Staff(worker) => Actor::Staff(worker.staff_member_id),
        }
    }

    /// The person's id, within which idempotency keys are told apart.
    pub fn person(&self) -> Uuid {
        match &self.identity {
            Identity::Customer(id) => id.uuid(),
            Identity::Staff(worker) => worker.staff_member_id.uuid(),
        }
    }
}

/// What is known of a request beside its document.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    /// Found in the answer's header and in log lines, and stored as the correlation id of every
    /// event that the request causes.
    pub request_id: Uuid,
    /// In which language messages are written.
    pub language: Language,
    /// From where it came, as far as that is known.
    pub address: Option<std::net::IpAddr>,
}

/// The token that a request came with, kept for as long as a subscription lasts.
#[derive(Clone)]
pub struct BearerToken(pub String);
