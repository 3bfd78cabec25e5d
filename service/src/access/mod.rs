//! Who calls: an API token or a session stands for a customer or a member of staff.

pub mod issuing;
pub mod policy;
pub mod tokens;

use servicedesk_domain::access::{ApiTokenId, Principal, Scope};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::identity::SessionId;
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

/// By what a caller is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialId {
    /// An API token.
    ApiToken(ApiTokenId),
    /// A session.
    Session(SessionId),
}

impl CredentialId {
    /// The session, if it is one.
    pub const fn session(self) -> Option<SessionId> {
        match self {
            Self::ApiToken(_) => None,
            Self::Session(id) => Some(id),
        }
    }
}

/// A caller with a valid token.
#[derive(Debug, Clone)]
pub struct Caller {
    /// For whom.
    pub identity: Identity,
    /// By what the caller is known.
    pub credential: CredentialId,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// The originator of whatever this caller causes.
    pub fn actor(&self) -> Actor {
        self.principal().actor()
    }

    /// For whom the caller's credentials speak.
    pub const fn principal(&self) -> Principal {
        match &self.identity {
            Identity::Customer(id) => Principal::Customer(*id),
            Identity::Staff(worker) => Principal::Staff(worker.staff_member_id),
        }
    }

    /// The person's id, within which idempotency keys are told apart.
    pub fn person(&self) -> Uuid {
        self.principal().uuid()
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
    /// What the client says of itself.
    pub user_agent: Option<String>,
}

/// What a request shows to say who asks, kept for as long as a subscription lasts. It is never
/// printed.
#[derive(Clone)]
pub enum Credential {
    /// An API token, which the client sends by itself.
    ApiToken(String),
    /// A session's token, which a browser sends in a cookie.
    Session(String),
}
