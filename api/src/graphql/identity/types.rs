//! Sessions, and what mutations on logging in give.

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::identity::SessionId;
use servicedesk_service::access::{Caller, Identity};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::identity::sessions::{self, LoginView, SessionView};

use crate::graphql::customer::Customer;
use crate::graphql::loaders::Loaders;
use crate::graphql::mutation::Outcome;
use crate::graphql::query::data;
use crate::graphql::relay::global_id;

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

/// The caller's login; null if they have none, as staff.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn own_login(
    context: &Context<'_>,
    caller: &Caller,
) -> Result<Option<LoginView>, ApiError> {
    match caller.identity {
        Identity::Customer(customer_id) => {
            sessions::view(data::<Desk>(context)?, customer_id).await
        }
        Identity::Staff(_) => Ok(None),
    }
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
    pub(super) customer_id: Option<CustomerId>,
}

#[ComplexObject]
impl AccountPayload {
    /// Who is logged in afterwards. Null if nobody is, and on a refusal.
    async fn customer(&self, context: &Context<'_>) -> Result<Option<Customer>> {
        let Some(customer_id) = self.customer_id else { return Ok(None) };
        data::<Desk>(context)?.consistent_with(self.outcome.position.0).await?;
        Ok(data::<Loaders>(context)?.customer(customer_id).await?.map(Customer))
    }
}
