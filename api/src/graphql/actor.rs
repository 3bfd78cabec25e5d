//! Who did something, as timelines and histories show it.

use async_graphql::{Context, Enum, SimpleObject};
use servicedesk_domain::kernel::Actor as DomainActor;
use servicedesk_service::error::ApiError;

use super::guards;
use super::loaders::Loaders;
use super::query::data;

/// What kind of originator something has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ActorKind {
    /// The customer.
    Customer,
    /// A member of staff.
    Staff,
    /// The operator of the service.
    Operator,
    /// The service itself, by policy or when a moment has come.
    System,
}

/// Who did something.
#[derive(SimpleObject)]
pub struct Actor {
    /// What kind of originator it is.
    pub kind: ActorKind,
    /// The person's name, where there is a person.
    pub name: Option<String>,
    /// Whether it is the caller.
    pub is_viewer: bool,
}

impl Actor {
    /// The service itself.
    pub const fn system() -> Self {
        Self { kind: ActorKind::System, name: None, is_viewer: false }
    }
}

/// An originator as it is shown.
///
/// # Errors
/// `Internal` if the person cannot be read.
pub async fn shown_actor(context: &Context<'_>, actor: DomainActor) -> Result<Actor, ApiError> {
    let loaders = data::<Loaders>(context)?;
    let is_viewer = guards::caller(context).is_ok_and(|caller| caller.actor() == actor);
    Ok(match actor {
        DomainActor::Customer(id) => {
            let name = loaders.customer(id).await?.map(|row| row.name.shown().to_owned());
            Actor { kind: ActorKind::Customer, name, is_viewer }
        }
        DomainActor::Staff(id) => {
            let name = loaders.staff_member(id).await?.map(|row| row.name.shown().to_owned());
            Actor { kind: ActorKind::Staff, name, is_viewer }
        }
        DomainActor::Operator => Actor { kind: ActorKind::Operator, name: None, is_viewer },
        DomainActor::Scheduler | DomainActor::Reactor => Actor::system(),
    })
}
