//! Any event of any feature: what a reader of the whole log gets.

use crate::access::{AccessEvent, ApiToken};
use crate::billing::{AccountEvent, SupportAccount, SupportTerms, TermsEvent};
use crate::catalogue::{Catalogue, CatalogueEvent};
use crate::customer::{Customer, CustomerEvent};
use crate::file::{File, FileEvent};
use crate::identity::{EmailClaim, EmailClaimEvent, Login, LoginEvent};
use crate::licensing::{
    Application, ApplicationEvent, Licence, LicenceEvent, Release, ReleaseEvent, SigningKeys,
    SigningKeysEvent, TradingAccount, TradingAccountEvent,
};
use crate::sla::events::ClockEvent;
use crate::staff::{StaffEvent, StaffMember};
use crate::ticket::{Ticket, TicketEvent};
use cqrs_es::Aggregate;

#[cfg(test)]
mod samples;

/// An event of some aggregate.
#[derive(Debug, Clone, PartialEq, Eq, strum::VariantNames)]
pub enum Event {
    /// Of a ticket.
    Ticket(TicketEvent),
    /// Of the catalogue.
    Catalogue(CatalogueEvent),
    /// Of a member of staff.
    Staff(StaffEvent),
    /// Of a customer.
    Customer(CustomerEvent),
    /// Of an API token.
    Access(AccessEvent),
    /// Of a licence.
    Licence(LicenceEvent),
    /// Of a trading account.
    TradingAccount(TradingAccountEvent),
    /// Of an application.
    Application(ApplicationEvent),
    /// Of the terms of support.
    Terms(TermsEvent),
    /// Of a customer's support account.
    Account(AccountEvent),
    /// Of the vendor's signing keys.
    SigningKeys(SigningKeysEvent),
    /// Of a release.
    Release(ReleaseEvent),
    /// Of an e-mail address.
    EmailClaim(EmailClaimEvent),
    /// Of a person's login.
    Login(LoginEvent),
    /// Of a file that somebody sends.
    File(FileEvent),
}

/// Whether decisions on aggregates of a type read personal data. Those on a ticket never look at
/// what was written in it, and a ticket may be long.
pub fn is_decided_on_personal_data(aggregate_type: &str) -> bool {
    aggregate_type != Ticket::TYPE
}

/// Why a stored event cannot be read. The log is never skipped over: this is a fault.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableEvent {
    /// The aggregate type belongs to no feature of this version.
    #[error("unknown aggregate type {0:?}")]
    UnknownAggregate(String),
    /// The version is not a whole number, or is not known to this program.
    #[error("unreadable event version {0:?}")]
    Version(String),
    /// The payload is not what its type and version say.
    #[error("unreadable payload: {0}")]
    Payload(#[from] serde_json::Error),
}

impl Event {
    /// What the event means for the clocks of its request, if anything (S2).
    pub fn as_clock(&self) -> Option<ClockEvent> {
        match self {
            Self::Ticket(event) => event.as_clock(),
            Self::Application(event) => event.as_clock(),
            _ => None,
        }
    }

    /// Reads an event of the current version from its stored form.
    ///
    /// # Errors
    /// [`UnreadableEvent`], where the type is unknown or the payload does not fit it.
    pub fn decode(aggregate_type: &str, payload: &str) -> Result<Self, UnreadableEvent> {
        Ok(match aggregate_type {
            Ticket::TYPE => Self::Ticket(serde_json::from_str(payload)?),
            Catalogue::TYPE => Self::Catalogue(serde_json::from_str(payload)?),
            StaffMember::TYPE => Self::Staff(serde_json::from_str(payload)?),
            Customer::TYPE => Self::Customer(serde_json::from_str(payload)?),
            ApiToken::TYPE => Self::Access(serde_json::from_str(payload)?),
            Licence::TYPE => Self::Licence(serde_json::from_str(payload)?),
            TradingAccount::TYPE => Self::TradingAccount(serde_json::from_str(payload)?),
            Application::TYPE => Self::Application(serde_json::from_str(payload)?),
            SupportTerms::TYPE => Self::Terms(serde_json::from_str(payload)?),
            SupportAccount::TYPE => Self::Account(serde_json::from_str(payload)?),
            SigningKeys::TYPE => Self::SigningKeys(serde_json::from_str(payload)?),
            Release::TYPE => Self::Release(serde_json::from_str(payload)?),
            EmailClaim::TYPE => Self::EmailClaim(serde_json::from_str(payload)?),
            Login::TYPE => Self::Login(serde_json::from_str(payload)?),
            File::TYPE => Self::File(serde_json::from_str(payload)?),
            unknown => return Err(UnreadableEvent::UnknownAggregate(unknown.to_owned())),
        })
    }

