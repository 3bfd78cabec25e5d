//! Sessions, and what mutations on logging in give.

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::access::Principal;
use servicedesk_domain::identity::{Rejection, SessionId};
use servicedesk_eventlog::Executed;
use servicedesk_service::access::Caller;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::{ApiError, Failure};
use servicedesk_service::identity::sessions::{self, LoginView, SessionView};
use uuid::Uuid;

use crate::graphql::customer::Customer;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::Outcome;
use crate::graphql::payload::Payload;
use crate::graphql::query::data;
use crate::graphql::relay::global_id;
use crate::graphql::staff::StaffMember;

/// A client with which the caller has logged in.
pub struct Session {
    view: SessionView,
    is_current: bool,
}

/// A client with which the caller has logged in.
#[Object]
impl Session {
    /// The global id.
    pub async fn id(&self) -> ID {
        global_id(self.view.session_id)
    }

    /// What the client said of itself, for example the name of a browser.
    async fn device(&self) -> &str {
        &self.view.device
    }

    /// When the caller has logged in.
    async fn created_at(&self) -> DateTime<Utc> {
        self.view.started_at
    }

    /// When it was last used, to the hour. It ends 90 days later.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.view.last_used_at
    }

    /// Whether it is the one in which this is asked.
    async fn is_current(&self) -> bool {
        self.is_current
    }
}

/// The caller's login; null if they have none.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn own_login(
    context: &Context<'_>,
    caller: &Caller,
) -> Result<Option<LoginView>, ApiError> {
    sessions::view(data::<Desk>(context)?, caller.principal()).await
}

/// The caller's sessions, the newest first.
///
/// # Errors
/// `Internal` if they cannot be read.
pub async fn own_sessions(
    context: &Context<'_>,
    caller: &Caller,
) -> Result<Vec<Session>, ApiError> {
    let login = own_login(context, caller).await?;
    let views = login.map(|login| login.sessions).unwrap_or_default();
    let current = caller.credential.session();
    let shown = |view: SessionView| {
        let is_current = current == Some(view.session_id);
        Session { view, is_current }
    };
    Ok(views.into_iter().map(shown).collect())
}

/// The caller's session of this id; null if they have none.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn own_session(
    context: &Context<'_>,
    caller: &Caller,
    session_id: SessionId,
) -> Result<Option<Session>, ApiError> {
    let sessions = own_sessions(context, caller).await?;
    Ok(sessions.into_iter().find(|session| session.view.session_id == session_id))
}

/// The result of a mutation on logging in.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AccountPayload {
    #[graphql(flatten)]
    pub(super) outcome: Outcome,
    #[graphql(skip)]
    pub(super) person: Option<Principal>,
}

#[ComplexObject]
impl AccountPayload {
    /// The customer who is logged in afterwards. Null if none is, and on a refusal.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        Ok(customer_after(context, &self.outcome, self.person).await?)
    }

    /// The member of staff who is logged in afterwards. Null if none is, and on a refusal.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        Ok(staff_member_after(context, &self.outcome, self.person).await?)
    }
}

/// The result of a mutation that invites somebody.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct InvitationPayload {
    #[graphql(flatten)]
    outcome: Outcome,
    #[graphql(skip)]
    person: Option<Principal>,
}

impl InvitationPayload {
    /// The payload of a use case's result.
    ///
    /// # Errors
    /// Why the request failed.
    pub fn of<I>(
        context: &Context<'_>,
        done: Result<Executed, Failure<Rejection>>,
        person: impl Fn(Uuid) -> Principal,
    ) -> Result<Payload<I, Self>> {
        let outcome = Outcome::of(context, done)?;
        let person = outcome.executed.map(|executed| person(executed.aggregate_id));
        Ok(Self { outcome, person }.into())
    }
}

#[ComplexObject]
impl InvitationPayload {
    /// The customer who was invited. Null if it was somebody else, and on a refusal.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        Ok(customer_after(context, &self.outcome, self.person).await?)
    }

    /// The member of staff who was invited. Null if it was somebody else, and on a refusal.
    async fn staff_member(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        Ok(staff_member_after(context, &self.outcome, self.person).await?)
    }
}

async fn customer_after(
    context: &Context<'_>,
    outcome: &Outcome,
    person: Option<Principal>,
) -> Result<Option<Customer>, ApiError> {
    let Some(Principal::Customer(id)) = person else { return Ok(None) };
    data::<Desk>(context)?.consistent_with(outcome.position.0).await?;
    Ok(data::<Loaders>(context)?.customer(id).await?.map(Customer))
}

async fn staff_member_after(
    context: &Context<'_>,
    outcome: &Outcome,
    person: Option<Principal>,
) -> Result<Option<StaffMember>, ApiError> {
    let Some(Principal::Staff(id)) = person else { return Ok(None) };
    data::<Desk>(context)?.consistent_with(outcome.position.0).await?;
    Ok(data::<Loaders>(context)?.staff_member(id).await?.map(StaffMember))
}
