//! What the caller may do with an application now, so that clients need not repeat the rules.

use async_graphql::{Context, Enum, SimpleObject};
use servicedesk_domain::licensing::ApplicationId;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::applications::actions;

use crate::graphql::guards;
use crate::graphql::mutation::Refusal;
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;

/// Something that can be done with an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "actions::Action")]
pub enum ApplicationAction {
    /// `takeApplication`.
    Take,
    /// `approveApplication`. For free advisors the refusal says what the rule misses.
    Approve,
    /// `declineApplication`.
    Decline,
    /// `overrideDecision`.
    Override,
    /// `withdrawApplication`.
    Withdraw,
    /// `openApplicationTicket`.
    OpenTicket,
    /// `remeasureApplication`.
    Remeasure,
}

/// Whether the caller may take an action on an application now.
#[derive(SimpleObject)]
pub struct ApplicationViewerAction {
    /// The action.
    pub action: ApplicationAction,
    /// Whether it would be done, if what is given with it is in order.
    pub is_allowed: bool,
    /// The refusal that the mutation would give now. Null if it is allowed.
    pub refusal: Option<UserError>,
}

/// What the caller may do with an application now.
///
/// # Errors
/// `Unauthenticated`, or `Internal` if it cannot be read.
pub async fn viewer_actions(
    context: &Context<'_>,
    application_id: ApplicationId,
) -> Result<Vec<ApplicationViewerAction>, ApiError> {
    let (desk, caller) = (data::<Desk>(context)?, guards::caller(context)?);
    let possible = actions::possible(desk, caller, application_id).await?;
    let shown = possible.into_iter().map(|actions::Possibility { action, refusal }| {
        let refusal = refusal.map(|refusal| refusal.shown(context)).transpose()?;
        let (action, is_allowed) = (action.into(), refusal.is_none());
        Ok(ApplicationViewerAction { action, is_allowed, refusal })
    });
    shown.collect()
}