    /// Writes the event in its stored form.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Ticket(event) => serde_json::to_string(event),
            Self::Catalogue(event) => serde_json::to_string(event),
            Self::Staff(event) => serde_json::to_string(event),
            Self::Customer(event) => serde_json::to_string(event),
            Self::Access(event) => serde_json::to_string(event),
            Self::Licence(event) => serde_json::to_string(event),
            Self::TradingAccount(event) => serde_json::to_string(event),
            Self::Application(event) => serde_json::to_string(event),
            Self::Terms(event) => serde_json::to_string(event),
            Self::Account(event) => serde_json::to_string(event),
            Self::SigningKeys(event) => serde_json::to_string(event),
            Self::Release(event) => serde_json::to_string(event),
            Self::EmailClaim(event) => serde_json::to_string(event),
            Self::Login(event) => serde_json::to_string(event),
            Self::File(event) => serde_json::to_string(event),
        }
    }

    /// The event's stored type, for example `ticket.opened`.
    pub fn event_type(&self) -> &'static str {
        match self {
            Self::Ticket(event) => event.into(),
            Self::Catalogue(event) => event.into(),
            Self::Staff(event) => event.into(),
            Self::Customer(event) => event.into(),
            Self::Access(event) => event.into(),
            Self::Licence(event) => event.into(),
            Self::TradingAccount(event) => event.into(),
            Self::Application(event) => event.into(),
            Self::Terms(event) => event.into(),
            Self::Account(event) => event.into(),
            Self::SigningKeys(event) => event.into(),
            Self::Release(event) => event.into(),
            Self::EmailClaim(event) => event.into(),
            Self::Login(event) => event.into(),
            Self::File(event) => event.into(),
        }
    }

    /// The type of the aggregate whose event it is.
    pub const fn aggregate_type(&self) -> &'static str {
        match self {
            Self::Ticket(_) => Ticket::TYPE,
            Self::Catalogue(_) => Catalogue::TYPE,
            Self::Staff(_) => StaffMember::TYPE,
            Self::Customer(_) => Customer::TYPE,
            Self::Access(_) => ApiToken::TYPE,
            Self::Licence(_) => Licence::TYPE,
            Self::TradingAccount(_) => TradingAccount::TYPE,
            Self::Application(_) => Application::TYPE,
            Self::Terms(_) => SupportTerms::TYPE,
            Self::Account(_) => SupportAccount::TYPE,
            Self::SigningKeys(_) => SigningKeys::TYPE,
            Self::Release(_) => Release::TYPE,
            Self::EmailClaim(_) => EmailClaim::TYPE,
            Self::Login(_) => Login::TYPE,
            Self::File(_) => File::TYPE,
        }
    }

    /// The event as a ticket's, where it is one.
    pub fn as_ticket(&self) -> Option<&TicketEvent> {
        match self {
            Self::Ticket(event) => Some(event),
            _ => None,
        }
    }
}

impl From<TicketEvent> for Event {
    fn from(event: TicketEvent) -> Self {
        Self::Ticket(event)
    }
}
impl From<CatalogueEvent> for Event {
    fn from(event: CatalogueEvent) -> Self {
        Self::Catalogue(event)
    }
}
impl From<StaffEvent> for Event {
    fn from(event: StaffEvent) -> Self {
        Self::Staff(event)
    }
}
impl From<CustomerEvent> for Event {
    fn from(event: CustomerEvent) -> Self {
        Self::Customer(event)
    }
}
impl From<AccessEvent> for Event {
    fn from(event: AccessEvent) -> Self {
        Self::Access(event)
    }
}
impl From<LicenceEvent> for Event {
    fn from(event: LicenceEvent) -> Self {
        Self::Licence(event)
    }
}
impl From<TradingAccountEvent> for Event {
    fn from(event: TradingAccountEvent) -> Self {
        Self::TradingAccount(event)
    }
}
impl From<ApplicationEvent> for Event {
    fn from(event: ApplicationEvent) -> Self {
        Self::Application(event)
    }
}
impl From<TermsEvent> for Event {
    fn from(event: TermsEvent) -> Self {
        Self::Terms(event)
    }
}
impl From<AccountEvent> for Event {
    fn from(event: AccountEvent) -> Self {
        Self::Account(event)
    }
}
impl From<SigningKeysEvent> for Event {
    fn from(event: SigningKeysEvent) -> Self {
        Self::SigningKeys(event)
    }
}
impl From<ReleaseEvent> for Event {
    fn from(event: ReleaseEvent) -> Self {
        Self::Release(event)
    }
}
impl From<EmailClaimEvent> for Event {
    fn from(event: EmailClaimEvent) -> Self {
        Self::EmailClaim(event)
    }
}
impl From<LoginEvent> for Event {
    fn from(event: LoginEvent) -> Self {
        Self::Login(event)
    }
}
impl From<FileEvent> for Event {
    fn from(event: FileEvent) -> Self {
        Self::File(event)
    }
}
