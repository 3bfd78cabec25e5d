//! Who did something: every event names its actor (T7).

use std::str::FromStr;

use uuid::Uuid;

use crate::customer::CustomerId;
use crate::file::Uploader;
use crate::staff::StaffMemberId;

/// The originator of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A customer, through a client of theirs.
    Customer(CustomerId),
    /// A member of staff.
    Staff(StaffMemberId),
    /// A user of the program's command line on its machine.
    Operator,
    /// The service itself, when a moment that a rule names has come.
    Scheduler,
    /// The service itself, where one fact follows from another.
    Reactor,
}

impl Actor {
    /// The kind, as it is stored: `customer`, `staff`, `operator`, `scheduler` or `reactor`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Customer(_) => "customer",
            Self::Staff(_) => "staff",
            Self::Operator => "operator",
            Self::Scheduler => "scheduler",
            Self::Reactor => "reactor",
        }
    }

    /// The person's id, where there is a person.
    pub const fn person(self) -> Option<Uuid> {
        match self {
            Self::Customer(id) => Some(id.uuid()),
            Self::Staff(id) => Some(id.uuid()),
            Self::Operator | Self::Scheduler | Self::Reactor => None,
        }
    }
}

impl std::fmt::Display for Actor {
    /// The stored form: the kind, and behind a colon the person's id where there is one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.person() {
            Some(id) => write!(f, "{}:{id}", self.kind()),
            None => f.write_str(self.kind()),
        }
    }
}

impl From<Uploader> for Actor {
    fn from(uploader: Uploader) -> Self {
        match uploader {
            Uploader::Customer(id) => Self::Customer(id),
            Uploader::Staff(id) => Self::Staff(id),
        }
    }
}

/// A stored actor that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an actor: {0:?}")]
pub struct UnreadableActor(pub String);

impl FromStr for Actor {
    type Err = UnreadableActor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || UnreadableActor(text.to_owned());
        match text.split_once(':') {
            Some(("customer", id)) => id.parse().map(Self::Customer).map_err(|_| unreadable()),
            Some(("staff", id)) => id.parse().map(Self::Staff).map_err(|_| unreadable()),
            None if text == "operator" => Ok(Self::Operator),
            None if text == "scheduler" => Ok(Self::Scheduler),
            None if text == "reactor" => Ok(Self::Reactor),
            _ => Err(unreadable()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_actor_reads_back_from_its_stored_form() {
        let id = Uuid::from_u128(7);
        for actor in [
            Actor::Customer(CustomerId::new(id)),
            Actor::Staff(StaffMemberId::new(id)),
            Actor::Operator,
            Actor::Scheduler,
            Actor::Reactor,
        ] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        assert!("staff".parse::<Actor>().is_err());
        assert!("robot:1".parse::<Actor>().is_err());
    }
}
